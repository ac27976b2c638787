#include "neural/data/images.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace entail::neural {

void ImageSet::append(const ImageSet& other) {
    if (count == 0) {
        *this = other;
        return;
    }
    if (other.shape() != shape() || names.empty() != other.names.empty()) {
        throw std::invalid_argument(fmt::format("ImageSet::append: other has shape {}, this has {}",
                                                other.shape().text(), shape().text()));
    }
    count += other.count;
    pixels.insert(pixels.end(), other.pixels.begin(), other.pixels.end());
    names.insert(names.end(), other.names.begin(), other.names.end());
}

namespace {

/// Grey or colour of one pixel, 0 to 255, alpha laid over black.
float sample(const std::uint8_t* pixel, int from_channels, int to_channels, int c) {
    const bool alpha = from_channels == 2 || from_channels == 4;
    const float opacity = alpha ? static_cast<float>(pixel[from_channels - 1]) / 255.0F : 1.0F;
    const int colors = alpha ? from_channels - 1 : from_channels;
    const auto at = [&](int i) { return opacity * static_cast<float>(pixel[i]); };
    if (colors == 1) return at(0);
    if (to_channels == 1) return 0.299F * at(0) + 0.587F * at(1) + 0.114F * at(2);
    return at(c);
}

/// How one output coordinate is composed of input coordinates.
struct Taps {
    int begin;
    std::vector<float> weights;
};

std::vector<Taps> make_taps(int from, int to) {
    std::vector<Taps> taps(static_cast<std::size_t>(to));
    const double ratio = static_cast<double>(from) / to;
    for (int i = 0; i < to; ++i) {
        Taps& tap = taps[static_cast<std::size_t>(i)];
        if (from >= to) {
            // The share of every input cell in the area of the output cell.
            const double low = i * ratio;
            const double high = (i + 1) * ratio;
            tap.begin = static_cast<int>(low);
            const int end = std::min(from, static_cast<int>(std::ceil(high - 1e-9)));
            for (int k = tap.begin; k < end; ++k) {
                const double share = std::min<double>(high, k + 1) - std::max<double>(low, k);
                tap.weights.push_back(static_cast<float>(share / ratio));
            }
        } else {
            const double center = std::clamp((i + 0.5) * ratio - 0.5, 0.0, from - 1.0);
            tap.begin = std::min(static_cast<int>(center), std::max(0, from - 2));
            const double share = center - tap.begin;
            tap.weights.push_back(static_cast<float>(1 - share));
            if (from > 1) tap.weights.push_back(static_cast<float>(share));
        }
    }
    return taps;
}

}  // namespace

ImageSet convert(const ImageSet& images, const Shape& shape) {
    if (shape.rank() != 3 || (shape[2] != 1 && shape[2] != 3)) {
        throw std::invalid_argument(fmt::format(
            "convert: shape is {}, must be height x width x channels with 1 or 3 channels",
            shape.text()));
    }
    if (images.shape() == shape) return images;
    ImageSet result{images.count, shape[0], shape[1], shape[2], {}, images.names};
    result.pixels.resize(static_cast<std::size_t>(images.count) * result.image_size());
    const std::vector<Taps> rows = make_taps(images.height, shape[0]);
    const std::vector<Taps> columns = make_taps(images.width, shape[1]);
    const int channels = shape[2];
    const auto width = static_cast<std::size_t>(shape[1] * channels);
    std::vector<float> narrow(static_cast<std::size_t>(images.height) * width);

    auto out = result.pixels.begin();
    for (int i = 0; i < images.count; ++i) {
        // Columns first, then rows: the two are independent.
        const std::uint8_t* pixel = images.image(i).data();
        for (int y = 0; y < images.height; ++y) {
            for (int x = 0; x < shape[1]; ++x) {
                const Taps& tap = columns[static_cast<std::size_t>(x)];
                for (int c = 0; c < channels; ++c) {
                    float sum = 0;
                    const std::uint8_t* from =
                        pixel + (static_cast<std::size_t>(y) * images.width + tap.begin) *
                                    static_cast<std::size_t>(images.channels);
                    for (float weight : tap.weights) {
                        sum += weight * sample(from, images.channels, channels, c);
                        from += images.channels;
                    }
                    narrow[static_cast<std::size_t>(y) * width +
                           static_cast<std::size_t>(x * channels + c)] = sum;
                }
            }
        }
        for (const Taps& tap : rows) {
            for (std::size_t j = 0; j < width; ++j) {
                float sum = 0;
                std::size_t from = static_cast<std::size_t>(tap.begin) * width + j;
                for (float weight : tap.weights) {
                    sum += weight * narrow[from];
                    from += width;
                }
                *out++ = static_cast<std::uint8_t>(std::clamp(sum + 0.5F, 0.0F, 255.0F));
            }
        }
    }
    return result;
}

void to_batch(const ImageSet& images, std::span<const int> which, Matrix<float>& out,
              Normalisation normalisation) {
    std::array<float, 256> levels;
    for (std::size_t level = 0; level < levels.size(); ++level) {
        levels[level] =
            (static_cast<float>(level) / 255.0F - normalisation.mean) / normalisation.deviation;
    }
    out.resize(static_cast<Index>(which.size()), static_cast<Index>(images.image_size()));
    float* to = out.data();
    for (int i : which) {
        if (i < 0 || i >= images.count) {
            throw std::invalid_argument(
                fmt::format("to_batch: which has {}, there are {} images", i, images.count));
        }
        for (std::uint8_t pixel : images.image(i)) *to++ = levels[pixel];
    }
}

Matrix<float> to_batch(const ImageSet& images, Normalisation normalisation) {
    std::vector<int> all(static_cast<std::size_t>(images.count));
    for (int i = 0; i < images.count; ++i) all[static_cast<std::size_t>(i)] = i;
    Matrix<float> batch;
    to_batch(images, all, batch, normalisation);
    return batch;
}

}  // namespace entail::neural
