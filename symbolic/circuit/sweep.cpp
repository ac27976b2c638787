#include "symbolic/circuit/sweep.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <type_traits>

// Idea: the batch is the contiguous axis, so that an instruction is a few vector operations for a
// whole block of columns; the instruction set is chosen at run time. Columns never meet, so a
// column's result does not depend on its neighbours. Source: Darwiche, "A differential approach to
// inference in Bayesian networks" (2003), for the two sweeps. Cost: forward one multiply-add for
// each edge and column, backward two.

namespace entail::circuit {

#define ENTAIL_TARGET
namespace portable {
constexpr std::size_t kVectorBytes = 16;
#include "symbolic/circuit/sweep_kernel.inc"
}  // namespace portable
#undef ENTAIL_TARGET

#if defined(__x86_64__)
#define ENTAIL_TARGET __attribute__((target("avx2,fma")))
namespace avx2 {
constexpr std::size_t kVectorBytes = 32;
#include "symbolic/circuit/sweep_kernel.inc"
}  // namespace avx2
#undef ENTAIL_TARGET

#define ENTAIL_TARGET __attribute__((target("avx512f,avx512dq,avx2,fma")))
namespace avx512 {
constexpr std::size_t kVectorBytes = 64;
#include "symbolic/circuit/sweep_kernel.inc"
}  // namespace avx512
#undef ENTAIL_TARGET

Simd widest_simd() {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        return Simd::avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Simd::avx2;
    return Simd::portable;
}
#else
Simd widest_simd() {
    return Simd::portable;
}
#endif

void sweep_forward(const Tape& tape, Arithmetic arithmetic, std::size_t width, double* rows,
                   Simd simd) {
    switch (simd) {
#if defined(__x86_64__)
        case Simd::avx512:
            return avx512::with_row(arithmetic, width, [&](auto row) {
                avx512::forward<typename decltype(row)::type>(tape, rows);
            });
        case Simd::avx2:
            return avx2::with_row(arithmetic, width, [&](auto row) {
                avx2::forward<typename decltype(row)::type>(tape, rows);
            });
#endif
        default:
            return portable::with_row(arithmetic, width, [&](auto row) {
                portable::forward<typename decltype(row)::type>(tape, rows);
            });
    }
}

void sweep_backward(const Tape& tape, Arithmetic arithmetic, std::size_t width, const double* rows,
                    double* flows, Simd simd) {
    switch (simd) {
#if defined(__x86_64__)
        case Simd::avx512:
            return avx512::with_row(arithmetic, width, [&](auto row) {
                avx512::backward<typename decltype(row)::type>(tape, rows, flows);
            });
        case Simd::avx2:
            return avx2::with_row(arithmetic, width, [&](auto row) {
                avx2::backward<typename decltype(row)::type>(tape, rows, flows);
            });
#endif
        default:
            return portable::with_row(arithmetic, width, [&](auto row) {
                portable::backward<typename decltype(row)::type>(tape, rows, flows);
            });
    }
}

Scaled Scaled::of(double number) {
    if (number == 0) return {};
    int exponent = 0;
    const double mantissa = std::frexp(number, &exponent);  // in [0.5, 1)
    return {2 * mantissa, exponent - 1};
}

double Scaled::to_double() const {
    constexpr std::int64_t kFar = 5000;
    const double value = std::ldexp(mantissa, static_cast<int>(std::clamp(exponent, -kFar, kFar)));
    constexpr double kGreatest = std::numeric_limits<double>::max();
    return std::clamp(value, -kGreatest, kGreatest);
}

double Scaled::log() const {
    return std::log(mantissa) + static_cast<double>(exponent) * std::log(2.0);
}

Scaled Scaled::operator+(Scaled other) const {
    const Scaled& great = exponent < other.exponent ? other : *this;
    const Scaled& small = exponent < other.exponent ? *this : other;
    constexpr std::int64_t kFar = 2000;
    const auto shift = static_cast<int>(std::max(small.exponent - great.exponent, -kFar));
    Scaled sum = of(great.mantissa + std::ldexp(small.mantissa, shift));
    if (sum.mantissa != 0) sum.exponent += great.exponent;
    return sum;
}

Scaled Scaled::operator/(Scaled other) const {
    if (mantissa == 0 || other.mantissa == 0) return {};
    Scaled result = of(mantissa / other.mantissa);
    result.exponent += exponent - other.exponent;
    return result;
}

}  // namespace entail::circuit
