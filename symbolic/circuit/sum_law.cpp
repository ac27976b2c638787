// Idea: convolve halves, halves of halves, and so on; equal terms are raised to their power by
// squaring. Weights of a long sum are far below the smallest double, so an array is cut into blocks
// of 16 numbers with one power of two each. Sums of many terms are peaked: for a given total almost
// all of the mass comes from few pairs of blocks, and a pair is left out where it provably adds
// less than 2^-60 of every number of its place. Where numbers inside a block differ by more than
// 2^450, or a value between others is impossible, numbers with an exponent each take the place of
// blocks. All weights are positive and none are subtracted: every operation keeps relative errors
// small.
// Source: ours; the scaling is that of block floating point (Wilkinson, 1963).
// Cost: for n terms of like spread about n^1.5 multiplications times the square of a term's range,
// never more than the square of the length; numbers with own exponents cost some thirty times more.

#include "symbolic/circuit/sum_law.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "symbolic/circuit/sweep.h"

namespace entail::circuit {
namespace {

constexpr std::size_t kBlock = 16;
constexpr int kInside = 450;  // binary exponents that the numbers of a block may span
constexpr int kLeftOut = 66;  // a pair is left out that has so many fewer than another, …
constexpr int kSmallest =
    960;  // … and numbers of a place may not have so many fewer than its pairs

/// Of a normal number: that of frexp.
int exponent_of(double number) {
    return static_cast<int>(std::bit_cast<std::uint64_t>(number) >> 52U & 0x7FFU) - 1022;
}

PoweredNumber normal(double number, std::int64_t exponent) {
    if (number == 0) return {};
    int shift = 0;
    const double mantissa = std::frexp(number, &shift);
    return {mantissa, exponent + shift};
}

/// 0 where a double has no digits left.
double power_of_two(std::int64_t exponent) {
    if (exponent < -1022) return 0;
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52U);
}

PoweredNumber sum(PoweredNumber a, PoweredNumber b) {
    if (a.mantissa == 0) return b;
    if (b.mantissa == 0) return a;
    if (a.exponent < b.exponent) std::swap(a, b);
    return normal(a.mantissa + b.mantissa * power_of_two(b.exponent - a.exponent), a.exponent);
}

using Numbers = std::vector<PoweredNumber>;

/// Positive numbers; number k of block i is numbers[16 i + k] · 2^greatest[i].
struct Blocks {
    std::size_t size = 0;
    std::vector<double> numbers;         // at most 1; padded with 0 to whole blocks
    std::vector<std::int64_t> greatest;  // exponent of a block's greatest number
    std::vector<std::int64_t> least;     // … and of its smallest

    explicit Blocks(std::size_t count)
        : size(count), greatest((count + kBlock - 1) / kBlock), least(greatest.size()) {
        numbers.resize(greatest.size() * kBlock);
    }
};

/// The weights of a sum: blocks where these suit them, else numbers.
struct Part {
    std::optional<Blocks> blocks;
    Numbers numbers;

    std::size_t size() const { return blocks ? blocks->size : numbers.size(); }
};

std::optional<Blocks> to_blocks(const Numbers& numbers) {
    Blocks result(numbers.size());
    for (std::size_t i = 0; i < result.greatest.size(); ++i) {
        const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(i * kBlock);
        const std::size_t count = std::min(kBlock, numbers.size() - i * kBlock);
        const auto [least, greatest] = std::minmax_element(
            first, first + static_cast<std::ptrdiff_t>(count),
            [](PoweredNumber a, PoweredNumber b) { return a.exponent < b.exponent; });
        result.greatest[i] = greatest->exponent;
        result.least[i] = least->exponent;
        if (greatest->exponent - least->exponent > kInside) return std::nullopt;
        for (std::size_t k = 0; k < count; ++k) {
            if (first[static_cast<std::ptrdiff_t>(k)].mantissa == 0) return std::nullopt;
            const auto [mantissa, exponent] = first[static_cast<std::ptrdiff_t>(k)];
            result.numbers[i * kBlock + k] = mantissa * power_of_two(exponent - result.greatest[i]);
        }
    }
    return result;
}

Numbers to_numbers(Part part) {
    if (!part.blocks) return std::move(part.numbers);
    Numbers result;
    for (std::size_t s = 0; s < part.blocks->size; ++s) {
        const double number = part.blocks->numbers[s];
        const int exponent = exponent_of(number);
        result.push_back(
            {number * power_of_two(-exponent), part.blocks->greatest[s / kBlock] + exponent});
    }
    return result;
}

/// to[k] += scale · Σ a[u] window[16 + k - u]
template <std::size_t Lanes>
[[gnu::always_inline]] inline void add_products_in(const double* a, double scale,
                                                   const double* window, double* to) {
    using Vector [[gnu::vector_size(Lanes * sizeof(double))]] = double;
    constexpr std::size_t kVectors = kBlock / Lanes;
    Vector sums[kVectors];
    std::memcpy(sums, to, sizeof(sums));
    for (std::size_t u = 0; u < kBlock; ++u) {
        const double factor = a[u] * scale;
        for (std::size_t k = 0; k < kVectors; ++k) {
            Vector other;
            std::memcpy(&other, window + kBlock - u + k * Lanes, sizeof(other));
            sums[k] += factor * other;
        }
    }
    std::memcpy(to, sums, sizeof(sums));
}

using AddProducts = void (*)(const double*, double, const double*, double*);

void add_products_portable(const double* a, double scale, const double* window, double* to) {
    add_products_in<2>(a, scale, window, to);
}
#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void add_products_avx2(const double* a, double scale,
                                                   const double* window, double* to) {
    add_products_in<4>(a, scale, window, to);
}
[[gnu::target("avx512f,avx512dq,avx2,fma")]] void add_products_avx512(const double* a, double scale,
                                                                      const double* window,
                                                                      double* to) {
    add_products_in<8>(a, scale, window, to);
}
#endif

