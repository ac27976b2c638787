#include "neural/layers/conv2d.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

// Convolution as a matrix product whose left side, the patches, is read in place. With channels
// last, the patch under a window is `kernel` runs of kernel·c numbers, one image row apart; so the
// im2col matrix is a view of the image, and one product a sample does the work (rivals: building
// im2col, which moves kernel² times the data; Winograd, which gains for 3x3 windows and many
// channels).
//   forward    y[pixel]      = Σ_k patch(pixel)[k] · W[k]
//   weights    dW[k]        += Σ_pixel patch(pixel)[k] · dy[pixel]
//   input      dpatch(pixel) += dy[pixel] · Wᵀ, row of the window by row, added where the patches
//   overlap
// Cost: 2·pixels·kernel²·c·channels operations each.

namespace entail::neural {

namespace {

int output_extent(int extent, const Conv2dOptions& options) {
    return (extent + 2 * options.padding - options.kernel) / options.stride + 1;
}

Shape output_shape(const Shape& input, const Conv2dOptions& options) {
    const bool sane =
        options.channels > 0 && options.kernel > 0 && options.stride > 0 && options.padding >= 0;
    if (!sane || input.rank() != 3 || input[0] + 2 * options.padding < options.kernel ||
        input[1] + 2 * options.padding < options.kernel) {
        throw std::invalid_argument(fmt::format(
            "Conv2d: a window of {}x{}, stride {}, padding {}, for {} channels does not fit input "
            "{} (height x width x channels)",
            options.kernel, options.kernel, options.stride, options.padding, options.channels,
            input.text()));
    }
    return {output_extent(input[0], options), output_extent(input[1], options), options.channels};
}

}  // namespace

template <class Scalar>
Conv2d<Scalar>::Conv2d(Shape input, Conv2dOptions options, Random& random, Start start)
    : RowModule<Scalar>(input, output_shape(input, options)),
      options_(options),
      padded_height_(input[0] + 2 * options.padding),
      padded_width_(input[1] + 2 * options.padding),
      weight_(Shape{options.kernel, options.kernel, input[2], options.channels}),
      bias_(Shape{options.channels}),
      transposed_(static_cast<std::size_t>(options.kernel)) {
    const int channels = input[2];
    const int window = options.kernel * options.kernel;
    initialise(weight_, window * channels, window * options.channels, start, random);

    const Shape& output = this->output_shape();
    for (int y = 0; y < output[0]; ++y) {
        for (int x = 0; x < output[1]; ++x) {
            const Index corner = Index{y * options.stride} * padded_width_ + x * options.stride;
            patch_rows_.push_back(corner * channels);
            pixel_rows_.push_back(static_cast<Index>(pixel_rows_.size()) * options.channels);
        }
    }
    for (int ky = 0; ky < options.kernel; ++ky) {
        for (int t = 0; t < options.kernel * channels; ++t) {
            window_rows_.push_back(Index{ky} * padded_width_ * channels + t);
            weight_rows_.push_back(static_cast<Index>(weight_rows_.size()) * options.channels);
        }
    }
}

template <class Scalar>
std::string Conv2d<Scalar>::describe() const {
    return fmt::format("conv2d({} -> {}, kernel {}, stride {}, padding {})",
                       this->input_shape().text(), this->output_shape().text(), options_.kernel,
                       options_.stride, options_.padding);
}

template <class Scalar>
std::vector<NamedParameter<Scalar>> Conv2d<Scalar>::parameters() {
    return {{"weight", &weight_}, {"bias", &bias_}};
}

template <class Scalar>
void Conv2d<Scalar>::prepare(const RowShards& shards, Mode, std::uint64_t) {
    if (scratch_.size() < static_cast<std::size_t>(shards.count)) {
        scratch_.resize(static_cast<std::size_t>(shards.count));
    }
    const std::uint64_t version = weight_.version() + bias_.version();
    if (version == packed_version_) return;
    packed_version_ = version;
    const Scalar* weight = weight_.value().data();
    const int run = options_.kernel * this->input_shape()[2];
    packed_.pack(weight, options_.kernel * run, options_.channels, options_.channels, 1,
                 bias_.value().data());
    for (std::size_t ky = 0; ky < transposed_.size(); ++ky) {
        transposed_[ky].pack(weight + static_cast<Index>(ky) * run * options_.channels,
                             options_.channels, run, 1, options_.channels);
    }
}

template <class Scalar>
const Scalar* Conv2d<Scalar>::padded(const Scalar* image, Scratch& scratch) const {
    if (options_.padding == 0) return image;
    const Shape& input = this->input_shape();
    const Index run = Index{input[1]} * input[2];
    const Index padded_run = Index{padded_width_} * input[2];
    scratch.image.assign(static_cast<std::size_t>(padded_height_ * padded_run), Scalar(0));
    for (int y = 0; y < input[0]; ++y) {
        std::copy(image + y * run, image + (y + 1) * run,
                  scratch.image.data() + (y + options_.padding) * padded_run +
                      options_.padding * input[2]);
    }
    return scratch.image.data();
}

template <class Scalar>
void Conv2d<Scalar>::forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode) {
    Scratch& scratch = scratch_[static_cast<std::size_t>(block.shard)];
    const int channels = this->input_shape()[2];
    StridedRows<Scalar> patches{nullptr,
                                patch_rows_.data(),
                                static_cast<int>(patch_rows_.size()),
                                options_.kernel,
                                Index{padded_width_} * channels,
                                options_.kernel * channels,
                                1};
    for (Index i = 0; i < block.count; ++i) {
        patches.data = padded(in + i * this->input_shape().size(), scratch);
        multiply(patches, packed_, out + i * this->output_shape().size(), pixel_rows_.data(),
                 false);
    }
}

