#include "programs/syntax/body_parser.h"

#include <optional>
#include <utility>

#include "symbolic/base/utf8.h"

namespace entail::ast {
namespace {

std::optional<ComparisonOp> comparison_op(TokenKind kind) {
    switch (kind) {
        case TokenKind::unify:
            return ComparisonOp::unify;
        case TokenKind::not_unify:
            return ComparisonOp::not_unify;
        case TokenKind::identical:
            return ComparisonOp::identical;
        case TokenKind::not_identical:
            return ComparisonOp::not_identical;
        case TokenKind::equal:
            return ComparisonOp::equal;
        case TokenKind::not_equal:
            return ComparisonOp::not_equal;
        case TokenKind::less:
            return ComparisonOp::less;
        case TokenKind::less_equal:
            return ComparisonOp::less_equal;
        case TokenKind::greater:
            return ComparisonOp::greater;
        case TokenKind::greater_equal:
            return ComparisonOp::greater_equal;
        case TokenKind::before:
            return ComparisonOp::before;
        case TokenKind::not_after:
            return ComparisonOp::not_after;
        case TokenKind::after:
            return ComparisonOp::after;
        case TokenKind::not_before:
            return ComparisonOp::not_before;
        case TokenKind::univ:
            return ComparisonOp::univ;
        default:
            return {};
    }
}

/// The operator with its sides exchanged.
ComparisonOp mirrored(ComparisonOp op) {
    switch (op) {
        case ComparisonOp::less:
            return ComparisonOp::greater;
        case ComparisonOp::less_equal:
            return ComparisonOp::greater_equal;
        case ComparisonOp::greater:
            return ComparisonOp::less;
        case ComparisonOp::greater_equal:
            return ComparisonOp::less_equal;
        case ComparisonOp::before:
            return ComparisonOp::after;
        case ComparisonOp::not_after:
            return ComparisonOp::not_before;
        case ComparisonOp::after:
            return ComparisonOp::before;
        case ComparisonOp::not_before:
            return ComparisonOp::not_after;
        default:
            return op;
    }
}

std::vector<Term> pair_of(Term left, Term right) {
    std::vector<Term> pair;
    pair.reserve(2);
    pair.push_back(std::move(left));
    pair.push_back(std::move(right));
    return pair;
}

/// `\+ body`, `body` being at least one literal. What is negated twice binds nothing.
Literal negation_of(Body body, SourceSpan span) {
    Literal literal;
    if (body.size() == 1 && !body.front().negated) {
        literal = std::move(body.front());
    } else {
        literal.form = Disjunction{{std::move(body)}};
    }
    literal.span = span;
    literal.negated = true;
    return literal;
}

bool is_test(const Body& body) {
    if (body.size() != 1) return false;
    if (body.front().negated) return true;
    const auto* comparison = std::get_if<Comparison>(&body.front().form);
    if (comparison == nullptr) return false;
    switch (comparison->op) {
        case ComparisonOp::unify:
        case ComparisonOp::identical:
        case ComparisonOp::is:
        case ComparisonOp::univ:
            return false;
        default:
            return true;
    }
}

/// Conditions are written out twice, so they must be short.
constexpr std::size_t kMaxCondition = 50;

std::size_t count_literals(const Body& body) {
    std::size_t count = body.size();
    for (const Literal& literal : body) {
        if (const auto* choice = std::get_if<Disjunction>(&literal.form)) {
            for (const Body& alternative : choice->alternatives) {
                count += count_literals(alternative);
            }
        }
        if (const auto* aggregate = std::get_if<Aggregate>(&literal.form)) {
            count += count_literals(aggregate->over[0].body);
        }
    }
    return count;
}

SourceSpan span_of(const Body& body) {
    return {body.front().span.source, body.front().span.begin, body.back().span.end};
}

}  // namespace

/// What one conjunct turned out to be: a term that may yet become part of an expression, or
/// literals (several for a group in parentheses).
struct BodyParser::Conjunct {
    std::optional<Term> term;
    Body literals;

