#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neural/data/images.h"

namespace entail::neural {

struct DigitStyle {
    double rotation = 0.15;   ///< standard deviation, radians
    double slant = 0.18;      ///< standard deviation of the shear
    double scale = 0.12;      ///< standard deviation of the logarithm of the size, each axis
    double shift = 1.0;       ///< standard deviation of the offset, pixels
    double elasticity = 0.8;  ///< standard deviation of the smooth distortion, pixels
    double tremor = 0.02;     ///< standard deviation of the points the pen passes, of the height
    double noise = 0.04;      ///< standard deviation of the grey level's noise, of 1
};

/// Draws handwritten-looking digits, 28x28, white on black. labels: 0 to 9. Image i depends on
/// (seed, i, its label, style) alone.
ImageSet render_digits(std::span<const int> labels, std::uint64_t seed,
                       const DigitStyle& style = {});

struct LabelledImages {
    ImageSet images;
    std::vector<int> labels;
};

/// `count` digits with labels drawn uniformly.
LabelledImages render_digit_set(int count, std::uint64_t seed, const DigitStyle& style = {});

}  // namespace entail::neural
