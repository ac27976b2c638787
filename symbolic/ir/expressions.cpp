#include "symbolic/ir/expressions.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "symbolic/ir/linear.h"

namespace entail::ir {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kMaxExponent = 64;

Value finish(const Linear& linear, const Application& on) {
    if (linear.overflows) return on.fail(ArithmeticError::overflow);
    return linear.value(on.values);
}

bool is_integer(Value value, std::int64_t number, const ValueStore& values) {
    return values.kind(value) == ValueKind::integer && values.as_integer(value) == number;
}

/// Is the divisor certainly not zero? Sets the error otherwise.
bool can_divide(const Application& on) {
    if (on.values.is_number(on.b)) {
        if (on.values.as_double(on.b) != 0) return true;
        on.error = ArithmeticError::division_by_zero;
        return false;
    }
    Interval by = on.values.interval(on.b);
    if (by.lower > 0 || by.upper < 0) return true;
    on.error = ArithmeticError::may_be_zero;
    return false;
}

/// Between what a quotient by the known number b lies, rounded outwards.
Interval quotient(Interval a, double b) {
    double first = a.lower / b, second = a.upper / b;
    if (first > second) std::swap(first, second);
    return {std::isinf(first) ? first : std::nextafter(first, -kInfinity),
            std::isinf(second) ? second : std::nextafter(second, kInfinity)};
}

bool are_integral(const Application& on) {
    return on.values.is_integral(on.a) && on.values.is_integral(on.b);
}

/// `min` or `max`: the operands of both flattened, what bounds decide left out.
Value extremum(const Application& on, ExpressionOp op) {
    ValueStore& values = on.values;
    const bool is_least = op == ExpressionOp::minimum;
    std::vector<Value> all;
    for (Value operand : {on.a, on.b}) {
        if (values.is_unknown(operand) && values.op(operand) == op) {
            auto inner = values.operands(operand);
            all.insert(all.end(), inner.begin(), inner.end());
        } else {
            all.push_back(operand);
        }
    }
    bool is_integral = values.is_integral(all[0]);
    if (!std::ranges::all_of(all, [&](Value v) { return values.is_integral(v) == is_integral; })) {
        return on.fail(ArithmeticError::mixed_extremum);
    }
    std::ranges::sort(all, [&](Value a, Value b) { return values.compare(a, b) < 0; });
    all.erase(std::unique(all.begin(), all.end()), all.end());
    // One that is beyond all of another decides against itself; of two that are, the later one.
    auto loses = [&](std::size_t i, std::size_t to) {
        Interval a = values.interval(all[i]), b = values.interval(all[to]);
        bool beyond = is_least ? a.lower >= b.upper : a.upper <= b.lower;
        bool both = beyond && (is_least ? b.lower >= a.upper : b.upper <= a.lower);
        return beyond && (!both || to < i);
    };
    std::vector<Value> left;
    for (std::size_t i = 0; i < all.size(); ++i) {
        bool lost = false;
        for (std::size_t k = 0; k < all.size() && !lost; ++k) lost = k != i && loses(i, k);
        if (!lost) left.push_back(all[i]);
    }
    if (left.size() == 1) return left[0];
    Interval within = values.interval(left[0]);
    for (Value operand : left) {
        Interval one = values.interval(operand);
        within.lower =
            is_least ? std::min(within.lower, one.lower) : std::max(within.lower, one.lower);
        within.upper =
            is_least ? std::min(within.upper, one.upper) : std::max(within.upper, one.upper);
    }
    return values.expression(op, is_integral, left, within);
}

}  // namespace

Value add_unknown(const Application& on) {
    Linear result = Linear::of(on.a, on.values);
    result.add(Linear::of(on.b, on.values), on.values);
    return finish(result, on);
}

Value subtract_unknown(const Application& on) {
    Linear result = Linear::of(on.b, on.values);
    result.multiply(on.values.integer(-1), on.values);
    result.add(Linear::of(on.a, on.values), on.values);
    return finish(result, on);
}

Value multiply_unknown(const Application& on) {
    ValueStore& values = on.values;
    for (auto [number, other] : {std::pair(on.a, on.b), std::pair(on.b, on.a)}) {
        if (!values.is_number(number)) continue;
        Linear result = Linear::of(other, values);
        result.multiply(number, values);
        return finish(result, on);
    }
    Value factors[] = {on.a, on.b};
    if (values.compare(factors[0], factors[1]) > 0) std::swap(factors[0], factors[1]);
    Interval within = product(values.interval(on.a), values.interval(on.b));
    if (on.a == on.b) within.lower = std::max(within.lower, 0.0);
    return values.expression(ExpressionOp::multiply, are_integral(on), factors, within);
}

