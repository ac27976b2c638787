#pragma once

#include "neural/core/row_module.h"

namespace entail::neural {

enum class Function { relu, tanh, sigmoid };

/// An elementwise function, on an input of any shape.
template <class Scalar>
class Activation final : public RowModule<Scalar> {
public:
    Activation(Shape input, Function function);

    std::string describe() const override;
    ModulePtr<Scalar> clone() const override { return ModulePtr<Scalar>(new Activation(*this)); }

    void forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode mode) override;
    void backward_rows(RowBlock block, const Scalar* in, const Scalar* out,
                       const Scalar* out_gradient, Scalar* in_gradient) override;

private:
    Function function_;
};

}  // namespace entail::neural
