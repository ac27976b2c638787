#pragma once
// Arithmetic over numbers that are not known yet: expressions in a normal form.
//
// What is linear is kept as one sum, its terms in standard order, equal ones merged, constants
// folded into one number at the end: X + 1 + Y - X is Y + 1. Products of unknowns, quotients,
// remainders, absolute values and extrema are terms of such sums like any other. Integers have no
// bounds there; a number of the program that leaves 64 bits is still an overflow. A sum with a real
// in it is a real, whatever else it holds: 1.0*x is the integer x as a real.
// Every expression carries bounds that follow from those of its unknowns, so that what they decide
// needs no solver.
// Cost: the number of terms of the operands.

#include <optional>
#include <span>

#include "symbolic/ir/arithmetic_functions.h"

namespace entail::ir {

// One application with an operand that is unknown; the other may be a number.
Value add_unknown(const Application& on);
Value subtract_unknown(const Application& on);
Value multiply_unknown(const Application& on);
Value divide_unknown(const Application& on);
Value floor_divide_unknown(const Application& on);
Value modulo_unknown(const Application& on);
Value power_of_unknown(const Application& on);  ///< the exponent must be a small known integer
Value identity_of_unknown(const Application& on);
Value negate_unknown(const Application& on);
Value absolute_unknown(const Application& on);
Value minimum_unknown(const Application& on);
Value maximum_unknown(const Application& on);
Value real_of_unknown(const Application& on);  ///< `float`
Value rounded_unknown(const Application& on);  ///< of an integer itself, of a real an error

/// A comparison brought into its normal form, in which it means the same in every world:
/// `left op right` if not `negated`, else its opposite.
struct NormalComparison {
    std::optional<bool> decided;     ///< then there is nothing else
    CompareOp op = CompareOp::less;  ///< equal, less or less_equal; of integers equal or less
    Value left;   ///< mostly a sum without a constant, the first coefficient positive …
    Value right;  ///< … and a number
    bool negated = false;
};

/// `a op b` by value, across types. Both are numbers or unknown.
NormalComparison normalise(CompareOp op, Value a, Value b, ValueStore& values);

/// `value` with every unknown number replaced: by id, the numbers of a world. The result has
/// nothing unknown in it, unless there is an error: an overflow, a division by zero.
Value substitute(Value value, std::span<const Value> numbers, ValueStore& values,
                 ArithmeticError& error);

}  // namespace entail::ir
