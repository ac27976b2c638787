#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "neural/core/shape.h"

namespace entail::neural {

/// Images of one size, 8 bits a sample: pixels[((i·height + y)·width + x)·channels + c].
/// Invariant: pixels.size() == count·height·width·channels. `names` has one entry per image, or is
/// empty.
struct ImageSet {
    int count = 0;
    int height = 0;
    int width = 0;
    int channels = 1;
    std::vector<std::uint8_t> pixels;
    std::vector<std::string> names;

    Shape shape() const { return Shape{height, width, channels}; }
    std::size_t image_size() const {
        return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
               static_cast<std::size_t>(channels);
    }
    std::span<const std::uint8_t> image(int i) const {
        return std::span(pixels).subspan(static_cast<std::size_t>(i) * image_size(), image_size());
    }

    /// Appends images of the same shape (or to an empty set). Throws std::invalid_argument if it
    /// differs.
    void append(const ImageSet& other);
};

/// Converts to {height, width, channels}: grey from colour by luma, colour from grey by repetition,
/// alpha laid over black; size by averaging areas (shrinking) or bilinear interpolation (growing).
ImageSet convert(const ImageSet& images, const Shape& shape);

/// pixel / 255, then (value − mean) / deviation. The defaults suit white strokes on black, as in
/// MNIST.
struct Normalisation {
    float mean = 0.1307F;
    float deviation = 0.3081F;
};

/// Rows [images x image_size]. Resizes `out` only when the number of images changes.
void to_batch(const ImageSet& images, std::span<const int> which, Matrix<float>& out,
              Normalisation normalisation = {});
Matrix<float> to_batch(const ImageSet& images, Normalisation normalisation = {});

}  // namespace entail::neural
