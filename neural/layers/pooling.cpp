#include "neural/layers/pooling.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace entail::neural {

namespace {

PoolOptions with_stride(PoolOptions options) {
    if (options.stride == 0) options.stride = options.window;
    return options;
}

Shape output_shape(const Shape& input, PoolOptions options) {
    options = with_stride(options);
    if (input.rank() != 3 || options.window < 1 || options.window > 255 || options.stride < 1 ||
        input[0] < options.window || input[1] < options.window) {
        throw std::invalid_argument(fmt::format(
            "pooling: a window of {}x{}, stride {}, does not fit input {} (height x width x "
            "channels; window at most 255)",
            options.window, options.window, options.stride, input.text()));
    }
    return {(input[0] - options.window) / options.stride + 1,
            (input[1] - options.window) / options.stride + 1, input[2]};
}

std::string describe_pool(const char* name, const Shape& input, const Shape& output,
                          PoolOptions options) {
    return fmt::format("{}({} -> {}, window {}, stride {})", name, input.text(), output.text(),
                       options.window, options.stride);
}

/// Calls visit(first element of the window, first element of the output) for each output pixel.
template <class Visit>
void for_each_window(const Shape& input, const Shape& output, int stride, Visit&& visit) {
    const Index row = Index{input[1]} * input[2];
    Index to = 0;
    for (int y = 0; y < output[0]; ++y) {
        for (int x = 0; x < output[1]; ++x, to += output[2]) {
            visit(y * stride * row + Index{x} * stride * input[2], to);
        }
    }
}

}  // namespace

template <class Scalar>
MaxPool2d<Scalar>::MaxPool2d(Shape input, PoolOptions options)
    : RowModule<Scalar>(input, neural::output_shape(input, options)),
      options_(with_stride(options)) {}

template <class Scalar>
std::string MaxPool2d<Scalar>::describe() const {
    return describe_pool("max_pool2d", this->input_shape(), this->output_shape(), options_);
}

template <class Scalar>
void MaxPool2d<Scalar>::prepare(const RowShards& shards, Mode mode, std::uint64_t) {
    const auto needed = static_cast<std::size_t>(shards.rows * this->output_shape().size());
    if (mode == Mode::train && winners_.size() < needed) winners_.resize(needed);
}

template <class Scalar>
void MaxPool2d<Scalar>::forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode mode) {
    const Shape& input = this->input_shape();
    const Shape& output = this->output_shape();
    const int channels = input[2];
    const Index row = Index{input[1]} * channels;
    for (Index i = 0; i < block.count; ++i, in += input.size(), out += output.size()) {
        std::uint16_t* winners =
            mode == Mode::train ? winners_.data() + (block.begin + i) * output.size() : nullptr;
        for_each_window(input, output, options_.stride, [&](Index from, Index to) {
            Scalar* best = out + to;
            std::copy(in + from, in + from + channels, best);
            if (winners != nullptr) std::fill(winners + to, winners + to + channels, 0);
            for (int k = 1; k < options_.window * options_.window; ++k) {
                const Scalar* rival =
                    in + from + k / options_.window * row + k % options_.window * channels;
                if (winners != nullptr) {
                    std::uint16_t* winner = winners + to;
                    for (int c = 0; c < channels; ++c) {
                        winner[c] = rival[c] > best[c] ? static_cast<std::uint16_t>(k) : winner[c];
                    }
                }
                for (int c = 0; c < channels; ++c) best[c] = std::max(best[c], rival[c]);
            }
        });
    }
}

template <class Scalar>
void MaxPool2d<Scalar>::backward_rows(RowBlock block, const Scalar*, const Scalar*,
                                      const Scalar* out_gradient, Scalar* in_gradient) {
    if (in_gradient == nullptr) return;
    const Shape& input = this->input_shape();
    const Shape& output = this->output_shape();
    const int channels = input[2];
    const Index row = Index{input[1]} * channels;
    std::fill(in_gradient, in_gradient + block.count * input.size(), Scalar(0));
    for (Index i = 0; i < block.count; ++i) {
        const std::uint16_t* winners = winners_.data() + (block.begin + i) * output.size();
        for_each_window(input, output, options_.stride, [&](Index from, Index to) {
            for (int c = 0; c < channels; ++c) {
                const int k = winners[to + c];
                in_gradient[from + k / options_.window * row + k % options_.window * channels +
                            c] += out_gradient[to + c];
            }
        });
        in_gradient += input.size();
        out_gradient += output.size();
    }
}

template <class Scalar>
AveragePool2d<Scalar>::AveragePool2d(Shape input, PoolOptions options)
    : RowModule<Scalar>(input, neural::output_shape(input, options)),
      options_(with_stride(options)) {}

template <class Scalar>
std::string AveragePool2d<Scalar>::describe() const {
    return describe_pool("average_pool2d", this->input_shape(), this->output_shape(), options_);
}

template <class Scalar>
void AveragePool2d<Scalar>::forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode) {
    const Shape& input = this->input_shape();
    const Shape& output = this->output_shape();
    const Index run = Index{options_.window} * input[2];
    const Index row = Index{input[1]} * input[2];
    const Scalar share = Scalar(1) / static_cast<Scalar>(options_.window * options_.window);
    std::fill(out, out + block.count * output.size(), Scalar(0));
    for (Index i = 0; i < block.count; ++i, in += input.size(), out += output.size()) {
        for_each_window(input, output, options_.stride, [&](Index from, Index to) {
            for (int ky = 0; ky < options_.window; ++ky) {
                for (Index t = 0; t < run; ++t) {
                    out[to + t % input[2]] += share * in[from + ky * row + t];
                }
            }
        });
    }
}

template <class Scalar>
void AveragePool2d<Scalar>::backward_rows(RowBlock block, const Scalar*, const Scalar*,
                                          const Scalar* out_gradient, Scalar* in_gradient) {
    if (in_gradient == nullptr) return;
    const Shape& input = this->input_shape();
    const Shape& output = this->output_shape();
    const Index run = Index{options_.window} * input[2];
    const Index row = Index{input[1]} * input[2];
    const Scalar share = Scalar(1) / static_cast<Scalar>(options_.window * options_.window);
    std::fill(in_gradient, in_gradient + block.count * input.size(), Scalar(0));
    for (Index i = 0; i < block.count; ++i) {
        for_each_window(input, output, options_.stride, [&](Index from, Index to) {
            for (int ky = 0; ky < options_.window; ++ky) {
                for (Index t = 0; t < run; ++t) {
                    in_gradient[from + ky * row + t] += share * out_gradient[to + t % input[2]];
                }
            }
        });
        in_gradient += input.size();
        out_gradient += output.size();
    }
}

template class MaxPool2d<float>;
template class MaxPool2d<double>;
template class AveragePool2d<float>;
template class AveragePool2d<double>;

}  // namespace entail::neural
