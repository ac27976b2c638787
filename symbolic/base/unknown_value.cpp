// The part of ValueStore that holds unknown numbers and the expressions over them.

#include <algorithm>
#include <cassert>
#include <cmath>

#include "symbolic/base/value.h"

namespace entail {
namespace {

/// How tightly an operator holds its operands together, in print.
int binding(ExpressionOp op) {
    switch (op) {
        case ExpressionOp::add:
            return 1;
        case ExpressionOp::multiply:
        case ExpressionOp::divide:
        case ExpressionOp::floor_divide:
        case ExpressionOp::modulo:
            return 2;
        default:
            return 3;
    }
}

const char* between(ExpressionOp op) {
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
            return " mod ";
        default:
            return ",";
    }
}

const char* before(ExpressionOp op) {
    switch (op) {
        case ExpressionOp::absolute:
            return "abs(";
        case ExpressionOp::minimum:
            return "min(";
        case ExpressionOp::maximum:
            return "max(";
        default:
            return "";
    }
}

}  // namespace

Value ValueStore::unknown(UnknownNumber number) {
    Interval within;
    if (number.lower) within.lower = interval(*number.lower).lower;
    if (number.upper) within.upper = interval(*number.upper).upper;
    assert(within.lower <= within.upper);
    auto index = static_cast<std::uint32_t>(expressions_.size());
    auto id = static_cast<std::uint32_t>(unknowns_.size());
    expressions_.push_back({ExpressionOp::unknown, number.is_integer, id, 0, within});
    unknowns_.push_back(std::move(number));
    return {Value::Kind::unknown, index};
}

Value ValueStore::expression(ExpressionOp op, bool is_integer, std::span<const Value> operands,
                             Interval within) {
    assert(std::ranges::any_of(operands, [&](Value v) { return is_unknown(v); }));
    std::size_t hash = static_cast<std::size_t>(op) * 2 + (is_integer ? 1 : 0);
    for (Value operand : operands) {
        hash = (hash ^ operand.bits()) * 0x9E3779B97F4A7C15ULL;
        hash ^= hash >> 29U;
    }
    auto [first, last] = expression_index_.equal_range(hash);
    for (auto place = first; place != last; ++place) {
        const Expression& known = expressions_[place->second];
        if (known.op == op && known.is_integer == is_integer && known.count == operands.size() &&
            std::equal(operands.begin(), operands.end(), arguments_.begin() + known.begin)) {
            return {Value::Kind::unknown, place->second};
        }
    }
    auto index = static_cast<std::uint32_t>(expressions_.size());
    auto begin = static_cast<std::uint32_t>(arguments_.size());
    std::vector<Value> copy(operands.begin(), operands.end());  // may be a view into arguments_
    arguments_.insert(arguments_.end(), copy.begin(), copy.end());
    expressions_.push_back(
        {op, is_integer, begin, static_cast<std::uint32_t>(copy.size()), within});
    expression_index_.emplace(hash, index);
    return {Value::Kind::unknown, index};
}

bool ValueStore::has_unknown(Value value) const {
    if (is_unknown(value)) return true;
    return value.raw_kind() == Value::Kind::compound &&
           compounds_[value.payload()].has_unknown != 0;
}

ExpressionOp ValueStore::op(Value unknown) const {
    assert(is_unknown(unknown));
    return expressions_[unknown.payload()].op;
}

std::span<const Value> ValueStore::operands(Value unknown) const {
    assert(is_unknown(unknown));
    const Expression& expression = expressions_[unknown.payload()];
    if (expression.op == ExpressionOp::unknown) return {};
    return {arguments_.data() + expression.begin, expression.count};
}

std::uint32_t ValueStore::unknown_id(Value number) const {
    assert(op(number) == ExpressionOp::unknown);
    return expressions_[number.payload()].begin;
}

bool ValueStore::is_integral(Value value) const {
    if (is_unknown(value)) return expressions_[value.payload()].is_integer;
    return kind(value) == ValueKind::integer;
}

Interval ValueStore::interval(Value value) const {
    if (is_unknown(value)) return expressions_[value.payload()].within;
    double number = as_double(value);
    constexpr double kExact = 9007199254740992.0;  // 2^53
    if (kind(value) == ValueKind::real || std::fabs(number) <= kExact) return {number, number};
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return {std::nextafter(number, -kInfinity), std::nextafter(number, kInfinity)};
}

void ValueStore::print_expression(Value root, std::string& out) const {
    // What is still to be written, last first. `sign`: without the minus that was written before.
    struct Item {
        const char* text;
        Value value;
        bool without_sign;
    };
    auto is_negative = [&](Value v) { return is_number(v) && as_double(v) < 0; };
    auto has_sign = [&](Value v) {
        return is_negative(v) ||
               (is_unknown(v) && op(v) == ExpressionOp::multiply && is_negative(operands(v)[0]));
    };
    auto number = [&](Value v, bool without_sign) {
        std::string text = print(v);
        return without_sign && text.front() == '-' ? text.substr(1) : text;
    };
    std::vector<Item> pending{{nullptr, root, false}};
    while (!pending.empty()) {
        Item item = pending.back();
        pending.pop_back();
        if (item.text != nullptr) {
            out += item.text;
            continue;
        }
        if (is_number(item.value)) {
            out += number(item.value, item.without_sign);
            continue;
        }
        ExpressionOp made_by = op(item.value);
        if (made_by == ExpressionOp::unknown) {
            out += unknowns_[unknown_id(item.value)].name;
            continue;
        }
        auto args = operands(item.value);
        if (made_by == ExpressionOp::multiply && is_number(args[0]) && is_integral(args[0]) &&
            as_integer(args[0]) == -1) {
            if (!item.without_sign) out += '-';
            // After a minus that stands between two terms, a product needs no parentheses.
            bool tight = binding(op(args[1])) >= (item.without_sign ? 2 : 3);
            if (!tight) out += '(';
            if (!tight) pending.push_back({")", {}, false});
            pending.push_back({nullptr, args[1], false});
            continue;
        }
        const int own = binding(made_by);
        out += before(made_by);
        if (own == 3) pending.push_back({")", {}, false});
        for (std::size_t i = args.size(); i-- > 0;) {
            bool split = made_by == ExpressionOp::add && i > 0 && has_sign(args[i]);
            bool loose = own < 3 && is_unknown(args[i]) && binding(op(args[i])) <= own &&
                         (i > 0 || binding(op(args[i])) < own || has_sign(args[i]));
            if (made_by == ExpressionOp::add) loose = false;  // sums are never inside sums
            if (loose) pending.push_back({")", {}, false});
            pending.push_back({nullptr, args[i], split || (i == 0 && item.without_sign)});
            if (loose) pending.push_back({"(", {}, false});
            if (i > 0) pending.push_back({split ? "-" : between(made_by), {}, false});
        }
    }
}

}  // namespace entail
