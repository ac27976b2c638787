#pragma once
// Arithmetic over integers of 64 bits and reals: an overflow is an error, never a wrap.

#include <string>
#include <string_view>

#include "symbolic/ir/program.h"

namespace entail::ir {

/// Why an expression has no value: what is wrong, in the words of a diagnostic's argument.
enum class ArithmeticError {
    none,
    overflow,  ///< an integer beyond 64 bits, a real beyond the largest
    division_by_zero,
    not_a_number,    ///< an operand that is no number: `X + a`
    undefined,       ///< no value in the reals: the root of a negative number
    needs_integers,  ///< `//` or `mod` of a real, and so on
    not_followed,    ///< a function that no expression over unknown numbers is made of
    may_be_zero,     ///< an unknown divisor that its bounds do not keep from 0
    mixed_extremum,  ///< `min` or `max` of an unknown integer and a real: of which type?
};
std::string_view describe(ArithmeticError error);

/// Is `name`/`arity` a function of arithmetic (`+`/2, `abs`/1, …)?
bool is_arithmetic_function(std::string_view name, std::size_t arity);

/// The value of a ground expression. On an error returns a meaningless value and sets `error`.
/// With operands that are unknown it is unknown too (symbolic/ir/expressions.h).
/// `bindings` holds the values of the rule's variables.
Value evaluate(const Term& expression, std::span<const Value> bindings, ValueStore& values,
               ArithmeticError& error);

/// a + b, as evaluate() adds.
Value add(Value a, Value b, ValueStore& values, ArithmeticError& error);

/// Compares two known numbers by value, across integers and reals (1 =:= 1.0).
bool compare(CompareOp op, Value a, Value b, const ValueStore& values, ArithmeticError& error);

}  // namespace entail::ir