Value divide_unknown(const Application& on) {
    if (!can_divide(on)) return {};
    Value operands[] = {on.a, on.b};
    Interval within;
    if (on.values.is_number(on.b)) {
        within = quotient(on.values.interval(on.a), on.values.as_double(on.b));
    }
    return on.values.expression(ExpressionOp::divide, false, operands, within);
}

Value floor_divide_unknown(const Application& on) {
    if (!are_integral(on)) return on.fail(ArithmeticError::needs_integers);
    if (!can_divide(on)) return {};
    if (is_integer(on.b, 1, on.values)) return on.a;
    if (is_integer(on.b, -1, on.values)) return negate_unknown(on);
    Value operands[] = {on.a, on.b};
    Interval within;
    if (on.values.is_number(on.b)) {
        within = quotient(on.values.interval(on.a), on.values.as_double(on.b));
        within = {std::floor(within.lower), std::floor(within.upper)};
    }
    return on.values.expression(ExpressionOp::floor_divide, true, operands, within);
}

Value modulo_unknown(const Application& on) {
    if (!are_integral(on)) return on.fail(ArithmeticError::needs_integers);
    if (!can_divide(on)) return {};
    Value operands[] = {on.a, on.b};
    Interval within;
    if (on.values.is_number(on.b)) {
        double by = on.values.as_double(on.b);
        if (by == 1 || by == -1) return on.values.integer(0);
        within = by > 0 ? Interval{0, by - 1} : Interval{by + 1, 0};
        Interval a = on.values.interval(on.a);
        if (a.lower >= within.lower && a.upper <= within.upper) return on.a;
    }
    return on.values.expression(ExpressionOp::modulo, true, operands, within);
}

Value power_of_unknown(const Application& on) {
    ValueStore& values = on.values;
    if (values.kind(on.b) != ValueKind::integer) return on.fail(ArithmeticError::not_followed);
    std::int64_t exponent = values.as_integer(on.b);
    if (exponent < 0 || exponent > kMaxExponent) return on.fail(ArithmeticError::not_followed);
    Value result = values.is_integral(on.a) ? values.integer(1) : values.real(1);
    Value square = on.a;
    for (; exponent > 0; exponent >>= 1) {
        if ((exponent & 1) != 0) result = multiply_unknown({square, result, values, on.error});
        if (exponent > 1) square = multiply_unknown({square, square, values, on.error});
        if (on.error != ArithmeticError::none) return {};
    }
    return result;
}

Value identity_of_unknown(const Application& on) {
    return on.a;
}

Value negate_unknown(const Application& on) {
    Linear result = Linear::of(on.a, on.values);
    result.multiply(on.values.integer(-1), on.values);
    return finish(result, on);
}

Value absolute_unknown(const Application& on) {
    Interval within = on.values.interval(on.a);
    if (within.lower >= 0) return on.a;
    if (within.upper <= 0) return negate_unknown(on);
    Value operands[] = {on.a};
    return on.values.expression(ExpressionOp::absolute, on.values.is_integral(on.a), operands,
                                {0, std::max(-within.lower, within.upper)});
}

Value minimum_unknown(const Application& on) {
    return extremum(on, ExpressionOp::minimum);
}
Value maximum_unknown(const Application& on) {
    return extremum(on, ExpressionOp::maximum);
}

Value real_of_unknown(const Application& on) {
    Linear result = Linear::of(on.a, on.values);
    result.make_real(on.values);
    return finish(result, on);
}

Value rounded_unknown(const Application& on) {
    if (on.values.is_integral(on.a)) return on.a;
    return on.fail(ArithmeticError::not_followed);
}

