#pragma once

#include "neural/core/module.h"

namespace entail::neural {

struct BatchNormOptions {
    double epsilon = 1e-5;
    double momentum = 0.1;  ///< running ← (1 − momentum)·running + momentum·batch
};

/// Normalises each channel (the last axis of the input) over the batch and all places of the image:
/// for a vector {n} that is the 1-D form, for an image {h, w, c} the 2-D form. In training by the
/// batch's mean and variance, which also move the running statistics; in inference by the running
/// statistics. scale: {c}, one; shift: {c}, zero; mean, variance: {c}, statistics (variance:
/// unbiased). Training needs at least two values per channel (else std::invalid_argument).
template <class Scalar>
class BatchNorm final : public Module<Scalar> {
public:
    explicit BatchNorm(Shape input, BatchNormOptions options = {});

    std::string describe() const override;
    std::vector<NamedParameter<Scalar>> parameters() override;
    ModulePtr<Scalar> clone() const override { return ModulePtr<Scalar>(new BatchNorm(*this)); }

protected:
    const Matrix<Scalar>& forward_batch(const Matrix<Scalar>& input, Mode mode,
                                        Context& context) override;
    const Matrix<Scalar>& backward_batch(const Matrix<Scalar>& input,
                                         const Matrix<Scalar>& output_gradient,
                                         bool want_input_gradient, Context& context) override;

private:
    /// Sets sums_ to two sums per channel: calls add(row, place, channel, sum, other sum) for every
    /// value.
    template <class Add>
    void reduce(Index rows, Context& context, Add&& add);
    void take_batch_statistics(const Matrix<Scalar>& input, Context& context);

    int channels_;
    BatchNormOptions options_;
    Parameter<Scalar> scale_;
    Parameter<Scalar> shift_;
    Parameter<Scalar> mean_;
    Parameter<Scalar> variance_;
    std::vector<double> partial_sums_;  // [shard][2][channel]
    std::vector<double> sums_;          // [2][channel]
    std::vector<Scalar> center_;        // of the last forward, per channel
    std::vector<Scalar> slope_;         // 1 / sqrt(variance + epsilon)
    Matrix<Scalar> output_;
    Matrix<Scalar> input_gradient_;
};

}  // namespace entail::neural
