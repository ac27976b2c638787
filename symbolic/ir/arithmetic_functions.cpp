#include "symbolic/ir/arithmetic_functions.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

#include "symbolic/ir/expressions.h"
#include "symbolic/ir/name_index.h"

namespace entail::ir {
namespace {

using Error = ArithmeticError;

Value real(const Application& on, double number) {
    if (std::isnan(number)) return on.fail(Error::undefined);
    if (std::isinf(number)) return on.fail(Error::overflow);
    return on.values.real(number);
}

std::int64_t integer_a(const Application& on) {
    return on.values.as_integer(on.a);
}
std::int64_t integer_b(const Application& on) {
    return on.values.as_integer(on.b);
}
double real_a(const Application& on) {
    return on.values.as_double(on.a);
}
double real_b(const Application& on) {
    return on.values.as_double(on.b);
}

// --- of integers an integer, else a real ---

Value plus(const Application& on) {
    if (!on.are_integers()) return real(on, real_a(on) + real_b(on));
    std::int64_t result = 0;
    if (__builtin_add_overflow(integer_a(on), integer_b(on), &result)) {
        return on.fail(Error::overflow);
    }
    return on.values.integer(result);
}

Value minus(const Application& on) {
    if (!on.are_integers()) return real(on, real_a(on) - real_b(on));
    std::int64_t result = 0;
    if (__builtin_sub_overflow(integer_a(on), integer_b(on), &result)) {
        return on.fail(Error::overflow);
    }
    return on.values.integer(result);
}

Value times(const Application& on) {
    if (!on.are_integers()) return real(on, real_a(on) * real_b(on));
    std::int64_t result = 0;
    if (__builtin_mul_overflow(integer_a(on), integer_b(on), &result)) {
        return on.fail(Error::overflow);
    }
    return on.values.integer(result);
}

Value integer_power(const Application& on, std::int64_t base, std::int64_t exponent) {
    std::int64_t result = 1;
    while (exponent > 0) {
        if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) {
            return on.fail(Error::overflow);
        }
        exponent >>= 1;
        // The last square is not needed and may overflow although the power does not.
        if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) {
            return on.fail(Error::overflow);
        }
    }
    return on.values.integer(result);
}

Value power(const Application& on) {
    if (!on.are_integers()) return real(on, std::pow(real_a(on), real_b(on)));
    if (integer_b(on) >= 0) return integer_power(on, integer_a(on), integer_b(on));
    if (integer_a(on) == 0) return on.fail(Error::division_by_zero);
    return real(on, std::pow(real_a(on), real_b(on)));
}

Value identity(const Application& on) {
    return on.a;
}

Value negate(const Application& on) {
    if (!on.are_integers()) return real(on, -real_a(on));
    if (integer_a(on) == INT64_MIN) return on.fail(Error::overflow);
    return on.values.integer(-integer_a(on));
}

Value absolute(const Application& on) {
    if (!on.are_integers()) return real(on, std::fabs(real_a(on)));
    return integer_a(on) < 0 ? negate(on) : on.a;
}

Value sign(const Application& on) {
    double number = real_a(on);
    int result = number > 0 ? 1 : number < 0 ? -1 : 0;
    return on.are_integers() ? on.values.integer(result) : on.values.real(result);
}

/// One of the operands as it is.
Value minimum(const Application& on) {
    return on.values.compare(on.a, on.b) <= 0 ? on.a : on.b;
}
Value maximum(const Application& on) {
    return on.values.compare(on.a, on.b) >= 0 ? on.a : on.b;
}

// --- always a real ---

Value divide(const Application& on) {
    if (real_b(on) == 0) return on.fail(Error::division_by_zero);
    return real(on, real_a(on) / real_b(on));
}

template <double (*function)(double)>
Value of_real(const Application& on) {
    return real(on, function(real_a(on)));
}

template <double (*function)(double)>
Value of_positive(const Application& on) {
    if (real_a(on) <= 0) return on.fail(Error::undefined);
    return real(on, function(real_a(on)));
}

Value logarithm_to_base(const Application& on) {
    if (real_a(on) <= 0 || real_b(on) <= 0) return on.fail(Error::undefined);
    if (real_a(on) == 1) return on.fail(Error::division_by_zero);
    return real(on, std::log(real_b(on)) / std::log(real_a(on)));
}

Value arc_tangent_of_quotient(const Application& on) {
    return real(on, std::atan2(real_a(on), real_b(on)));
}

Value fractional_part(const Application& on) {
    if (on.are_integers()) return on.values.integer(0);
    return real(on, real_a(on) - std::trunc(real_a(on)));
}
Value integer_part(const Application& on) {
    return on.are_integers() ? on.a : real(on, std::trunc(real_a(on)));
}

Value pi(const Application& on) {
    return on.values.real(std::numbers::pi);
}
Value euler(const Application& on) {
    return on.values.real(std::numbers::e);
}

// --- always an integer ---

/// `//` and `mod` go together: the quotient rounded down and what is left.
Value floor_divide(const Application& on) {
    if (!on.are_integers()) return on.fail(Error::needs_integers);
    std::int64_t a = integer_a(on), b = integer_b(on);
    if (b == 0) return on.fail(Error::division_by_zero);
    if (b == -1) return negate(on);  // the smallest integer has no opposite
    std::int64_t quotient = a / b;
    bool is_between = a % b != 0 && (a < 0) != (b < 0);
    return on.values.integer(is_between ? quotient - 1 : quotient);
}

