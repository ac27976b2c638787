#include "symbolic/ir/arithmetic.h"

#include "symbolic/ir/arithmetic_functions.h"

namespace entail::ir {
namespace {

Value apply(const ArithmeticFunction& function, const Value* operands, ValueStore& values,
            ArithmeticError& error) {
    if (function.arity == 0) return function.apply({{}, {}, values, error});
    Value first = operands[0], last = operands[function.arity - 1];
    if (values.is_unknown(first) || values.is_unknown(last)) {
        auto is_numeric = [&](Value v) { return values.is_number(v) || values.is_unknown(v); };
        error = !is_numeric(first) || !is_numeric(last) ? ArithmeticError::not_a_number
                : function.apply_to_unknown == nullptr  ? ArithmeticError::not_followed
                                                        : ArithmeticError::none;
        if (error != ArithmeticError::none) return {};
        return function.apply_to_unknown({first, last, values, error});
    }
    if (!values.is_number(first) || !values.is_number(last)) {
        error = ArithmeticError::not_a_number;
        return {};
    }
    return function.apply({first, last, values, error});
}

/// The function that a value which is no number applies, if it is an expression.
const ArithmeticFunction* function_of(Value value, const ValueStore& values) {
    switch (values.kind(value)) {
        case ValueKind::atom:
            return find_arithmetic_function(values.text(value), 0);
        case ValueKind::compound:
            return find_arithmetic_function(values.text(values.functor(value)),
                                            values.arguments(value).size());
        default:
            return nullptr;
    }
}

/// A variable may hold an expression that has not been evaluated: X = 1 + 2, Y is X. It may be as
/// deep as any term that evaluation makes, so there is an explicit stack.
Value evaluate_value(Value root, ValueStore& values, ArithmeticError& error) {
    struct Frame {
        Value expression;
        const ArithmeticFunction* function;
        std::size_t known = 0;
        Value operands[2];
    };
    std::vector<Frame> stack;
    Value next = root;
    for (;;) {
        Value result = next;
        if (!values.is_number(next) && !values.is_unknown(next)) {
            const ArithmeticFunction* function = function_of(next, values);
            if (function == nullptr) {
                error = ArithmeticError::not_a_number;
                return {};
            }
            if (function->arity > 0) {
                stack.push_back({next, function, 0, {}});
                next = values.arguments(next)[0];
                continue;
            }
            result = apply(*function, nullptr, values, error);
        }
        for (;;) {
            if (stack.empty()) return result;
            Frame& frame = stack.back();
            frame.operands[frame.known++] = result;
            if (frame.known < frame.function->arity) {
                next = values.arguments(frame.expression)[frame.known];
                break;
            }
            result = apply(*frame.function, frame.operands, values, error);
            if (error != ArithmeticError::none) return {};
            stack.pop_back();
        }
    }
}

}  // namespace

std::string_view describe(ArithmeticError error) {
    switch (error) {
        case ArithmeticError::none:
            break;
        case ArithmeticError::overflow:
            return "the result is too large";
        case ArithmeticError::division_by_zero:
            return "division by zero";
        case ArithmeticError::not_a_number:
            return "an operand is not a number";
        case ArithmeticError::undefined:
            return "the result is not a real number";
        case ArithmeticError::needs_integers:
            return "this is computed of integers only";
        case ArithmeticError::not_followed:
            return "this is not computed of numbers that are not known yet";
        case ArithmeticError::may_be_zero:
            return "the divisor is not known yet and may be 0";
        case ArithmeticError::mixed_extremum:
            return "of an integer and a real, one of them not known yet, it is not known which is "
                   "taken";
    }
    return "no error";
}

bool is_arithmetic_function(std::string_view name, std::size_t arity) {
    return find_arithmetic_function(name, arity) != nullptr;
}

Value evaluate(const Term& expression, std::span<const Value> bindings, ValueStore& values,
               ArithmeticError& error) {
    if (expression.is_variable()) {
        return evaluate_value(bindings[expression.variable], values, error);
    }
    if (expression.is_constant()) return evaluate_value(expression.value, values, error);
    const ArithmeticFunction* function =
        find_arithmetic_function(values.text(expression.value), expression.args.size());
    if (function == nullptr) {
        error = ArithmeticError::not_a_number;
        return {};
    }
    Value operands[2];
    for (std::size_t i = 0; i < function->arity; ++i) {
        operands[i] = evaluate(expression.args[i], bindings, values, error);
        if (error != ArithmeticError::none) return {};
    }
    return apply(*function, operands, values, error);
}

Value add(Value a, Value b, ValueStore& values, ArithmeticError& error) {
    static const ArithmeticFunction& plus = *find_arithmetic_function("+", 2);
    Value operands[] = {a, b};
    return apply(plus, operands, values, error);
}

bool compare(CompareOp op, Value a, Value b, const ValueStore& values, ArithmeticError& error) {
    if (!values.is_number(a) || !values.is_number(b)) {
        error = ArithmeticError::not_a_number;
        return false;
    }
    int order = values.compare_numbers(a, b);
    switch (op) {
        case CompareOp::equal:
            return order == 0;
        case CompareOp::not_equal:
            return order != 0;
        case CompareOp::less:
            return order < 0;
        case CompareOp::less_equal:
            return order <= 0;
        case CompareOp::greater:
            return order > 0;
        case CompareOp::greater_equal:
            return order >= 0;
    }
    return false;
}

}  // namespace entail::ir
