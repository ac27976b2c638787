#pragma once
// Weights as costs of soft clauses: the least total is the greatest product.

#include <cmath>
#include <cstdint>

namespace entail::decide {

/// The negative logarithm of a weight in (0, 1], in units so small that a difference between
/// probabilities shows; sums of them still stay far below 2^63.
inline std::int64_t cost_of(double weight) {
    constexpr double kUnits = 1e12;
    return std::llround(-std::log(weight) * kUnits);
}

}  // namespace entail::decide