AddProducts widest_add_products() {
#if defined(__x86_64__)
    switch (widest_simd()) {
        case Simd::avx512:
            return add_products_avx512;
        case Simd::avx2:
            return add_products_avx2;
        case Simd::portable:
            break;
    }
#endif
    return add_products_portable;
}

class Convolution {
public:
    explicit Convolution(const std::function<bool()>& stop) : stop_(stop) {}

    bool is_stopped() {
        stopped_ = stopped_ || (stop_ && stop_());
        return stopped_;
    }

    Part of(const Part& a, const Part& b) {
        if (a.blocks && b.blocks) {
            if (auto blocks = convolve(*a.blocks, *b.blocks)) return {std::move(blocks), {}};
        }
        Part result;
        result.numbers = convolve(to_numbers(a), to_numbers(b));
        result.blocks = to_blocks(result.numbers);
        return result;
    }

    Part product(std::span<Part> parts) {
        if (parts.size() == 1) return std::move(parts[0]);
        const std::size_t half = parts.size() / 2;
        Part left = product(parts.first(half));
        return of(left, product(parts.subspan(half)));
    }

    Part power(const Part& part, std::size_t exponent) {
        if (exponent == 1) return part;
        const Part half = power(part, exponent / 2);
        Part result = of(half, half);
        return exponent % 2 == 0 ? std::move(result) : of(result, part);
    }

private:
    /// Nothing where numbers come out too far from their neighbours.
    std::optional<Blocks> convolve(const Blocks& a, const Blocks& b);
    Numbers convolve(const Numbers& a, const Numbers& b);

    const std::function<bool()>& stop_;
    bool stopped_ = false;
    AddProducts add_products_ = widest_add_products();
};

std::optional<Blocks> Convolution::convolve(const Blocks& a, const Blocks& b) {
    Blocks result(a.size + b.size - 1);
    const std::size_t n = a.greatest.size(), m = b.greatest.size();
    // Block c of the result comes from the pairs (i, c - i), and the upper half of what
    // (i, c - 1 - i) gives. A pair of the former kind, of the latter if there are none, bounds
    // every number of the block from below.
    auto for_pairs = [&](std::size_t c, auto&& visit) {
        const std::size_t first = c < m ? 0 : c - m + 1, last = std::min(c + 1, n);
        for (std::size_t i = first; i < last; ++i) visit(i, c - i);
    };
    for (std::size_t c = 0; c < result.greatest.size(); ++c) {
        if (is_stopped()) return std::nullopt;
        constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::min();
        std::int64_t scale = kNothing, bound = kNothing;
        auto look = [&](std::size_t i, std::size_t j) {
            scale = std::max(scale, a.greatest[i] + b.greatest[j]);
            bound = std::max(bound, a.least[i] + b.least[j]);
        };
        for_pairs(c, look);
        const std::int64_t bound_here = bound;
        if (c > 0) for_pairs(c - 1, look);
        if (bound_here != kNothing) bound = bound_here;
        if (bound < scale - kSmallest) return std::nullopt;
        // A number of the block has at most 16 products from each pair.
        const std::int64_t needed =
            bound - kLeftOut - static_cast<std::int64_t>(std::bit_width(std::min(n, m)));
        alignas(64) double sums[kBlock] = {};
        alignas(64) double window[2 * kBlock];
        const std::size_t first = c < m ? 0 : c - m, last = std::min(c + 1, n);
        for (std::size_t i = first; i < last; ++i) {
            const std::size_t j = c - i;  // the pairs (i, j) and (i, j - 1)
            std::int64_t common = kNothing;
            if (j < m) common = b.greatest[j];
            if (j > 0) common = std::max(common, b.greatest[j - 1]);
            if (a.greatest[i] + common < needed) continue;
            for (std::size_t side = 0; side < 2; ++side) {
                double* to = window + side * kBlock;
                const std::size_t from = j + side - 1;
                if (from >= m) {  // -1 is one, too
                    std::fill_n(to, kBlock, 0.0);
                    continue;
                }
                const double factor = power_of_two(b.greatest[from] - common);
                for (std::size_t k = 0; k < kBlock; ++k) {
                    to[k] = b.numbers[from * kBlock + k] * factor;
                }
            }
            add_products_(&a.numbers[i * kBlock], power_of_two(a.greatest[i] + common - scale),
                          window, sums);
        }
        const std::size_t count = std::min(kBlock, result.size - c * kBlock);
        const auto [least, greatest] = std::minmax_element(sums, sums + count);
        if (*least < std::numeric_limits<double>::min()) return std::nullopt;
        const int shift = exponent_of(*greatest);
        result.greatest[c] = scale + shift;
        result.least[c] = scale + exponent_of(*least);
        if (result.greatest[c] - result.least[c] > kInside) return std::nullopt;
        for (std::size_t k = 0; k < count; ++k) {
            result.numbers[c * kBlock + k] = sums[k] * power_of_two(-shift);
        }
    }
    return result;
}