    Conjunct(Term t) : term(std::move(t)) {}
    Conjunct(Literal literal) { literals.push_back(std::move(literal)); }
    Conjunct(Body body) : literals(std::move(body)) {}
};

void BodyParser::check_atom(const Term& term, DiagnosticCode code) {
    bool callable = term.kind == TermKind::atom || term.kind == TermKind::compound;
    if (callable && !is_operation(term)) return;
    std::string hint;
    if (is_operation(term)) hint = "an expression is compared: 'X is …', '… =:= …', '… < …'";
    if (term.kind == TermKind::variable) hint = "a name begins with a small letter";
    fail_at(term.span, std::move(hint), code, describe(term));
}

Term BodyParser::parse_atom_term() {
    Term term = parse_expression();
    check_atom(term, DiagnosticCode::not_a_head);
    return term;
}

void BodyParser::append(Body& body, Conjunct conjunct) {
    if (conjunct.term) {
        bool named =
            conjunct.term->kind == TermKind::atom || conjunct.term->kind == TermKind::compound;
        if (!named && !ends_literal()) fail("a comparison");
        check_atom(*conjunct.term, DiagnosticCode::not_a_goal);
        Literal literal;
        literal.span = conjunct.term->span;
        literal.form = std::move(*conjunct.term);
        body.push_back(std::move(literal));
        return;
    }
    for (Literal& literal : conjunct.literals) body.push_back(std::move(literal));
}

bool BodyParser::ends_literal() const {
    switch (token().kind) {
        case TokenKind::comma:
        case TokenKind::semicolon:
        case TokenKind::final_dot:
        case TokenKind::close_paren:
        case TokenKind::close_brace:
        case TokenKind::close_bracket:
        case TokenKind::neck:
        case TokenKind::end:
            return true;
        default:
            return false;
    }
}

Body BodyParser::parse_choice() {
    std::size_t start = position_;
    Body first;
    parse_body(first);
    return finish_choice(start, std::move(first));
}

/// One alternative, of which `first` is read already: `first`, or `first -> goals` with all that
/// comes after it as its other case.
void BodyParser::parse_alternative(Body first, std::vector<Body>& alternatives) {
    if (!accept(TokenKind::arrow)) {
        alternatives.push_back(std::move(first));
        return;
    }
    Nested nested(*this);
    SourceSpan span = span_of(first);
    if (count_literals(first) > kMaxCondition) {
        fail_at(span, "name the condition by a rule of its own", DiagnosticCode::body_too_long,
                kMaxCondition);
    }
    Body otherwise{negation_of(first, span)};
    Body then = is_test(first) ? std::move(first) : Body{negation_of({otherwise[0]}, span)};
    parse_body(then);
    alternatives.push_back(std::move(then));
    if (!at(TokenKind::semicolon)) return;
    advance();
    std::size_t rest = position_;
    Body other;
    parse_body(other);
    other = finish_choice(rest, std::move(other));
    for (Literal& literal : other) otherwise.push_back(std::move(literal));
    alternatives.push_back(std::move(otherwise));
}

void BodyParser::parse_body(Body& body) {
    do append(body, parse_conjunct());
    while (accept(TokenKind::comma));
}

/// The alternatives after the first, from token `start`.
Body BodyParser::finish_choice(std::size_t start, Body first) {
    if (!at(TokenKind::semicolon) && !at(TokenKind::arrow)) return first;
    Disjunction disjunction;
    parse_alternative(std::move(first), disjunction.alternatives);
    while (accept(TokenKind::semicolon)) {
        Body next;
        parse_body(next);
        parse_alternative(std::move(next), disjunction.alternatives);
    }
    if (disjunction.alternatives.size() == 1) return std::move(disjunction.alternatives.front());
    Literal literal;
    literal.span = span_from(start);
    literal.form = std::move(disjunction);
    Body body;
    body.push_back(std::move(literal));
    return body;
}

Literal BodyParser::parse_one_literal() {
    std::size_t start = position_;
    Body body;
    append(body, parse_conjunct());
    if (body.size() != 1) {
        SourceSpan where = span_from(start);
        fail_at(where, "name the conjunction by a rule of its own", DiagnosticCode::not_a_goal,
                "conjunction " + quote(text(where)));
    }
    return std::move(body.front());
}

BodyParser::Conjunct BodyParser::parse_conjunct() {
    std::size_t start = position_;
    if (at(TokenKind::negation)) return parse_negation();
    if (at_word("not")) {
        switch (token(1).kind) {
            case TokenKind::name:
            case TokenKind::quoted_name:
            case TokenKind::variable:
            case TokenKind::integer:
            case TokenKind::real:
            case TokenKind::string:
            case TokenKind::open_paren:
            case TokenKind::open_bracket:
            case TokenKind::negation:
            case TokenKind::hash_word:
                if (!is_word(token(1), "in") && !is_word(token(1), "is")) return parse_negation();
                break;
            default:
                break;
        }
    }
    if (at(TokenKind::open_paren)) return parse_group();
    if (at(TokenKind::name) && is_call(token(1))) {
        if (text(token()) == "forall") return parse_forall();
        if (text(token()) == "findall") return parse_findall();
    }
    if (at(TokenKind::hash_word)) return parse_aggregate_first();
    if (!at(TokenKind::variable) && !at(TokenKind::name) && !at(TokenKind::quoted_name) &&
        !at(TokenKind::integer) && !at(TokenKind::real) && !at(TokenKind::string) &&
        !at(TokenKind::minus) && !at(TokenKind::open_bracket)) {
        fail("a literal");
    }
    return parse_comparison(start, parse_expression());
}

BodyParser::Conjunct BodyParser::parse_negation() {
    Nested nested(*this);
    std::size_t start = position_;
    advance();
    bool is_group = at(TokenKind::open_paren);  // in parentheses a negation may be meant
    Body inner;
    append(inner, parse_conjunct());
    Literal literal;
    if (inner.size() == 1 && !(is_group && inner.front().negated)) {
        literal = std::move(inner.front());
    } else {
        Disjunction group;
        group.alternatives.push_back(std::move(inner));
        literal.form = std::move(group);
    }
    literal.span = span_from(start);
    if (literal.negated) {
        report(literal.span, "remove both", DiagnosticCode::double_negation);
    }
    literal.negated = true;
    return literal;
}

BodyParser::Conjunct BodyParser::parse_group() {
    Nested nested(*this);
    std::size_t start = position_;
    open_bracket();
    std::size_t inner_start = position_;
    Conjunct first = parse_conjunct();
    if (first.term && at(TokenKind::close_paren)) {
        close_bracket({});
        return parse_comparison(start, finish_expression(start, std::move(*first.term)));
    }
    Body body;
    append(body, std::move(first));
    if (accept(TokenKind::comma)) parse_body(body);
    body = finish_choice(inner_start, std::move(body));
    close_bracket("',', ';' or ')'");
    if (body.size() == 1) body.front().span = span_from(start);
    return body;
}

/// A goal as an argument; several stand in parentheses.
Body BodyParser::parse_goal_argument() {
    Body goal;
    append(goal, parse_conjunct());
    return goal;
}

/// `forall(condition, goal)`: `\+ ( condition, \+ goal )`.
BodyParser::Conjunct BodyParser::parse_forall() {
    Nested nested(*this), inner(*this);
    std::size_t start = position_;
    advance();
    open_bracket();
    Body counterexample = parse_goal_argument();
    expect(TokenKind::comma, "','");
    Body goal = parse_goal_argument();
    close_bracket("')'");
    SourceSpan span = span_of(goal);
    if (goal.size() == 1 && goal.front().negated) {
        goal.front().negated = false;
        counterexample.push_back(std::move(goal.front()));
    } else {
        counterexample.push_back(negation_of(std::move(goal), span));
    }
    return negation_of(std::move(counterexample), span_from(start));
}

/// `findall(Template, goal, List)`.
BodyParser::Conjunct BodyParser::parse_findall() {
    Nested nested(*this);
    std::size_t start = position_;
    advance();
    open_bracket();
    Aggregate aggregate;
    aggregate.function = AggregateOp::list;
    Elements& over = aggregate.over.emplace_back();
    over.tuple.push_back(parse_expression());
    expect(TokenKind::comma, "','");
    over.body = parse_goal_argument();
    expect(TokenKind::comma, "','");
    aggregate.result.push_back(parse_expression());
    close_bracket("')'");
    Literal literal;
    literal.span = over.span = span_from(start);
    literal.form = std::move(aggregate);
    return literal;
}

/// What may follow an expression: a comparison, a domain, or nothing.
BodyParser::Conjunct BodyParser::parse_comparison(std::size_t start, Term left) {
    Literal literal;
    if (at_word("in")) {
        advance();
        Membership membership;
        membership.sides = pair_of(std::move(left), parse_domain());
        literal.form = std::move(membership);
        literal.span = span_from(start);
        return literal;
    }
    auto op = at_word("is") ? ComparisonOp::is : comparison_op(token().kind);
    if (!op) return left;
    advance();
    if (at(TokenKind::hash_word)) {
        Aggregate aggregate = parse_aggregate();
        aggregate.op = *op;
        aggregate.result.push_back(std::move(left));
        literal.form = std::move(aggregate);
    } else {
        Comparison comparison;
        comparison.op = *op;
        comparison.sides = pair_of(std::move(left), parse_expression());
        literal.form = std::move(comparison);
    }
    literal.span = span_from(start);
    if (comparison_op(token().kind) || at_word("is")) {
        fail_at(span(token()), "write two comparisons: 'A < B, B < C'",
                DiagnosticCode::chained_comparison, text(token()));
    }
    return literal;
}

/// `#count{ … } > 2`, held as `2 < #count{ … }`.
Literal BodyParser::parse_aggregate_first() {
    std::size_t start = position_;
    Aggregate aggregate = parse_aggregate();
    std::optional<ComparisonOp> op = comparison_op(token().kind);
    if (!op) fail("a comparison after the aggregate");
    advance();
    aggregate.op = mirrored(*op);
    aggregate.result.push_back(parse_expression());
    Literal literal;
    literal.form = std::move(aggregate);
    literal.span = span_from(start);
    return literal;
}

Aggregate BodyParser::parse_aggregate() {
    Nested nested(*this);
    Aggregate aggregate;
    std::string_view word = text(token());
    if (word == "#sum") {
        aggregate.function = AggregateOp::sum;
    } else if (word == "#count") {
        aggregate.function = AggregateOp::count;
    } else if (word == "#min") {
        aggregate.function = AggregateOp::min;
    } else if (word == "#max") {
        aggregate.function = AggregateOp::max;
    } else {
        fail_at(span(token()), "aggregates are '#sum', '#count', '#min' and '#max'",
                DiagnosticCode::unknown_directive, shorten(word));
    }
    advance();
    aggregate.over.push_back(parse_elements());
    return aggregate;
}

Elements BodyParser::parse_elements() {
    std::size_t start = position_;
    Elements elements;
    if (!at(TokenKind::open_brace)) fail("'{'");
    open_bracket();
    do elements.tuple.push_back(parse_expression());
    while (accept(TokenKind::comma));
    expect(TokenKind::colon, "',' or ':'");
    elements.body = parse_choice();
    close_bracket("',' or '}'");
    elements.span = span_from(start);
    return elements;
}

}  // namespace entail::ast
