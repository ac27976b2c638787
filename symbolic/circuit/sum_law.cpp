// Idea: convolve halves, halves of halves, and so on. Weights of a long sum are far below the
// smallest double, so an array is cut into blocks of 16 numbers with one power of two each. Blocks
// are multiplied as plain doubles; a pair of blocks is left out only where it adds less than
// 2^-100 of the result. Where numbers inside a block differ by more than 2^200, or a value between
// others is impossible, numbers with an exponent each take the place of blocks.
// All weights are positive and none are subtracted: every operation keeps relative errors small.
// Source: ours; the scaling is that of block floating point (Wilkinson, 1963).
// Cost: about the square of the length of the result, halved; numbers with own exponents cost some
// twenty times as much.

#include "symbolic/circuit/sum_law.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <stdexcept>

namespace entail::circuit {
namespace {

constexpr std::size_t kBlock = 16;
constexpr int kInside = -200;   // the least binary exponent of a number in a block
constexpr int kResult = -440;   // of a result, next to the greatest pair of blocks of its place
constexpr int kLeftOut = -560;  // of a pair of blocks, next to the same

PoweredNumber normal(double number, std::int64_t exponent) {
    if (number == 0) return {};
    int shift = 0;
    const double mantissa = std::frexp(number, &shift);
    return {mantissa, exponent + shift};
}

double power_of_two(std::int64_t exponent) {
    return exponent < -1022 ? 0 : std::ldexp(1.0, static_cast<int>(exponent));
}

PoweredNumber sum(PoweredNumber a, PoweredNumber b) {
    if (a.mantissa == 0) return b;
    if (b.mantissa == 0) return a;
    if (a.exponent < b.exponent) std::swap(a, b);
    return normal(a.mantissa + b.mantissa * power_of_two(b.exponent - a.exponent), a.exponent);
}

using Numbers = std::vector<PoweredNumber>;

struct Blocks {
    std::vector<double> numbers;          // padded with 0 to whole blocks
    std::vector<std::int64_t> exponents;  // by block
};

/// Nothing where blocks do not suit the numbers.
std::optional<Blocks> to_blocks(const Numbers& numbers) {
    Blocks result;
    result.exponents.resize((numbers.size() + kBlock - 1) / kBlock);
    result.numbers.resize(result.exponents.size() * kBlock);
    for (std::size_t i = 0; i < result.exponents.size(); ++i) {
        const std::size_t end = std::min(numbers.size(), (i + 1) * kBlock);
        std::int64_t greatest = numbers[i * kBlock].exponent;
        for (std::size_t k = i * kBlock; k < end; ++k) {
            greatest = std::max(greatest, numbers[k].exponent);
        }
        result.exponents[i] = greatest;
        for (std::size_t k = i * kBlock; k < end; ++k) {
            const std::int64_t own = numbers[k].exponent - greatest;
            if (numbers[k].mantissa == 0 || own < kInside) return std::nullopt;
            result.numbers[k] = numbers[k].mantissa * power_of_two(own);
        }
    }
    return result;
}

using Product = std::array<double, 2 * kBlock>;

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((target_clones("avx2", "default")))
#endif
void add_product(const double* a, double scale, const double* b, double* product) {
    for (std::size_t u = 0; u < kBlock; ++u) {
        const double factor = a[u] * scale;
        for (std::size_t v = 0; v < kBlock; ++v) product[u + v] += factor * b[v];
    }
}

/// `size` numbers; nothing where some come out too small next to their neighbours.
std::optional<Numbers> convolve(const Blocks& a, const Blocks& b, std::size_t size) {
    Numbers result(size);
    const std::size_t n = a.exponents.size(), m = b.exponents.size();
    for (std::size_t c = 0; c + 1 < n + m; ++c) {
        const std::size_t first = c < m ? 0 : c - m + 1, last = std::min(c + 1, n);
        std::int64_t scale = a.exponents[first] + b.exponents[c - first];
        for (std::size_t i = first; i < last; ++i) {
            scale = std::max(scale, a.exponents[i] + b.exponents[c - i]);
        }
        Product product{};
        for (std::size_t i = first; i < last; ++i) {
            const std::int64_t own = a.exponents[i] + b.exponents[c - i] - scale;
            if (own < kLeftOut) continue;
            add_product(&a.numbers[i * kBlock], power_of_two(own), &b.numbers[(c - i) * kBlock],
                        product.data());
        }
        // What was left out is small next to `scale`; all sums of this place must not be.
        for (std::size_t k = 0; k < 2 * kBlock && c * kBlock + k < size; ++k) {
            if (k + 1 == 2 * kBlock) break;
            PoweredNumber& to = result[c * kBlock + k];
            to = sum(to, normal(product[k], scale));
            const bool is_whole = k < kBlock || c + 2 == n + m;
            if (is_whole && (to.mantissa == 0 || to.exponent < scale + kResult)) {
                return std::nullopt;
            }
        }
    }
    return result;
}

Numbers convolve(const Numbers& a, const Numbers& b) {
    const std::size_t size = a.size() + b.size() - 1;
    if (std::min(a.size(), b.size()) >= kBlock) {
        const auto left = to_blocks(a), right = to_blocks(b);
        if (left && right) {
            if (auto result = convolve(*left, *right, size)) return std::move(*result);
        }
    }
    Numbers result(size);
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].mantissa == 0) continue;
        for (std::size_t k = 0; k < b.size(); ++k) {
            result[i + k] = sum(result[i + k], normal(a[i].mantissa * b[k].mantissa,
                                                      a[i].exponent + b[k].exponent));
        }
    }
    return result;
}

Numbers product(std::span<Numbers> terms) {
    if (terms.size() == 1) return std::move(terms[0]);
    const std::size_t half = terms.size() / 2;
    return convolve(product(terms.first(half)), product(terms.subspan(half)));
}

}  // namespace

SumLaw sum_law(std::span<const SumTerm> terms) {
    SumLaw law;
    std::vector<Numbers> dense;
    for (const SumTerm& term : terms) {
        if (term.empty()) throw std::invalid_argument("sum_law: terms has an empty one");
        const auto [least, greatest] = std::ranges::minmax(term);
        law.least += least.first;
        Numbers& numbers =
            dense.emplace_back(static_cast<std::size_t>(greatest.first - least.first) + 1);
        for (auto [value, weight] : term) {
            PoweredNumber& to = numbers[static_cast<std::size_t>(value - least.first)];
            to = sum(to, normal(weight, 0));
        }
    }
    law.probabilities = dense.empty() ? Numbers{{0.5, 1}} : product(dense);
    return law;
}

}  // namespace entail::circuit
