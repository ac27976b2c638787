#include "symbolic/ir/linear.h"

#include <algorithm>
#include <cmath>

namespace entail::ir {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The exact error of a rounded sum (Knuth, TAOCP 2, 4.2.2).
double sum_error(double a, double b, double sum) {
    double virtual_b = sum - a;
    return (a - (sum - virtual_b)) + (b - virtual_b);
}

bool is_exact_sum(double a, double b) {
    double sum = a + b;
    return std::isfinite(sum) && sum_error(a, b, sum) == 0;
}

bool is_exact_product(double a, double b) {
    double product = a * b;
    // Below the normal numbers the error of a product is not a number of its own.
    bool is_small = product == 0 ? a != 0 && b != 0 : std::fabs(product) < 1e-290;
    return std::isfinite(product) && !is_small && std::fma(a, b, -product) == 0;
}

double down(double value, bool is_exact) {
    return is_exact || std::isinf(value) ? value : std::nextafter(value, -kInfinity);
}
double up(double value, bool is_exact) {
    return is_exact || std::isinf(value) ? value : std::nextafter(value, kInfinity);
}

Value as_real(Value number, ValueStore& values, bool& is_rounded) {
    if (values.kind(number) == ValueKind::real) return number;
    double real = values.as_double(number);
    Value result = values.real(real);
    is_rounded = is_rounded || values.compare_numbers(number, result) != 0;
    return result;
}

bool is_zero(Value number, const ValueStore& values) {
    return values.as_double(number) == 0;
}

}  // namespace

Interval sum(Interval a, Interval b) {
    return {down(a.lower + b.lower, is_exact_sum(a.lower, b.lower)),
            up(a.upper + b.upper, is_exact_sum(a.upper, b.upper))};
}

Interval product(Interval a, Interval b) {
    Interval result{kInfinity, -kInfinity};
    for (double x : {a.lower, a.upper}) {
        for (double y : {b.lower, b.upper}) {
            // Nothing times a bound that is not there is nothing.
            double one = x == 0 || y == 0 ? 0 : x * y;
            bool is_exact = x == 0 || y == 0 || is_exact_product(x, y);
            result.lower = std::min(result.lower, down(one, is_exact));
            result.upper = std::max(result.upper, up(one, is_exact));
        }
    }
    return result;
}

Linear Linear::of(Value value, ValueStore& values) {
    Linear result;
    result.is_integer = values.is_integral(value);
    Value one = result.is_integer ? values.integer(1) : values.real(1);
    result.constant = result.is_integer ? values.integer(0) : values.real(0);
    auto take = [&](Value part) {
        if (values.is_number(part)) {
            result.constant = part;
            return;
        }
        if (values.op(part) == ExpressionOp::multiply) {
            auto factors = values.operands(part);
            if (values.is_number(factors[0])) {
                result.terms.emplace_back(factors[1], factors[0]);
                return;
            }
        }
        result.terms.emplace_back(part, one);
    };
    bool is_sum = values.is_unknown(value) && values.op(value) == ExpressionOp::add;
    if (!is_sum) {
        take(value);
        return result;
    }
    auto parts = values.operands(value);
    for (Value part : parts) take(part);
    return result;
}

void Linear::make_real(ValueStore& values) {
    if (!is_integer) return;
    is_integer = false;
    constant = as_real(constant, values, is_rounded);
    for (auto& [term, coefficient] : terms) coefficient = as_real(coefficient, values, is_rounded);
}

void Linear::add(const Linear& other, ValueStore& values) {
    Linear more = other;
    overflows = overflows || more.overflows;
    if (is_integer != more.is_integer) {
        make_real(values);
        more.make_real(values);
    }
    is_rounded = is_rounded || more.is_rounded;
    auto plus = [&](Value a, Value b) {
        if (is_integer) {
            std::int64_t result = 0;
            overflows = overflows ||
                        __builtin_add_overflow(values.as_integer(a), values.as_integer(b), &result);
            return values.integer(result);
        }
        double x = values.as_double(a), y = values.as_double(b);
        is_rounded = is_rounded || !is_exact_sum(x, y);
        overflows = overflows || !std::isfinite(x + y);
        return overflows ? a : values.real(x + y);
    };
    std::vector<std::pair<Value, Value>> merged;
    auto a = terms.begin(), b = more.terms.begin();
    while (a != terms.end() || b != more.terms.end()) {
        int order = a == terms.end()        ? 1
                    : b == more.terms.end() ? -1
                                            : values.compare(a->first, b->first);
        if (order < 0) {
            merged.push_back(*a++);
        } else if (order > 0) {
            merged.push_back(*b++);
        } else {
            Value both = plus(a->second, b->second);
            if (!is_zero(both, values)) merged.emplace_back(a->first, both);
            ++a;
            ++b;
        }
    }
    terms = std::move(merged);
    constant = plus(constant, more.constant);
}

void Linear::multiply(Value number, ValueStore& values) {
    if (values.kind(number) == ValueKind::real) make_real(values);
    if (!is_integer) number = as_real(number, values, is_rounded);
    auto times = [&](Value a) {
        if (is_integer) {
            std::int64_t result = 0;
            overflows = overflows || __builtin_mul_overflow(values.as_integer(a),
                                                            values.as_integer(number), &result);
            return values.integer(result);
        }
        double x = values.as_double(a), y = values.as_double(number);
        is_rounded = is_rounded || (x != 0 && y != 0 && !is_exact_product(x, y));
        overflows = overflows || !std::isfinite(x * y);
        return overflows ? a : values.real(x * y);
    };
    constant = times(constant);
    for (auto& [term, coefficient] : terms) coefficient = times(coefficient);
    std::erase_if(terms, [&](const auto& entry) { return is_zero(entry.second, values); });
}

Interval Linear::interval(const ValueStore& values) const {
    Interval all{0, 0};
    for (const auto& [term, coefficient] : terms) {
        all = sum(all, product(values.interval(coefficient), values.interval(term)));
    }
    return all;
}

Value Linear::value(ValueStore& values) const {
    std::vector<Value> parts;
    Interval within{0, 0};
    for (const auto& [term, coefficient] : terms) {
        bool is_plain =
            values.as_double(coefficient) == 1 && values.is_integral(term) == is_integer;
        Value part = term;
        if (!is_plain) {
            Value factors[] = {coefficient, term};
            part = values.expression(ExpressionOp::multiply, is_integer, factors,
                                     product(values.interval(coefficient), values.interval(term)));
        }
        within = sum(within, values.interval(part));
        parts.push_back(part);
    }
    if (parts.empty()) return constant;
    if (!is_zero(constant, values)) {
        parts.push_back(constant);
        within = sum(within, values.interval(constant));
    }
    if (parts.size() == 1) return parts[0];
    return values.expression(ExpressionOp::add, is_integer, parts, within);
}

}  // namespace entail::ir
