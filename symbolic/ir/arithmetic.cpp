#include "symbolic/ir/arithmetic.h"

#include <cmath>
#include <limits>
#include <utility>

namespace entail::ir {
namespace {

enum class Function {
    plus,
    minus,
    times,
    divide,
    floor_divide,
    modulo,
    power,
    negate,
    identity,
    absolute,
    minimum,
    maximum
};

struct Entry {
    std::string_view name;
    std::size_t arity;
    Function function;
};
constexpr Entry kFunctions[] = {
    {"+", 2, Function::plus},          {"-", 2, Function::minus},
    {"*", 2, Function::times},         {"/", 2, Function::divide},
    {"//", 2, Function::floor_divide}, {"mod", 2, Function::modulo},
    {"**", 2, Function::power},        {"-", 1, Function::negate},
    {"+", 1, Function::identity},      {"abs", 1, Function::absolute},
    {"min", 2, Function::minimum},     {"max", 2, Function::maximum},
};

const Entry* find_function(std::string_view name, std::size_t arity) {
    for (const Entry& entry : kFunctions) {
        if (entry.name == name && entry.arity == arity) return &entry;
    }
    return nullptr;
}

Value real(double number, ValueStore& values, ArithmeticError& error) {
    if (std::isnan(number)) {
        error = ArithmeticError::undefined;
        return {};
    }
    if (std::isinf(number)) {
        error = ArithmeticError::overflow;
        return {};
    }
    return values.real(number);
}

Value integer_power(std::int64_t base, std::int64_t exponent, ValueStore& values,
                    ArithmeticError& error) {
    std::int64_t result = 1;
    while (exponent > 0) {
        if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) {
            error = ArithmeticError::overflow;
            return {};
        }
        exponent >>= 1;
        // The last square is not needed and may overflow although the power does not.
        if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) {
            error = ArithmeticError::overflow;
            return {};
        }
    }
    return values.integer(result);
}

Value apply_integers(Function function, std::int64_t a, std::int64_t b, ValueStore& values,
                     ArithmeticError& error) {
    std::int64_t result = 0;
    bool overflow = false;
    switch (function) {
        case Function::plus:
            overflow = __builtin_add_overflow(a, b, &result);
            break;
        case Function::minus:
            overflow = __builtin_sub_overflow(a, b, &result);
            break;
        case Function::times:
            overflow = __builtin_mul_overflow(a, b, &result);
            break;
        case Function::divide:
            if (b == 0) {
                error = ArithmeticError::division_by_zero;
                return {};
            }
            return real(static_cast<double>(a) / static_cast<double>(b), values, error);
        case Function::floor_divide:
        case Function::modulo: {
            if (b == 0) {
                error = ArithmeticError::division_by_zero;
                return {};
            }
            if (b == -1) {  // the smallest integer has no opposite
                if (function == Function::modulo) return values.integer(0);
                overflow = __builtin_sub_overflow(std::int64_t{0}, a, &result);
                break;
            }
            std::int64_t quotient = a / b, rest = a % b;
            if (rest != 0 && (rest < 0) != (b < 0)) {
                --quotient;
                rest += b;
            }
            result = function == Function::modulo ? rest : quotient;
            break;
        }
        case Function::power:
            if (b >= 0) return integer_power(a, b, values, error);
            if (a == 0) {
                error = ArithmeticError::division_by_zero;
                return {};
            }
            return real(std::pow(static_cast<double>(a), static_cast<double>(b)), values, error);
        case Function::negate:
            overflow = __builtin_sub_overflow(std::int64_t{0}, a, &result);
            break;
        case Function::identity:
            result = a;
            break;
        case Function::absolute:
            overflow = a < 0 && __builtin_sub_overflow(std::int64_t{0}, a, &a);
            result = a;
            break;
        case Function::minimum:
            result = std::min(a, b);
            break;
        case Function::maximum:
            result = std::max(a, b);
            break;
    }
    if (overflow) {
        error = ArithmeticError::overflow;
        return {};
    }
    return values.integer(result);
}

Value apply(Function function, Value x, Value y, ValueStore& values, ArithmeticError& error) {
    if (!values.is_number(x) || !values.is_number(y)) {
        error = ArithmeticError::not_a_number;
        return {};
    }
    bool integers = values.kind(x) == ValueKind::integer && values.kind(y) == ValueKind::integer;
    if (integers) {
        return apply_integers(function, values.as_integer(x), values.as_integer(y), values, error);
    }
    // min and max return one of their operands as it is.
    if (function == Function::minimum) return values.compare(x, y) <= 0 ? x : y;
    if (function == Function::maximum) return values.compare(x, y) >= 0 ? x : y;
    double a = values.as_double(x), b = values.as_double(y);
    switch (function) {
        case Function::plus:
            return real(a + b, values, error);
        case Function::minus:
            return real(a - b, values, error);
        case Function::times:
            return real(a * b, values, error);
        case Function::divide:
            if (b == 0) {
                error = ArithmeticError::division_by_zero;
                return {};
            }
            return real(a / b, values, error);
        case Function::power:
            return real(std::pow(a, b), values, error);
        case Function::negate:
            return real(-a, values, error);
        case Function::identity:
            return x;
        case Function::absolute:
            return real(std::fabs(a), values, error);
        default:
            error = ArithmeticError::needs_integers;
            return {};
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
            return "'//' and 'mod' are for integers";
    }
    return "no error";
}

bool is_arithmetic_function(std::string_view name, std::size_t arity) {
    return find_function(name, arity) != nullptr;
}

Value evaluate(const Term& expression, std::span<const Value> bindings, ValueStore& values,
               ArithmeticError& error) {
    std::string_view name;
    Value operands[2];
    std::size_t arity = 0;
    switch (expression.kind) {
        case Term::Kind::variable:
        case Term::Kind::constant: {
            Value value =
                expression.is_variable() ? bindings[expression.variable] : expression.value;
            if (values.is_number(value)) return value;
            if (values.kind(value) != ValueKind::compound) {
                error = ArithmeticError::not_a_number;
                return {};
            }
            // A variable may hold an expression that has not been evaluated: X = 1 + 2, Y is X.
            name = values.text(values.functor(value));
            auto args = values.arguments(value);
            arity = args.size();
            if (find_function(name, arity) == nullptr) break;
            std::vector<Value> copy(args.begin(), args.end());
            for (std::size_t i = 0; i < arity; ++i) {
                operands[i] = evaluate(Term::make_constant(copy[i]), bindings, values, error);
                if (error != ArithmeticError::none) return {};
            }
            break;
        }
        case Term::Kind::compound:
            name = values.text(expression.value);
            arity = expression.args.size();
            if (find_function(name, arity) == nullptr) break;
            for (std::size_t i = 0; i < arity; ++i) {
                operands[i] = evaluate(expression.args[i], bindings, values, error);
                if (error != ArithmeticError::none) return {};
            }
            break;
    }
    const Entry* entry = find_function(name, arity);
    if (entry == nullptr) {
        error = ArithmeticError::not_a_number;
        return {};
    }
    return apply(entry->function, operands[0], operands[arity - 1], values, error);
}

Value add(Value a, Value b, ValueStore& values, ArithmeticError& error) {
    return apply(Function::plus, a, b, values, error);
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
