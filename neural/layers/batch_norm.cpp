#include "neural/layers/batch_norm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "neural/core/row_module.h"

// Ioffe and Szegedy (2015). With N values a channel, x̂ = (x − mean)·slope and y = scale·x̂ + shift:
//   dx = scale·slope·(dy − Σdy/N − x̂·Σ(dy·x̂)/N)
// Sums are in double, per shard of the batch and then over shards in order.

namespace entail::neural {

template <class Scalar>
BatchNorm<Scalar>::BatchNorm(Shape input, BatchNormOptions options)
    : Module<Scalar>(input, input),
      channels_(input.rank() == 0 ? 1 : input[input.rank() - 1]),
      options_(options),
      scale_(Shape{channels_}),
      shift_(Shape{channels_}),
      mean_(Shape{channels_}, Role::statistic),
      variance_(Shape{channels_}, Role::statistic),
      sums_(2 * static_cast<std::size_t>(channels_)),
      center_(static_cast<std::size_t>(channels_)),
      slope_(static_cast<std::size_t>(channels_)) {
    std::ranges::fill(scale_.edit(), Scalar(1));
    std::ranges::fill(variance_.edit(), Scalar(1));
}

template <class Scalar>
std::string BatchNorm<Scalar>::describe() const {
    return fmt::format("batch_norm({}, epsilon {}, momentum {})", this->input_shape().text(),
                       options_.epsilon, options_.momentum);
}

template <class Scalar>
std::vector<NamedParameter<Scalar>> BatchNorm<Scalar>::parameters() {
    return {{"scale", &scale_}, {"shift", &shift_}, {"mean", &mean_}, {"variance", &variance_}};
}

template <class Scalar>
template <class Add>
void BatchNorm<Scalar>::reduce(Index rows, Context& context, Add&& add) {
    const RowShards shards(rows);
    const std::size_t stride = sums_.size();
    partial_sums_.assign(static_cast<std::size_t>(shards.count) * stride, 0.0);
    context.pool.run(shards.count, [&](int shard) {
        double* sums = partial_sums_.data() + static_cast<std::size_t>(shard) * stride;
        for (Index row = shards.begin(shard); row < shards.end(shard); ++row) {
            for (Index place = 0; place < this->input_shape().size(); place += channels_) {
                for (int c = 0; c < channels_; ++c) {
                    add(row, place + c, c, sums[c], sums[channels_ + c]);
                }
            }
        }
    });
    std::ranges::fill(sums_, 0.0);
    for (std::size_t i = 0; i < partial_sums_.size(); ++i) sums_[i % stride] += partial_sums_[i];
}

template <class Scalar>
void BatchNorm<Scalar>::take_batch_statistics(const Matrix<Scalar>& input, Context& context) {
    const Index values = input.rows() * this->input_shape().size() / channels_;
    if (values < 2) {
        throw std::invalid_argument(
            "BatchNorm: training needs at least two values per channel, the batch has one");
    }
    const auto count = static_cast<double>(values);
    reduce(input.rows(), context, [&](Index row, Index place, int, double& sum, double&) {
        sum += static_cast<double>(input(row, place));
    });
    const std::span<Scalar> mean = mean_.edit();
    const std::span<Scalar> variance = variance_.edit();
    const auto move = [&](Scalar& running, double batch) {
        running = static_cast<Scalar>((1 - options_.momentum) * static_cast<double>(running) +
                                      options_.momentum * batch);
    };
    for (std::size_t c = 0; c < center_.size(); ++c) {
        center_[c] = static_cast<Scalar>(sums_[c] / count);
        move(mean[c], sums_[c] / count);
    }
    // The second pass is about the mean: a variance from raw squares would cancel.
    reduce(input.rows(), context, [&](Index row, Index place, int c, double& sum, double&) {
        const double offset =
            static_cast<double>(input(row, place) - center_[static_cast<std::size_t>(c)]);
        sum += offset * offset;
    });
    for (std::size_t c = 0; c < center_.size(); ++c) {
        slope_[c] = static_cast<Scalar>(1 / std::sqrt(sums_[c] / count + options_.epsilon));
        move(variance[c], sums_[c] / (count - 1));
    }
}

template <class Scalar>
const Matrix<Scalar>& BatchNorm<Scalar>::forward_batch(const Matrix<Scalar>& input, Mode mode,
                                                       Context& context) {
    if (mode == Mode::train) {
        take_batch_statistics(input, context);
    } else {
        for (std::size_t c = 0; c < center_.size(); ++c) {
            center_[c] = mean_.value()[c];
            slope_[c] = static_cast<Scalar>(
                1 / std::sqrt(static_cast<double>(variance_.value()[c]) + options_.epsilon));
        }
    }
    output_.resize(input.rows(), input.cols());
    const RowShards shards(input.rows());
    context.pool.run(shards.count, [&](int shard) {
        const Index end = shards.end(shard) * input.cols();
        for (Index i = shards.begin(shard) * input.cols(); i < end; i += channels_) {
            for (int c = 0; c < channels_; ++c) {
                const auto k = static_cast<std::size_t>(c);
                output_.data()[i + c] =
                    scale_.value()[k] * ((input.data()[i + c] - center_[k]) * slope_[k]) +
                    shift_.value()[k];
            }
        }
    });
    return output_;
}

template <class Scalar>
const Matrix<Scalar>& BatchNorm<Scalar>::backward_batch(const Matrix<Scalar>& input,
                                                        const Matrix<Scalar>& output_gradient,
                                                        bool want_input_gradient,
                                                        Context& context) {
    const auto normal = [&](Index row, Index place, std::size_t c) {
        return (input(row, place) - center_[c]) * slope_[c];
    };
    reduce(input.rows(), context, [&](Index row, Index place, int c, double& sum, double& product) {
        const auto gradient = static_cast<double>(output_gradient(row, place));
        sum += gradient;
        product += gradient * static_cast<double>(normal(row, place, static_cast<std::size_t>(c)));
    });
    for (std::size_t c = 0; c < center_.size(); ++c) {
        if (shift_.trainable()) shift_.gradient()[c] += static_cast<Scalar>(sums_[c]);
        if (scale_.trainable()) {
            scale_.gradient()[c] += static_cast<Scalar>(sums_[center_.size() + c]);
        }
    }
    input_gradient_.resize(want_input_gradient ? input.rows() : 0, input.cols());
    if (!want_input_gradient) return input_gradient_;

    const auto count = static_cast<double>(input.rows() * input.cols() / channels_);
    const RowShards shards(input.rows());
    context.pool.run(shards.count, [&](int shard) {
        for (Index row = shards.begin(shard); row < shards.end(shard); ++row) {
            for (Index place = 0; place < input.cols(); ++place) {
                const auto c = static_cast<std::size_t>(place % channels_);
                const auto mean = static_cast<Scalar>(sums_[c] / count);
                const auto tilt = static_cast<Scalar>(sums_[center_.size() + c] / count);
                input_gradient_(row, place) =
                    scale_.value()[c] * slope_[c] *
                    (output_gradient(row, place) - mean - normal(row, place, c) * tilt);
            }
        }
    });
    return input_gradient_;
}

template class BatchNorm<float>;
template class BatchNorm<double>;

}  // namespace entail::neural
