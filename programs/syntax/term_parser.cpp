#include "programs/syntax/term_parser.h"

#include <algorithm>

#include "programs/syntax/decode.h"
#include "programs/syntax/operators.h"
#include "symbolic/base/utf8.h"

namespace entail::ast {
namespace {

constexpr std::int64_t kMaxArity = 255;

/// The functor of an infix operator that is no word.
std::string_view infix_functor(TokenKind kind) {
    switch (kind) {
        case TokenKind::plus:
            return "+";
        case TokenKind::minus:
            return "-";
        case TokenKind::bit_and:
            return "/\\";
        case TokenKind::bit_or:
            return "\\/";
        case TokenKind::shift_left:
            return "<<";
        case TokenKind::shift_right:
            return ">>";
        case TokenKind::power:
            return "**";
        case TokenKind::caret:
            return "^";
        case TokenKind::star:
            return "*";
        case TokenKind::slash:
            return "/";
        case TokenKind::double_slash:
            return "//";
        default:
            return {};
    }
}

}  // namespace

bool is_operation(const Term& term) {
    if (term.kind != TermKind::compound) return false;
    if (term.args.size() == 1) return term.text == "-";
    return term.args.size() == 2 && infix_level(term.text) != kPrimary;
}

/// The operator of this level at the cursor, or nothing.
std::string_view TermParser::infix_at(Level level) const {
    bool is_word = at(TokenKind::name);
    std::string_view functor = is_word ? text(token()) : infix_functor(token().kind);
    return !functor.empty() && infix_level(functor) == level ? functor : std::string_view{};
}

std::string TermParser::describe(const Term& term) const {
    std::string shown = quote(text(term.span));
    switch (term.kind) {
        case TermKind::variable:
        case TermKind::anonymous:
            return "variable " + shown;
        case TermKind::integer:
        case TermKind::real:
            return "number " + shown;
        case TermKind::string:
            return "string " + shown;
        case TermKind::list:
            return "list " + shown;
        case TermKind::set:
            return "set " + shown;
        case TermKind::range:
            return "range " + shown;
        case TermKind::atom:
        case TermKind::compound:
            break;
    }
    return (is_operation(term) ? "expression " : "term ") + shown;
}

Term TermParser::parse_expression() {
    Nested nested(*this);
    std::size_t start = position_;
    return finish_sum(start, parse_unary());
}

Term TermParser::finish_expression(std::size_t start, Term first) {
    return finish_sum(start, finish_power(start, std::move(first)));
}

Term TermParser::finish_sum(std::size_t start, Term first) {
    Term sum = finish_product(start, std::move(first));
    while (true) {
        std::string_view functor = infix_at(kSum);
        if (functor.empty()) return sum;
        advance();
        std::size_t left_height = height_;
        std::size_t right_start = position_;
        Term right = finish_product(right_start, parse_unary());
        sum = binary(start, functor, std::move(sum), left_height, std::move(right));
    }
}

Term TermParser::finish_product(std::size_t start, Term first) {
    Term product = std::move(first);
    while (true) {
        std::string_view functor = infix_at(kProduct);
        if (functor.empty()) return product;
        advance();
        std::size_t left_height = height_;
        Term right = parse_unary();
        product = binary(start, functor, std::move(product), left_height, std::move(right));
    }
}

Term TermParser::finish_power(std::size_t start, Term base) {
    std::string_view functor = infix_at(kPower);
    if (functor.empty()) return base;
    Nested nested(*this);
    advance();
    std::size_t base_height = height_;
    Term exponent = parse_unary();
    return binary(start, functor, std::move(base), base_height, std::move(exponent));
}

Term TermParser::binary(std::size_t start, std::string_view functor, Term left,
                        std::size_t left_height, Term right) {
    height_ = 1 + std::max(left_height, height_);
    if (height_ > kMaxTermHeight) {
        fail_at(right.span, "name a part of it by a variable: 'X is …'",
                DiagnosticCode::term_too_high, kMaxTermHeight);
    }
    Term term;
    term.kind = TermKind::compound;
    term.span = span_from(start);
    term.text = functor;
    term.args.reserve(2);
    term.args.push_back(std::move(left));
    term.args.push_back(std::move(right));
    return term;
}

Term TermParser::parse_unary() {
    std::size_t start = position_;
    if (!at(TokenKind::minus)) return finish_power(start, parse_primary());
    advance();
    bool number = at(TokenKind::integer) || at(TokenKind::real);
    if (number && !token().blank_before) return finish_power(start, parse_number(true));
    Nested nested(*this);
    Term term;
    term.kind = TermKind::compound;
    term.text = "-";
    term.args.push_back(parse_unary());
    term.span = span_from(start);
    if (++height_ > kMaxTermHeight) {
        fail_at(term.span, {}, DiagnosticCode::term_too_high, kMaxTermHeight);
    }
    return term;
}

Term TermParser::parse_primary() {
    std::size_t start = position_;
    const Token first = token();
    Term term;
    height_ = 1;
    switch (first.kind) {
        case TokenKind::variable:
            if (is_call(token(1))) {
                fail_at(span(first), "the name of a predicate begins with a small letter",
                        DiagnosticCode::capital_functor, shorten(text(first)));
            }
            advance();
            if (text(first) != "_") {
                term.kind = TermKind::variable;
                term.text = text(first);
            }
            break;
        case TokenKind::integer:
        case TokenKind::real:
            return parse_number(false);
        case TokenKind::string:
            advance();
            term.kind = TermKind::string;
            term.text = unquote(text(first));
            break;
        case TokenKind::name:
        case TokenKind::quoted_name:
            advance();
            term.kind = TermKind::atom;
            term.name_length = first.end - first.begin;
            term.text =
                first.kind == TokenKind::name ? std::string(text(first)) : unquote(text(first));
            if (is_call(token())) {
                open_bracket();
                if (at(TokenKind::close_paren)) {
                    close_bracket({});
                    report(span_from(start), fmt::format("write {} alone", describe(first)),
                           DiagnosticCode::empty_arguments, shorten(text(first)));
                    break;
                }
                term.kind = TermKind::compound;
                parse_sequence(term);
                close_bracket("',' or ')'");
            }
            break;
        case TokenKind::open_bracket:
            return parse_list();
        case TokenKind::open_paren: {
            open_bracket();
            Term inner = parse_expression();
            if (at(TokenKind::comma)) fail("')'", "name the conjunction by a rule of its own");
            close_bracket("')'");
            return inner;
        }
        default:
            fail("a term");
    }
    term.span = span_from(start);
    return term;
}

Term TermParser::parse_number(bool negative) {
    std::size_t start = position_ - (negative ? 1 : 0);
    const Token digits = token();
    advance();
    Term term;
    term.span = span_from(start);
    height_ = 1;
    if (digits.kind == TokenKind::integer) {
        term.kind = TermKind::integer;
        std::optional<std::int64_t> value = integer_value(text(digits), negative);
        if (!value) {
            report(term.span, "a real is written with a point or an exponent: 1.0e30",
                   DiagnosticCode::integer_overflow, shorten(text(digits)));
        }
        term.integer = value.value_or(0);
    } else {
        term.kind = TermKind::real;
        std::optional<double> value = real_value(text(digits));
        if (!value) report(term.span, {}, DiagnosticCode::real_overflow, shorten(text(digits)));
        term.real = negative ? -value.value_or(0.0) : value.value_or(0.0);
    }
    return term;
}

Term TermParser::parse_list() {
    std::size_t start = position_;
    Term list;
    list.kind = TermKind::list;
    open_bracket();
    height_ = 1;
    if (!at(TokenKind::close_bracket)) {
        parse_sequence(list);
        if (accept(TokenKind::bar)) {
            std::size_t height = height_;
            list.args.push_back(parse_expression());
            list.has_tail = true;
            height_ = std::max(height, height_ + 1);
        }
    }
    close_bracket(list.has_tail ? "']'" : "',', '|' or ']'");
    list.span = span_from(start);
    return list;
}

/// expression (',' expression)*, to the arguments of `into`; sets the height for it.
void TermParser::parse_sequence(Term& into) {
    std::size_t height = 0;
    do {
        into.args.push_back(parse_expression());
        height = std::max(height, height_);
    } while (accept(TokenKind::comma));
    height_ = height + 1;
    if (height_ > kMaxTermHeight) {
        fail_at(into.args.back().span, {}, DiagnosticCode::term_too_high, kMaxTermHeight);
    }
}

Term TermParser::parse_domain() {
    std::size_t start = position_;
    Term domain;
    if (at(TokenKind::open_brace)) {
        domain.kind = TermKind::set;
        open_bracket();
        parse_sequence(domain);
        close_bracket("',' or '}'");
        domain.span = span_from(start);
        return domain;
    }
    Term low = parse_expression();
    if (accept(TokenKind::range)) {
        domain.kind = TermKind::range;
        domain.args.reserve(2);
        domain.args.push_back(std::move(low));
        domain.args.push_back(parse_expression());
        domain.span = span_from(start);
        return domain;
    }
    if (low.kind != TermKind::atom) {
        fail_at(low.span, "a domain is a range 'low..high', a set '{a, b}' or the name of a type",
                DiagnosticCode::not_a_domain, describe(low));
    }
    return low;
}

Name TermParser::parse_name(std::string_view expected) {
    const Token t = token();
    if (t.kind != TokenKind::name && t.kind != TokenKind::quoted_name) fail(expected);
    advance();
    return {t.kind == TokenKind::name ? std::string(text(t)) : unquote(text(t)), span(t)};
}

Name TermParser::parse_string(std::string_view expected) {
    const Token t = token();
    if (t.kind != TokenKind::string) {
        fail(expected,
             t.kind == TokenKind::quoted_name ? "a path is written in double quotes" : "");
    }
    advance();
    return {unquote(text(t)), span(t)};
}

std::uint32_t TermParser::parse_arity() {
    const Token t = token();
    std::optional<std::int64_t> value;
    if (t.kind == TokenKind::integer) value = integer_value(text(t), false);
    if (!value || *value > kMaxArity) fail(fmt::format("an arity from 0 to {}", kMaxArity));
    advance();
    return static_cast<std::uint32_t>(*value);
}

}  // namespace entail::ast
