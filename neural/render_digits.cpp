#include "neural/render_digits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "neural/core/random.h"
#include "neural/digit_strokes.h"

// A digit is written, not stamped: choose a way to write it, shake the points the pen passes, lay a
// smooth curve through them, bend the paper (rotation, slant, size, and a few low waves), and let
// the ink fall with a pressure that varies along the stroke. Ink at a pixel is the greatest
// coverage by any piece of the curve, so a stroke costs only the pixels near it.

namespace entail::neural {

namespace {

constexpr int kSide = 28;
constexpr double kHeight = 20;  // of a digit of size 1, pixels
constexpr int kStepsPerPoint = 5;

struct Place {
    double x;
    double y;
};

/// Uniform Catmull-Rom between b and c.
double spline(double a, double b, double c, double d, double t) {
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/// A smooth displacement of the paper: two waves for each axis.
class Paper {
public:
    Paper(Random& random, const DigitStyle& style) {
        const double turn = style.rotation * random.normal();
        const double slant = style.slant * random.normal();
        const double width = kHeight * std::exp(style.scale * random.normal());
        const double height = kHeight * std::exp(0.6 * style.scale * random.normal());
        const double cosine = std::cos(turn);
        const double sine = std::sin(turn);
        // Slant first, then size, then rotation.
        xx_ = cosine * width;
        xy_ = -cosine * width * slant - sine * height;
        yx_ = sine * width;
        yy_ = -sine * width * slant + cosine * height;
        shift_x_ = std::clamp(style.shift * random.normal(), -3.0, 3.0);
        shift_y_ = std::clamp(style.shift * random.normal(), -3.0, 3.0);
        for (Wave& wave : waves_) {
            const double direction = random.uniform(0, 2 * std::numbers::pi);
            const double frequency = 2 * std::numbers::pi / random.uniform(20, 50);
            wave = {frequency * std::cos(direction), frequency * std::sin(direction),
                    random.uniform(0, 2 * std::numbers::pi), style.elasticity * random.normal()};
        }
    }

    /// From the box of the glyph to pixels.
    Place operator()(double x, double y) const {
        const double u = x - 0.5;
        const double v = y - 0.5;
        const Place flat{kSide / 2.0 + shift_x_ + xx_ * u + xy_ * v,
                         kSide / 2.0 + shift_y_ + yx_ * u + yy_ * v};
        return {flat.x + waves_[0].at(flat) + waves_[1].at(flat),
                flat.y + waves_[2].at(flat) + waves_[3].at(flat)};
    }

private:
    struct Wave {
        double kx, ky, phase, height;
        double at(Place p) const { return height * std::sin(kx * p.x + ky * p.y + phase); }
    };

    double xx_, xy_, yx_, yy_, shift_x_, shift_y_;
    std::array<Wave, 4> waves_;
};

/// How hard the pen presses: the stroke's half width along its way.
struct Pen {
    double half_width;
    double swing;
    double frequency;
    double phase;
    double softness;  ///< over how many pixels the edge fades

    explicit Pen(Random& random)
        : half_width(random.uniform(0.75, 1.75)),
          swing(random.uniform(0, 0.3)),
          frequency(random.uniform(0.1, 0.5)),
          phase(random.uniform(0, 2 * std::numbers::pi)),
          softness(random.uniform(0.8, 1.4)) {}

    double width_at(double way) const {
        return half_width * (1 + swing * std::sin(frequency * way + phase));
    }
};

using Ink = std::array<float, kSide * kSide>;

/// Lays ink along the segment from a to b.
void draw(Ink& ink, Place a, Place b, double half_width, double softness) {
    const double reach = half_width + softness;
    const auto first = [&](double p, double q) {
        return std::max(0, static_cast<int>(std::ceil(std::min(p, q) - reach - 0.5)));
    };
    const auto last = [&](double p, double q) {
        return std::min(kSide - 1, static_cast<int>(std::floor(std::max(p, q) + reach - 0.5)));
    };
    const double dx = b.x - a.x;
    const double dy = b.y - a.y;
    const double scale = 1 / std::max(1e-9, dx * dx + dy * dy);
    for (int row = first(a.y, b.y); row <= last(a.y, b.y); ++row) {
        for (int column = first(a.x, b.x); column <= last(a.x, b.x); ++column) {
            const double px = column + 0.5 - a.x;
            const double py = row + 0.5 - a.y;
            const double t = std::clamp((px * dx + py * dy) * scale, 0.0, 1.0);
            const double ox = px - t * dx;
            const double oy = py - t * dy;
            const double distance = std::sqrt(ox * ox + oy * oy);
            const double cover = std::clamp((half_width - distance) / softness + 0.5, 0.0, 1.0);
            float& pixel = ink[static_cast<std::size_t>(row * kSide + column)];
            pixel = std::max(pixel, static_cast<float>(cover));
        }
    }
}

void draw_stroke(Ink& ink, const Stroke& stroke, const Paper& paper, const Pen& pen) {
    double way = 0;
    Place from = paper(stroke[0].x, stroke[0].y);
    for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
        // At an end or a corner the curve knows nothing of what lies beyond.
        const PenPoint& b = stroke[i];
        const PenPoint& c = stroke[i + 1];
        const PenPoint& a = i == 0 || b.corner ? b : stroke[i - 1];
        const PenPoint& d = i + 2 == stroke.size() || c.corner ? c : stroke[i + 2];
        for (int step = 1; step <= kStepsPerPoint; ++step) {
            const double t = static_cast<double>(step) / kStepsPerPoint;
            const Place to = paper(spline(a.x, b.x, c.x, d.x, t), spline(a.y, b.y, c.y, d.y, t));
            const double dx = to.x - from.x;
            const double dy = to.y - from.y;
            way += std::sqrt(dx * dx + dy * dy);
            draw(ink, from, to, pen.width_at(way), pen.softness);
            from = to;
        }
    }
}

void render(int digit, Random& random, const DigitStyle& style, std::uint8_t* pixels) {
    const auto ways = ways_to_write(digit);
    Glyph glyph = ways[random.below(ways.size())];
    const Paper paper(random, style);
    const Pen pen(random);
    for (Stroke& stroke : glyph) {
        for (PenPoint& point : stroke) {
            point.x += style.tremor * random.normal();
            point.y += style.tremor * random.normal();
        }
    }
    Ink ink{};
    for (const Stroke& stroke : glyph) draw_stroke(ink, stroke, paper, pen);

    const double brightness = random.uniform(0.8, 1.0);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < ink.size(); ++i) {
        // The sum of four bytes is near enough to a normal number, of deviation 148.
        bits = i % 2 == 0 ? random.bits() : bits >> 32;
        const int sum = static_cast<int>((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) +
                                         (bits >> 24 & 255));
        const double noise = style.noise * (sum - 510) / 148;
        const double level = 255 * std::clamp(brightness * ink[i] + noise, 0.0, 1.0);
        pixels[i] = static_cast<std::uint8_t>(level + 0.5);
    }
}

}  // namespace

ImageSet render_digits(std::span<const int> labels, std::uint64_t seed, const DigitStyle& style) {
    ImageSet images{static_cast<int>(labels.size()), kSide, kSide, 1, {}, {}};
    images.pixels.resize(labels.size() * images.image_size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0 || labels[i] > 9) {
            throw std::invalid_argument(
                fmt::format("render_digits: labels[{}] is {}, must be 0 to 9", i, labels[i]));
        }
        Random random(mix(mix(seed, i), static_cast<std::uint64_t>(labels[i])));
        render(labels[i], random, style, images.pixels.data() + i * images.image_size());
    }
    return images;
}

LabelledImages render_digit_set(int count, std::uint64_t seed, const DigitStyle& style) {
    if (count < 0) throw std::invalid_argument("render_digit_set: count is negative");
    Random random(mix(seed, 0x6c6162656c73));
    LabelledImages set;
    set.labels.resize(static_cast<std::size_t>(count));
    for (int& label : set.labels) label = static_cast<int>(random.below(10));
    set.images = render_digits(set.labels, seed, style);
    return set;
}

}  // namespace entail::neural
