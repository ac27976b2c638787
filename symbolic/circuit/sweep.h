#pragma once
// The inner loops over a tape, for one block of columns, in the widest instructions the machine
// has.
//
// Two kinds of numbers. *Plain* ones are doubles: a row has `width` of them. *Scaled* ones are a
// double and a whole exponent kept beside it, which neither underflow nor overflow and keep all
// digits: a row has `width` doubles, 0 or 1 ≤ |m| < 2, then as many exponents (64-bit integers in
// the place of doubles), and stands for m * 2^e.

#include <cstddef>
#include <cstdint>

#include "symbolic/circuit/tape.h"

namespace entail::circuit {

enum class Arithmetic : std::uint8_t { plain, scaled };

/// Widths that there are loops for.
inline constexpr std::size_t kWidths[] = {1, 8, 16};

/// Doubles in a row.
constexpr std::size_t row_size(Arithmetic arithmetic, std::size_t width) {
    return arithmetic == Arithmetic::plain ? width : 2 * width;
}

enum class Simd : std::uint8_t { portable, avx2, avx512 };
/// The widest that this machine runs.
Simd widest_simd();

/// Rows of 64-byte alignment; those of the weights, false and true are given, all others written.
void sweep_forward(const Tape& tape, Arithmetic arithmetic, std::size_t width, double* rows,
                   Simd simd);
/// `flows`, laid out as `rows`, holds the gradient over the values of the roots and is then the
/// gradient over the values of all rows.
void sweep_backward(const Tape& tape, Arithmetic arithmetic, std::size_t width, const double* rows,
                    double* flows, Simd simd);

/// A scaled number, outside of rows.
struct Scaled {
    double mantissa = 0;
    std::int64_t exponent = kZeroExponent;
    /// Of the number 0; below all others.
    static constexpr std::int64_t kZeroExponent = -(std::int64_t{1} << 50U);

    static Scaled of(double number);
    /// Saturates at the greatest double, 0 below the least.
    double to_double() const;
    /// Natural logarithm; -infinity for 0.
    double log() const;
    Scaled operator+(Scaled other) const;
    /// 0 when `other` is 0.
    Scaled operator/(Scaled other) const;
};

}  // namespace entail::circuit
