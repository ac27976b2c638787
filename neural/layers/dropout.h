#pragma once

#include "neural/core/row_module.h"

namespace entail::neural {

/// In training, each feature is zero with probability `rate` and otherwise divided by 1 − rate; in
/// inference, the identity. Which features fall depends on Context::noise, the row, the feature and
/// `salt` (give two dropouts of one network different ones), not on the order of computation.
template <class Scalar>
class Dropout final : public RowModule<Scalar> {
public:
    /// Throws std::invalid_argument unless 0 <= rate < 1.
    Dropout(Shape input, double rate, std::uint64_t salt = 0);

    std::string describe() const override;
    ModulePtr<Scalar> clone() const override { return ModulePtr<Scalar>(new Dropout(*this)); }

    void prepare(const RowShards& shards, Mode mode, std::uint64_t noise) override;
    void forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode mode) override;
    void backward_rows(RowBlock block, const Scalar* in, const Scalar* out,
                       const Scalar* out_gradient, Scalar* in_gradient) override;

private:
    void apply(RowBlock block, const Scalar* from, Scalar* to) const;

    double rate_;
    std::uint64_t salt_;
    std::uint64_t noise_ = 0;
};

}  // namespace entail::neural