template <class Scalar>
void Conv2d<Scalar>::backward_rows(RowBlock block, const Scalar* in, const Scalar*,
                                   const Scalar* out_gradient, Scalar* in_gradient) {
    Scratch& scratch = scratch_[static_cast<std::size_t>(block.shard)];
    for (Index i = 0; i < block.count; ++i) {
        const Scalar* gradient = out_gradient + i * this->output_shape().size();
        if (weight_.trainable()) {
            add_weight_gradient(in + i * this->input_shape().size(), gradient, block.shard,
                                scratch);
        }
        if (bias_.trainable()) {
            Scalar* sum = bias_.partial(block.shard);
            for (Index row : pixel_rows_) {
                for (int c = 0; c < options_.channels; ++c) sum[c] += gradient[row + c];
            }
        }
        if (in_gradient != nullptr) {
            set_input_gradient(gradient, in_gradient + i * this->input_shape().size(), scratch);
        }
    }
}

template <class Scalar>
void Conv2d<Scalar>::add_weight_gradient(const Scalar* image, const Scalar* gradient, int shard,
                                         Scratch& scratch) {
    const Shape& output = this->output_shape();
    const int channels = this->input_shape()[2];
    scratch.gradient.pack(gradient, output[0] * output[1], options_.channels, options_.channels, 1);
    const Index step = Index{options_.stride} * channels;
    const StridedRows<Scalar> windows{padded(image, scratch),
                                      window_rows_.data(),
                                      static_cast<int>(window_rows_.size()),
                                      output[0],
                                      step * padded_width_,
                                      output[1],
                                      step};
    multiply(windows, scratch.gradient, weight_.partial(shard), weight_rows_.data(), true);
}

template <class Scalar>
void Conv2d<Scalar>::set_input_gradient(const Scalar* gradient, Scalar* image_gradient,
                                        Scratch& scratch) const {
    const Shape& input = this->input_shape();
    const Index padded_run = Index{padded_width_} * input[2];
    Scalar* target = image_gradient;
    if (options_.padding > 0) {
        scratch.image_gradient.resize(static_cast<std::size_t>(padded_height_ * padded_run));
        target = scratch.image_gradient.data();
    }
    std::fill(target, target + padded_height_ * padded_run, Scalar(0));
    const StridedRows<Scalar> pixels{
        gradient, pixel_rows_.data(), static_cast<int>(pixel_rows_.size()), 1, 0, options_.channels,
        1};
    for (std::size_t ky = 0; ky < transposed_.size(); ++ky) {
        multiply(pixels, transposed_[ky], target + static_cast<Index>(ky) * padded_run,
                 patch_rows_.data(), true);
    }
    if (options_.padding == 0) return;
    const Index run = Index{input[1]} * input[2];
    for (int y = 0; y < input[0]; ++y) {
        const Scalar* from =
            target + (y + options_.padding) * padded_run + options_.padding * input[2];
        std::copy(from, from + run, image_gradient + y * run);
    }
}

template class Conv2d<float>;
template class Conv2d<double>;

}  // namespace entail::neural