Value modulo(const Application& on) {
    if (!on.are_integers()) return on.fail(Error::needs_integers);
    std::int64_t a = integer_a(on), b = integer_b(on);
    if (b == 0) return on.fail(Error::division_by_zero);
    if (b == -1) return on.values.integer(0);
    std::int64_t rest = a % b;
    return on.values.integer(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
}

Value remainder(const Application& on) {
    if (!on.are_integers()) return on.fail(Error::needs_integers);
    std::int64_t b = integer_b(on);
    if (b == 0) return on.fail(Error::division_by_zero);
    return on.values.integer(b == -1 ? 0 : integer_a(on) % b);
}

std::uint64_t magnitude(std::int64_t number) {
    return number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
}

Value greatest_common_divisor(const Application& on) {
    if (!on.are_integers()) return on.fail(Error::needs_integers);
    std::uint64_t result = std::gcd(magnitude(integer_a(on)), magnitude(integer_b(on)));
    if (result > INT64_MAX) return on.fail(Error::overflow);
    return on.values.integer(static_cast<std::int64_t>(result));
}

Value most_significant_bit(const Application& on) {
    if (!on.are_integers()) return on.fail(Error::needs_integers);
    if (integer_a(on) <= 0) return on.fail(Error::undefined);
    return on.values.integer(std::bit_width(static_cast<std::uint64_t>(integer_a(on))) - 1);
}

Value shift_left(const Application& on) {
    if (!on.are_integers()) return on.fail(Error::needs_integers);
    std::int64_t number = integer_a(on), count = integer_b(on);
    if (count < 0) return on.fail(Error::undefined);
    for (; count > 0 && number != 0; --count) {
        if (__builtin_add_overflow(number, number, &number)) return on.fail(Error::overflow);
    }
    return on.values.integer(number);
}

Value shift_right(const Application& on) {
    if (!on.are_integers()) return on.fail(Error::needs_integers);
    if (integer_b(on) < 0) return on.fail(Error::undefined);
    return on.values.integer(integer_a(on) >> std::min<std::int64_t>(integer_b(on), 63));
}

Value bit_and(const Application& on) {
    if (!on.are_integers()) return on.fail(Error::needs_integers);
    return on.values.integer(integer_a(on) & integer_b(on));
}
Value bit_or(const Application& on) {
    if (!on.are_integers()) return on.fail(Error::needs_integers);
    return on.values.integer(integer_a(on) | integer_b(on));
}
Value bit_xor(const Application& on) {
    if (!on.are_integers()) return on.fail(Error::needs_integers);
    return on.values.integer(integer_a(on) ^ integer_b(on));
}

template <double (*function)(double)>
Value rounded(const Application& on) {
    if (on.are_integers()) return on.a;
    double result = function(real_a(on));
    if (!(result >= -0x1p63 && result < 0x1p63)) return on.fail(Error::overflow);
    return on.values.integer(static_cast<std::int64_t>(result));
}

double same(double x) {
    return x;
}

constexpr ArithmeticFunction kFunctions[] = {
    {"+", 2, plus, add_unknown},
    {"-", 2, minus, subtract_unknown},
    {"*", 2, times, multiply_unknown},
    {"**", 2, power, power_of_unknown},
    {"^", 2, power, power_of_unknown},
    {"+", 1, identity, identity_of_unknown},
    {"-", 1, negate, negate_unknown},
    {"abs", 1, absolute, absolute_unknown},
    {"sign", 1, sign},
    {"min", 2, minimum, minimum_unknown},
    {"max", 2, maximum, maximum_unknown},

    {"/", 2, divide, divide_unknown},
    {"sqrt", 1, of_real<std::sqrt>},
    {"exp", 1, of_real<std::exp>},
    {"log", 1, of_positive<std::log>},
    {"log2", 1, of_positive<std::log2>},
    {"log", 2, logarithm_to_base},
    {"sin", 1, of_real<std::sin>},
    {"cos", 1, of_real<std::cos>},
    {"tan", 1, of_real<std::tan>},
    {"asin", 1, of_real<std::asin>},
    {"acos", 1, of_real<std::acos>},
    {"atan", 1, of_real<std::atan>},
    {"atan", 2, arc_tangent_of_quotient},
    {"atan2", 2, arc_tangent_of_quotient},
    {"sinh", 1, of_real<std::sinh>},
    {"cosh", 1, of_real<std::cosh>},
    {"tanh", 1, of_real<std::tanh>},
    {"float", 1, of_real<same>, real_of_unknown},
    {"float_integer_part", 1, integer_part},
    {"float_fractional_part", 1, fractional_part},
    {"pi", 0, pi},
    {"e", 0, euler},

    {"//", 2, floor_divide, floor_divide_unknown},
    {"div", 2, floor_divide, floor_divide_unknown},
    {"mod", 2, modulo, modulo_unknown},
    {"rem", 2, remainder},
    {"gcd", 2, greatest_common_divisor},
    {"msb", 1, most_significant_bit},
    {"<<", 2, shift_left},
    {">>", 2, shift_right},
    {"/\\", 2, bit_and},
    {"\\/", 2, bit_or},
    {"xor", 2, bit_xor},
    {"floor", 1, rounded<std::floor>, rounded_unknown},
    {"ceiling", 1, rounded<std::ceil>, rounded_unknown},
    {"round", 1, rounded<std::round>, rounded_unknown},
    {"integer", 1, rounded<std::round>, rounded_unknown},
    {"truncate", 1, rounded<std::trunc>, rounded_unknown},
};

}  // namespace

const ArithmeticFunction* find_arithmetic_function(std::string_view name, std::size_t arity) {
    static const NameIndex<ArithmeticFunction> index = [] {
        NameIndex<ArithmeticFunction> result;
        for (const ArithmeticFunction& function : kFunctions) result.add(function);
        return result;
    }();
    return index.find(name, arity);
}

}  // namespace entail::ir
