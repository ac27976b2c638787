#pragma once
// The law of a sum of independent integers.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace entail::circuit {

/// mantissa · 2^exponent; the mantissa is 0, or in [0.5, 1).
struct PoweredNumber {
    double mantissa = 0;
    std::int64_t exponent = 0;
    auto operator<=>(const PoweredNumber&) const = default;
};

struct SumLaw {
    std::int64_t least = 0;
    std::vector<PoweredNumber>
        probabilities;  ///< of least, least + 1, …; exactly 0 for the impossible
};

/// One term of the sum: its values and their weights, not negative; values may repeat.
using SumTerm = std::vector<std::pair<std::int64_t, double>>;

/// The law of the sum of `terms`, each weight with a relative error of about 1e-16 · terms; nothing
/// if `stop`, asked now and then, says yes. Throws std::invalid_argument on an empty term. The
/// caller sees to it that the sum of the ranges is small: it is the length of the result.
std::optional<SumLaw> sum_law(std::span<const SumTerm> terms,
                              const std::function<bool()>& stop = {});

}  // namespace entail::circuit
