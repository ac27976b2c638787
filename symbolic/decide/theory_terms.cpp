#include "symbolic/decide/theory_terms.h"

#include <cassert>
#include <charconv>

namespace entail::decide {

using smt::Term;

TheoryTerms::TheoryTerms(const eval::Database& database, smt::Context& context,
                         std::function<void(Term)> add)
    : database_(database), context_(context), add_(std::move(add)) {}

Term TheoryTerms::number(Value wanted) {
    const ValueStore& values = database_.values;
    // Operands first, without recursion: sums over long recursions are deep.
    std::vector<Value> pending{wanted};
    while (!pending.empty()) {
        const Value value = pending.back();
        if (numbers_.contains(value)) {
            pending.pop_back();
            continue;
        }
        if (!values.is_unknown(value)) {
            numbers_[value] = constant(value, values);
            continue;
        }
        if (values.op(value) == ExpressionOp::unknown) {
            const UnknownNumber& number = values.unknown(values.unknown_id(value));
            const Term term = context_.variable(
                number.is_integer ? smt::Sort::integer : smt::Sort::real, number.name);
            numbers_[value] = term;
            if (number.lower) add_(context_.less_equal(this->number(*number.lower), term));
            if (number.upper) add_(context_.less_equal(term, this->number(*number.upper)));
            continue;
        }
        const std::span<const Value> operands = values.operands(value);
        bool is_ready = true;
        for (Value operand : operands) {
            if (numbers_.contains(operand)) continue;
            pending.push_back(operand);
            is_ready = false;
        }
        if (!is_ready) continue;
        std::vector<Term> parts;
        for (Value operand : operands) parts.push_back(numbers_.at(operand));
        Term result = parts[0];
        switch (values.op(value)) {
            case ExpressionOp::unknown:
                break;
            case ExpressionOp::add:
                result = context_.sum(parts);
                break;
            case ExpressionOp::multiply:
                result = context_.product(parts[0], parts[1]);
                break;
            case ExpressionOp::divide:
                result = context_.quotient(parts[0], parts[1]);
                break;
            case ExpressionOp::floor_divide:
                result = context_.floor_quotient(parts[0], parts[1]);
                break;
            case ExpressionOp::modulo:
                result = context_.remainder(parts[0], parts[1]);
                break;
            case ExpressionOp::absolute: {
                const Term zero = context_.number(std::int64_t{0});
                result = context_.choice(context_.less(parts[0], zero),
                                         context_.difference(zero, parts[0]), parts[0]);
                break;
            }
            case ExpressionOp::minimum:
                for (Term part : std::span(parts).subspan(1))
                    result = context_.choice(context_.less(part, result), part, result);
                break;
            case ExpressionOp::maximum:
                for (Term part : std::span(parts).subspan(1))
                    result = context_.choice(context_.less(result, part), part, result);
                break;
        }
        numbers_[value] = result;
    }
    return numbers_.at(wanted);
}

Term TheoryTerms::constant(Value value, const ValueStore& values) {
    return values.kind(value) == ValueKind::integer ? context_.number(values.as_integer(value))
                                                    : context_.number(values.as_double(value));
}

Term TheoryTerms::holds(const eval::TheoryLiteral& literal) {
    const Term left = number(literal.left), right = number(literal.right);
    switch (literal.op) {
        case ir::CompareOp::equal:
            return context_.equal(left, right);
        case ir::CompareOp::less:
            return context_.less(left, right);
        case ir::CompareOp::less_equal:
            return context_.less_equal(left, right);
        case ir::CompareOp::not_equal:
            return context_.negation(context_.equal(left, right));
        case ir::CompareOp::greater:
            return context_.less(right, left);
        case ir::CompareOp::greater_equal:
            return context_.less_equal(right, left);
    }
    assert(false);
    return {};
}

Term TheoryTerms::equal(Value a, Value b) {
    const ValueStore& values = database_.values;
    if (a == b) return context_.truth(true);
    if (!values.has_unknown(a) && !values.has_unknown(b)) return context_.truth(false);
    const bool a_is_number = values.is_number(a) || values.is_unknown(a);
    const bool b_is_number = values.is_number(b) || values.is_unknown(b);
    if (a_is_number && b_is_number) {
        if (values.is_integral(a) != values.is_integral(b)) return context_.truth(false);
        return context_.equal(number(a), number(b));
    }
    if (a_is_number || b_is_number || values.kind(a) != ValueKind::compound ||
        values.kind(b) != ValueKind::compound || values.functor(a) != values.functor(b) ||
        values.arguments(a).size() != values.arguments(b).size())
        return context_.truth(false);
    std::vector<Term> parts;
    for (std::size_t k = 0; k < values.arguments(a).size(); ++k)
        parts.push_back(equal(values.arguments(a)[k], values.arguments(b)[k]));
    return context_.conjunction(parts);
}

Value TheoryTerms::known(Value value, const smt::Model& model, ValueStore& values) {
    if (!database_.values.has_unknown(value)) return value;
    if (database_.values.is_unknown(value)) {
        const smt::Number found = model.number(number(value));
        std::int64_t whole = 0;
        const char* end = found.text.data() + found.text.size();
        const auto read = std::from_chars(found.text.data(), end, whole);
        if (database_.values.is_integral(value) && read.ec == std::errc() && read.ptr == end)
            return values.integer(whole);
        return values.real(found.nearest);
    }
    std::vector<Value> arguments;
    for (Value argument : database_.values.arguments(value))
        arguments.push_back(known(argument, model, values));
    return values.compound(database_.values.functor(value), arguments);
}

}  // namespace entail::decide