namespace {

struct Relation {
    bool is_strict = true;  // <, else =<
    bool negated = false;
};

NormalComparison decide(bool holds) {
    NormalComparison result;
    result.decided = holds;
    return result;
}

/// Both sides as they are, where they make no sum: in one order for one comparison.
NormalComparison as_written(CompareOp op, Value a, Value b, bool negated,
                            const ValueStore& values) {
    NormalComparison result;
    result.op = op;
    result.left = a;
    result.right = b;
    result.negated = negated;
    if (op == CompareOp::equal && values.compare(a, b) > 0) std::swap(result.left, result.right);
    return result;
}

/// A sum of integers in everything but type as one.
bool make_integer(Linear& d, ValueStore& values, double& constant) {
    constexpr double kExact = 9007199254740992.0;  // 2^53
    constant = values.as_double(d.constant);
    if (d.is_integer || std::fabs(constant) > kExact) return false;
    for (const auto& [term, coefficient] : d.terms) {
        double number = values.as_double(coefficient);
        bool is_whole = std::floor(number) == number && std::fabs(number) <= kExact;
        if (!is_whole || !values.is_integral(term)) return false;
    }
    for (auto& [term, coefficient] : d.terms) {
        coefficient = values.integer(static_cast<std::int64_t>(values.as_double(coefficient)));
    }
    d.is_integer = true;
    return true;
}

std::int64_t floor_quotient(std::int64_t a, std::int64_t b) {
    std::int64_t quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

/// `d op 0` of integers, op one of equal, less, less_equal. Nothing if a number leaves 64 bits.
std::optional<NormalComparison> normalise_integers(CompareOp op, const Linear& d, bool negated,
                                                   ValueStore& values) {
    std::int64_t divisor = 0;
    for (const auto& [term, coefficient] : d.terms) {
        std::int64_t number = values.as_integer(coefficient);
        if (number == INT64_MIN) return std::nullopt;
        divisor = std::gcd(divisor, number);
    }
    if (values.as_integer(d.terms[0].second) < 0) divisor = -divisor;
    std::int64_t constant = values.as_integer(d.constant);
    if (constant <= -INT64_MAX || constant == INT64_MAX) return std::nullopt;
    // divisor * left + constant op 0
    Linear left;
    left.constant = values.integer(0);
    for (const auto& [term, coefficient] : d.terms) {
        left.terms.emplace_back(term, values.integer(values.as_integer(coefficient) / divisor));
    }
    NormalComparison result;
    result.op = op;
    result.negated = negated;
    if (op == CompareOp::equal) {
        if (constant % divisor != 0) return decide(negated);
        result.right = values.integer(-constant / divisor);
    } else {
        result.op = CompareOp::less;
        // left < ceil(-constant / divisor), or for =< left < floor(…) + 1; both by whole numbers.
        std::int64_t bound = 0;
        if (divisor > 0) {
            bound = op == CompareOp::less ? -floor_quotient(constant, divisor)
                                          : floor_quotient(-constant, divisor) + 1;
        } else {
            // left > -constant / divisor, which is: not left < floor(…) + 1
            bound = op == CompareOp::less ? floor_quotient(-constant, divisor) + 1
                                          : -floor_quotient(constant, divisor);
            result.negated = !result.negated;
        }
        result.right = values.integer(bound);
    }
    Interval within = left.interval(values);
    Interval at = values.interval(result.right);
    if (op == CompareOp::equal) {
        if (within.upper < at.lower || within.lower > at.upper) return decide(result.negated);
        if (within.lower == within.upper && at.lower == at.upper) return decide(!result.negated);
    } else {
        if (within.upper < at.lower) return decide(!result.negated);
        if (within.lower >= at.upper) return decide(result.negated);
    }
    result.left = left.value(values);
    return result;
}

std::optional<NormalComparison> normalise_reals(CompareOp op, Linear d, bool negated,
                                                ValueStore& values) {
    NormalComparison result;
    result.op = op;
    result.negated = negated;
    bool flips = values.as_double(d.terms[0].second) < 0;
    if (flips) {
        d.multiply(values.integer(-1), values);
        // d < 0 is -d > 0, which is: not -d =< 0.
        if (op != CompareOp::equal) {
            result.op = op == CompareOp::less ? CompareOp::less_equal : CompareOp::less;
            result.negated = !negated;
        }
    }
    double right = -values.as_double(d.constant);
    d.constant = values.real(0);
    result.right = values.real(right);
    Interval within = d.interval(values);
    switch (result.op) {
        case CompareOp::equal:
            if (within.upper < right || within.lower > right) return decide(result.negated);
            break;
        case CompareOp::less:
            if (within.upper < right) return decide(!result.negated);
            if (within.lower >= right) return decide(result.negated);
            break;
        default:
            if (within.upper <= right) return decide(!result.negated);
            if (within.lower > right) return decide(result.negated);
    }
    result.left = d.value(values);
    return result;
}

}  // namespace

NormalComparison normalise(CompareOp op, Value a, Value b, ValueStore& values) {
    if (values.is_number(a) && values.is_number(b)) {
        ArithmeticError error = ArithmeticError::none;
        return decide(compare(op, a, b, values, error));
    }
    bool negated = false;
    switch (op) {
        case CompareOp::not_equal:
            op = CompareOp::equal;
            negated = true;
            break;
        case CompareOp::greater:
            op = CompareOp::less;
            std::swap(a, b);
            break;
        case CompareOp::greater_equal:
            op = CompareOp::less_equal;
            std::swap(a, b);
            break;
        default:
            break;
    }
    Linear d = Linear::of(b, values);
    d.multiply(values.integer(-1), values);
    d.add(Linear::of(a, values), values);
    if (!d.overflows && !d.is_rounded) {
        if (d.terms.empty()) {
            ArithmeticError error = ArithmeticError::none;
            return decide(compare(op, d.constant, values.integer(0), values, error) != negated);
        }
        double constant = 0;
        CompareOp whole = op;
        if (make_integer(d, values, constant)) {
            if (op == CompareOp::equal && std::floor(constant) != constant) return decide(negated);
            // s + c < 0 of whole numbers s: s + floor(c) < 0 if c is whole, else =< 0.
            if (op != CompareOp::equal && std::floor(constant) != constant) {
                whole = CompareOp::less_equal;
                constant = std::ceil(constant);
            }
            d.constant = values.integer(static_cast<std::int64_t>(constant));
        }
        std::optional<NormalComparison> result = d.is_integer
                                                     ? normalise_integers(whole, d, negated, values)
                                                     : normalise_reals(op, d, negated, values);
        if (result) return *result;
    }
    // x =< y is: not y < x.
    if (op == CompareOp::less_equal) {
        return as_written(CompareOp::less, b, a, !negated, values);
    }
    return as_written(op, a, b, negated, values);
}

Value substitute(Value root, std::span<const Value> numbers, ValueStore& values,
                 ArithmeticError& error) {
    static const auto function = [](const char* name, std::size_t arity) {
        return find_arithmetic_function(name, arity);
    };
    auto name_of = [](ExpressionOp op) {
        switch (op) {
            case ExpressionOp::add:
                return "+";
            case ExpressionOp::multiply:
                return "*";
            case ExpressionOp::divide:
                return "/";
            case ExpressionOp::floor_divide:
                return "//";
            case ExpressionOp::modulo:
                return "mod";
            case ExpressionOp::absolute:
                return "abs";
            case ExpressionOp::minimum:
                return "min";
            default:
                return "max";
        }
    };
    std::unordered_map<Value, Value> known;
    auto value_of = [&](Value v) { return values.has_unknown(v) ? known.at(v) : v; };
    std::vector<Value> pending{root};
    while (!pending.empty()) {
        Value value = pending.back();
        if (!values.has_unknown(value) || known.contains(value)) {
            pending.pop_back();
            continue;
        }
        const bool is_term = !values.is_unknown(value);
        auto parts = is_term ? values.arguments(value) : values.operands(value);
        bool waits = false;
        for (Value part : parts) {
            if (!values.has_unknown(part) || known.contains(part)) continue;
            pending.push_back(part);
            waits = true;
        }
        if (waits) continue;
        pending.pop_back();
        std::vector<Value> replaced;
        for (Value part : parts) replaced.push_back(value_of(part));
        if (is_term) {
            known[value] = values.compound(values.functor(value), replaced);
        } else if (values.op(value) == ExpressionOp::unknown) {
            known[value] = numbers[values.unknown_id(value)];
        } else {
            const auto* apply =
                function(name_of(values.op(value)), std::min<std::size_t>(replaced.size(), 2));
            Value result = replaced[0];
            if (replaced.size() == 1) result = apply->apply({result, result, values, error});
            for (std::size_t i = 1; i < replaced.size(); ++i) {
                result = apply->apply({result, replaced[i], values, error});
                if (error != ArithmeticError::none) return {};
            }
            known[value] = result;
        }
        if (error != ArithmeticError::none) return {};
    }
    return value_of(root);
}

}  // namespace entail::ir
