#pragma once

#include "neural/core/gemm.h"
#include "neural/core/row_module.h"
#include "neural/layers/initialise.h"

namespace entail::neural {

/// y = x·W + b, on an input of any shape taken as a vector. weight: {inputs, outputs}; bias:
/// {outputs}, zero at the start.
template <class Scalar>
class Dense final : public RowModule<Scalar> {
public:
    Dense(Shape input, int outputs, Random& random, Start start = Start::he);

    std::string describe() const override;
    std::vector<NamedParameter<Scalar>> parameters() override;
    ModulePtr<Scalar> clone() const override { return ModulePtr<Scalar>(new Dense(*this)); }

    void prepare(const RowShards& shards, Mode mode, std::uint64_t noise) override;
    void forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode mode) override;
    void backward_rows(RowBlock block, const Scalar* in, const Scalar* out,
                       const Scalar* out_gradient, Scalar* in_gradient) override;

private:
    int inputs_;
    int outputs_;
    Parameter<Scalar> weight_;
    Parameter<Scalar> bias_;
    std::uint64_t packed_version_ = 0;
    PackedMatrix<Scalar> packed_;                         // W, b
    PackedMatrix<Scalar> transposed_;                     // Wᵀ
    std::vector<PackedMatrix<Scalar>> packed_gradients_;  // per shard
    std::vector<Index> input_rows_;
    std::vector<Index> output_rows_;
    std::vector<Index> weight_rows_;
    std::vector<Index> weight_columns_;
};

}  // namespace entail::neural
