#pragma once

#include "neural/core/row_module.h"

namespace entail::neural {

/// The same numbers as a vector. Dense takes any shape, so this serves where a vector is asked for
/// by shape.
template <class Scalar>
class Flatten final : public RowModule<Scalar> {
public:
    explicit Flatten(Shape input);

    std::string describe() const override;
    ModulePtr<Scalar> clone() const override { return ModulePtr<Scalar>(new Flatten(*this)); }

    void forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode mode) override;
    void backward_rows(RowBlock block, const Scalar* in, const Scalar* out,
                       const Scalar* out_gradient, Scalar* in_gradient) override;
};

}  // namespace entail::neural
