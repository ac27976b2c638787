#pragma once

#include "neural/core/row_module.h"

namespace entail::neural {

/// p = exp(x) / Σ exp(x) over all features of a row, safe for any finite x. Its backward is the
/// exact product with the Jacobian, p ∘ (g − ⟨g, p⟩).
template <class Scalar>
class Softmax final : public RowModule<Scalar> {
public:
    explicit Softmax(Shape input);

    std::string describe() const override;
    ModulePtr<Scalar> clone() const override { return ModulePtr<Scalar>(new Softmax(*this)); }

    void forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode mode) override;
    void backward_rows(RowBlock block, const Scalar* in, const Scalar* out,
                       const Scalar* out_gradient, Scalar* in_gradient) override;
};

/// log p = x − log Σ exp(x); backward g − exp(log p) · Σ g.
template <class Scalar>
class LogSoftmax final : public RowModule<Scalar> {
public:
    explicit LogSoftmax(Shape input);

    std::string describe() const override;
    ModulePtr<Scalar> clone() const override { return ModulePtr<Scalar>(new LogSoftmax(*this)); }

    void forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode mode) override;
    void backward_rows(RowBlock block, const Scalar* in, const Scalar* out,
                       const Scalar* out_gradient, Scalar* in_gradient) override;
};

}  // namespace entail::neural
