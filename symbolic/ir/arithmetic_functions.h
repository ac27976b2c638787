#pragma once
// The functions of arithmetic, one table: what `X is E` knows besides numbers.

#include <string_view>

#include "symbolic/ir/arithmetic.h"

namespace entail::ir {

/// The operands of one application, and where its result and its errors are made. A function of one
/// operand sees it as `a`, too as `b`; a constant sees neither.
struct Application {
    Value a, b;
    ValueStore& values;
    ArithmeticError& error;

    bool are_integers() const {
        return values.kind(a) == ValueKind::integer && values.kind(b) == ValueKind::integer;
    }
    Value fail(ArithmeticError reason) const {
        error = reason;
        return {};
    }
};

struct ArithmeticFunction {
    std::string_view name;
    std::size_t arity;
    Value (*apply)(const Application&);
    /// The same where an operand is not known yet; null if no expression says it.
    Value (*apply_to_unknown)(const Application&) = nullptr;
};

/// Null if there is none.
const ArithmeticFunction* find_arithmetic_function(std::string_view name, std::size_t arity);

}  // namespace entail::ir
