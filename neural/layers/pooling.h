#pragma once

#include "neural/core/row_module.h"

namespace entail::neural {

struct PoolOptions {
    int window;
    int stride = 0;  ///< 0: as the window
};

/// The greatest value under each window of an image {h, w, c}, channel by channel; rows and columns
/// at the end that fill no window are left out. The gradient goes to the first greatest element of
/// the window.
template <class Scalar>
class MaxPool2d final : public RowModule<Scalar> {
public:
    MaxPool2d(Shape input, PoolOptions options);

    std::string describe() const override;
    ModulePtr<Scalar> clone() const override { return ModulePtr<Scalar>(new MaxPool2d(*this)); }

    void prepare(const RowShards& shards, Mode mode, std::uint64_t noise) override;
    void forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode mode) override;
    void backward_rows(RowBlock block, const Scalar* in, const Scalar* out,
                       const Scalar* out_gradient, Scalar* in_gradient) override;

private:
    PoolOptions options_;
    std::vector<std::uint16_t> winners_;  // per output of the batch, the place in its window
};

/// The mean under each window; windows as in MaxPool2d.
template <class Scalar>
class AveragePool2d final : public RowModule<Scalar> {
public:
    AveragePool2d(Shape input, PoolOptions options);

    std::string describe() const override;
    ModulePtr<Scalar> clone() const override { return ModulePtr<Scalar>(new AveragePool2d(*this)); }

    void forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode mode) override;
    void backward_rows(RowBlock block, const Scalar* in, const Scalar* out,
                       const Scalar* out_gradient, Scalar* in_gradient) override;

private:
    PoolOptions options_;
};

}  // namespace entail::neural