Numbers Convolution::convolve(const Numbers& a, const Numbers& b) {
    Numbers result(a.size() + b.size() - 1);
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].mantissa == 0) continue;
        if (is_stopped()) break;
        for (std::size_t k = 0; k < b.size(); ++k) {
            result[i + k] = sum(result[i + k], normal(a[i].mantissa * b[k].mantissa,
                                                      a[i].exponent + b[k].exponent));
        }
    }
    return result;
}

/// The values of a sum from the first possible one to the last.
struct Place {
    std::int64_t least = 0, greatest = 0;
};

/// Nothing if nothing is possible.
std::optional<Place> possible(const SumTerm& term) {
    std::optional<Place> place;
    for (auto [value, weight] : term) {
        if (weight == 0) continue;
        if (!place) place = {value, value};
        place->least = std::min(place->least, value);
        place->greatest = std::max(place->greatest, value);
    }
    return place;
}

Part product_of(std::span<const SumTerm> terms, std::span<const Place> places, std::int64_t step,
                Convolution& convolution) {
    std::vector<Numbers> dense;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const auto position = [&](std::int64_t value) {
            return static_cast<std::size_t>((value - places[i].least) / step);
        };
        Numbers& numbers = dense.emplace_back(position(places[i].greatest) + 1);
        for (auto [value, weight] : terms[i]) {
            if (weight == 0) continue;
            PoweredNumber& to = numbers[position(value)];
            to = sum(to, normal(weight, 0));
        }
    }
    std::ranges::sort(dense);
    std::vector<Part> parts;
    for (std::size_t i = 0; i < dense.size();) {
        std::size_t end = i + 1;
        while (end < dense.size() && dense[end] == dense[i]) ++end;
        parts.push_back(convolution.power({to_blocks(dense[i]), dense[i]}, end - i));
        i = end;
    }
    if (parts.empty()) return {{}, {{0.5, 1}}};
    return convolution.product(parts);
}

}  // namespace

std::optional<SumLaw> sum_law(std::span<const SumTerm> terms, const std::function<bool()>& stop) {
    SumLaw law;
    std::vector<Place> places;
    std::int64_t size = 1, before = 0, step = 0;
    bool is_possible = true;
    for (const SumTerm& term : terms) {
        if (term.empty()) throw std::invalid_argument("sum_law: terms has an empty one");
        const auto [least, greatest] = std::ranges::minmax(term);
        law.least += least.first;
        size += greatest.first - least.first;
        const auto place = possible(term);
        is_possible = is_possible && place;
        places.push_back(place.value_or(Place{}));
        before += places.back().least - least.first;
        for (auto [value, weight] : term) {
            if (weight != 0) step = std::gcd(step, value - places.back().least);
        }
    }
    law.probabilities.resize(static_cast<std::size_t>(size));
    if (!is_possible) return law;
    step = std::max<std::int64_t>(step, 1);
    Convolution convolution(stop);
    const Numbers numbers = to_numbers(product_of(terms, places, step, convolution));
    if (convolution.is_stopped()) return std::nullopt;
    for (std::size_t s = 0; s < numbers.size(); ++s) {
        law.probabilities[static_cast<std::size_t>(before) + s * static_cast<std::size_t>(step)] =
            numbers[s];
    }
    return law;
}

}  // namespace entail::circuit
