#include "programs/syntax/formula_parser.h"

#include <algorithm>
#include <utility>

#include "programs/syntax/decode.h"
#include "programs/syntax/lexer.h"
#include "programs/syntax/words.h"

namespace entail::ast {
namespace {

bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

/// `x`, `Y2`: what everybody reads as a variable.
bool looks_like_variable(std::string_view name) {
    return (is_capital(name[0]) || (name[0] >= 'u' && name[0] <= 'z') || name[0] == '_') &&
           std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Formula connected(FormulaKind kind, SourceSpan span, std::vector<Formula> parts) {
    Formula formula;
    formula.kind = kind;
    formula.span = span;
    formula.parts = std::move(parts);
    return formula;
}

/// A value for as long as a scope lasts.
template <typename T>
class Set {
public:
    Set(T& place, T value) : place_(place), before_(std::exchange(place, std::move(value))) {}
    ~Set() { place_ = std::move(before_); }
    Set(const Set&) = delete;
    Set& operator=(const Set&) = delete;

private:
    T& place_;
    T before_;
};

}  // namespace

FormulaParser::Connective FormulaParser::connective() const {
    constexpr std::pair<std::string_view, Connective> kSpellings[] = {
        {"\u00AC", Connective::negation},    {"not", Connective::negation},
        {"~", Connective::negation},         {"-", Connective::negation},
        {"!", Connective::negation},         {"\\+", Connective::negation},
        {"\u2200", Connective::for_all},     {"forall", Connective::for_all},
        {"all", Connective::for_all},        {"\u2203", Connective::exists},
        {"exists", Connective::exists},      {"some", Connective::exists},
        {"\u2227", Connective::conjunction}, {"&", Connective::conjunction},
        {"&&", Connective::conjunction},     {"and", Connective::conjunction},
        {"\u2228", Connective::disjunction}, {"|", Connective::disjunction},
        {"||", Connective::disjunction},     {"or", Connective::disjunction},
        {"\u2295", Connective::exclusive},   {"^", Connective::exclusive},
        {"xor", Connective::exclusive},      {"\u2192", Connective::implication},
        {"\u21D2", Connective::implication}, {"->", Connective::implication},
        {"=>", Connective::implication},     {"implies", Connective::implication},
        {"\u2194", Connective::equivalence}, {"\u21D4", Connective::equivalence},
        {"<->", Connective::equivalence},    {"<=>", Connective::equivalence},
        {"iff", Connective::equivalence},    {"=", Connective::equal},
        {"\u2260", Connective::unequal},     {"!=", Connective::unequal},
        {"\\=", Connective::unequal},
    };
    const TokenKind kind = token().kind;
    if (kind == TokenKind::string || kind == TokenKind::quoted_name) return Connective::none;
    const std::string_view shown = text(token());
    for (const auto& [spelling, meaning] : kSpellings) {
        if (shown == spelling) return meaning;
    }
    return Connective::none;
}

Formula FormulaParser::parse_sentence() {
    bound_.clear();
    constants_.clear();
    Set in_sentence(in_sentence_, true);
    const bool is_quoted = at(TokenKind::string) && (token(1).kind == TokenKind::final_dot ||
                                                     token(1).kind == TokenKind::end);
    Formula formula = is_quoted ? parse_quoted() : parse_formula();
    check_unbound();
    return formula;
}

/// The text between the quotes as words of their own; nothing is escaped in it.
Formula FormulaParser::parse_quoted() {
    const Token quoted = token();
    advance();
    const std::string_view upto = text_.substr(0, quoted.end - 1);
    Set tokens(tokens_, tokenize(upto, reporter_, quoted.begin + 1));
    Set position(position_, std::size_t{0});
    Set in_quotes(in_quotes_, true);
    Formula formula = parse_formula();
    accept(TokenKind::final_dot);
    if (!at(TokenKind::end)) fail("a connective or the end of the sentence");
    return formula;
}

Formula FormulaParser::parse_formula() {
    Nested nested(*this);
    const std::size_t start = position_;
    std::vector<Formula> parts{parse_implied()};
    while (connective() == Connective::equivalence) {
        advance();
        parts.push_back(parse_implied());
    }
    if (parts.size() == 1) return std::move(parts[0]);
    return connected(FormulaKind::equivalence, span_from(start), std::move(parts));
}

Formula FormulaParser::parse_implied() {
    const std::size_t start = position_;
    Formula left = parse_either();
    if (connective() != Connective::implication) return left;
    Nested nested(*this);
    advance();
    std::vector<Formula> parts;
    parts.push_back(std::move(left));
    parts.push_back(parse_implied());
    return connected(FormulaKind::implication, span_from(start), std::move(parts));
}

Formula FormulaParser::parse_either() {
    const std::size_t start = position_;
    std::vector<Formula> parts{parse_both()};
    const Token first = token();
    const Connective which = connective();
    if (which != Connective::disjunction && which != Connective::exclusive)
        return std::move(parts[0]);
    while (connective() == which) {
        advance();
        parts.push_back(parse_both());
    }
    const Connective next = connective();
    if (next == Connective::disjunction || next == Connective::exclusive) {
        fail_at(span(token()), "say by parentheses which belongs together",
                DiagnosticCode::mixed_connectives, text(token()), text(first));
    }
    return connected(
        which == Connective::disjunction ? FormulaKind::disjunction : FormulaKind::exclusive,
        span_from(start), std::move(parts));
}

Formula FormulaParser::parse_both() {
    const std::size_t start = position_;
    std::vector<Formula> parts{parse_unary_formula()};
    while (connective() == Connective::conjunction) {
        advance();
        parts.push_back(parse_unary_formula());
    }
    if (parts.size() == 1) return std::move(parts[0]);
    return connected(FormulaKind::conjunction, span_from(start), std::move(parts));
}

Formula FormulaParser::parse_unary_formula() {
    const std::size_t start = position_;
    switch (connective()) {
        case Connective::negation: {
            const Token& next = token(1);
            const bool is_number =
                at(TokenKind::minus) && !next.blank_before &&
                (next.kind == TokenKind::integer || next.kind == TokenKind::real);
            if (is_number) break;
            Nested nested(*this);
            advance();
            std::vector<Formula> parts{parse_unary_formula()};
            return connected(FormulaKind::negation, span_from(start), std::move(parts));
        }
        case Connective::for_all:
            return parse_quantified(FormulaKind::for_all);
        case Connective::exists:
            return parse_quantified(FormulaKind::exists);
        default:
            break;
    }
    if (!at(TokenKind::open_paren)) return parse_primary_formula();
    open_bracket();
    Formula inner = parse_formula();
    close_bracket("a connective or ')'");
    inner.span = span_from(start);
    return inner;
}

bool FormulaParser::is_name(const Token& t) const {
    return t.kind == TokenKind::quoted_name || t.kind == TokenKind::variable ||
           (t.kind == TokenKind::name && !is_formula_word(text(t)));
}

std::string FormulaParser::parse_any_name(std::string_view expected) {
    if (!is_name(token())) fail(expected);
    const Token t = token();
    advance();
    return t.kind == TokenKind::quoted_name ? unquote(text(t)) : std::string(text(t));
}

/// The name at the cursor is one more variable, not the beginning of what is said of them.
bool FormulaParser::continues_variables() const {
    if (!is_name(token())) return false;
    // `∀x Cat (x)`: a blank before the arguments.
    if (at(TokenKind::variable) && token().end - token().begin > 1) return false;
    const Token& next = token(1);
    const bool opens = next.kind == TokenKind::open_paren && next.blank_before;
    const bool is_sign =
        next.kind == TokenKind::logic &&
        (text(next) == "\u2200" || text(next) == "\u2203" || text(next) == "\u00AC");
    return opens || is_sign || is_name(next) || next.kind == TokenKind::comma ||
           next.kind == TokenKind::tilde || next.kind == TokenKind::colon ||
           next.kind == TokenKind::dot || next.kind == TokenKind::open_bracket ||
           is_word(next, "not") || is_word(next, "forall") || is_word(next, "exists") ||
           is_word(next, "all") || is_word(next, "some");
}

Formula FormulaParser::parse_quantified(FormulaKind kind) {
    Nested nested(*this);
    const std::size_t start = position_;
    advance();
    Formula formula;
    formula.kind = kind;
    do {
        do {
            const Token t = token();
            formula.variables.push_back({parse_any_name("a variable"), span(t)});
        } while (accept(TokenKind::comma));
    } while (continues_variables());
    for (const Name& variable : formula.variables) ++bound_[variable.text];
    const bool is_wide =
        accept(TokenKind::final_dot) || accept(TokenKind::dot) || accept(TokenKind::colon);
    formula.parts.push_back(is_wide ? parse_formula() : parse_unary_formula());
    for (const Name& variable : formula.variables) --bound_[variable.text];
    formula.span = span_from(start);
    return formula;
}

Formula FormulaParser::parse_primary_formula() {
    const std::size_t start = position_;
    Formula formula;
    if (at_word("true") || at_word("false")) {
        formula.kind = at_word("true") ? FormulaKind::truth : FormulaKind::falsity;
        advance();
        formula.span = span_from(start);
        return formula;
    }
    const bool is_term = is_name(token()) || at(TokenKind::integer) || at(TokenKind::real) ||
                         at(TokenKind::string) || at(TokenKind::minus);
    if (!is_term) fail("a formula");
    const Token first = token();
    Term left = parse_formula_term();
    const Connective relation = connective();
    if (relation == Connective::equal || relation == Connective::unequal) {
        advance();
        resolve_name(left, true);
        Term right = parse_formula_term();
        resolve_name(right, true);
        formula.kind = FormulaKind::equal;
        formula.sides.push_back(std::move(left));
        formula.sides.push_back(std::move(right));
        formula.span = span_from(start);
        if (relation == Connective::equal) return formula;
        const SourceSpan whole = formula.span;
        std::vector<Formula> parts;
        parts.push_back(std::move(formula));
        return connected(FormulaKind::negation, whole, std::move(parts));
    }
    resolve_name(left, false);
    if (left.kind != TermKind::atom && left.kind != TermKind::compound) {
        fail_at(left.span, "'=' compares two terms; what is said of one is a predicate: 'p(x)'",
                DiagnosticCode::unexpected_token, describe(first), "a formula");
    }
    formula.kind = FormulaKind::atom;
    formula.span = left.span;
    formula.atom.push_back(std::move(left));
    return formula;
}

/// A name, with its arguments if it has any, or a number or a string.
Term FormulaParser::parse_formula_term() {
    Nested nested(*this);
    const std::size_t start = position_;
    const Token first = token();
    Term term;
    if (at(TokenKind::string)) {
        advance();
        term.kind = TermKind::string;
        term.text = unquote(text(first));
    } else if (at(TokenKind::integer) || at(TokenKind::real) || at(TokenKind::minus)) {
        const bool is_negative = accept(TokenKind::minus);
        if (!at(TokenKind::integer) && !at(TokenKind::real)) fail("a number");
        term = parse_number(is_negative);
    } else {
        term.kind = TermKind::atom;
        term.text = parse_any_name("a term");
        term.name_length = first.end - first.begin;
        if (at(TokenKind::open_paren)) {
            open_bracket();
            term.kind = TermKind::compound;
            do {
                term.args.push_back(parse_formula_term());
                resolve_name(term.args.back(), true);
            } while (accept(TokenKind::comma));
            close_bracket("',' or ')'");
        }
    }
    term.span = span_from(start);
    return term;
}

/// A name alone: the variable of that name, or a constant.
void FormulaParser::resolve_name(Term& term, bool is_argument) {
    if (term.kind != TermKind::atom) return;
    if (const auto place = bound_.find(term.text); place != bound_.end() && place->second > 0) {
        term.kind = TermKind::variable;
        term.name_length = 0;
    } else if (is_argument && text(term.span) == term.text) {
        constants_.push_back({term.text, term.span});
    }
}

void FormulaParser::check_unbound() {
    for (const Name& name : constants_) {
        const bool is_bound_elsewhere = bound_.contains(name.text);
        if (!is_bound_elsewhere && !looks_like_variable(name.text)) continue;
        report(name.span,
               is_bound_elsewhere
                   ? "a quantifier reaches what follows it, a part in parentheses or all after '.'"
                   : fmt::format("bind it by '\u2200{0}' or '\u2203{0}'; a constant '{0}' is "
                                 "written in quotes",
                                 name.text),
               DiagnosticCode::free_variable, name.text);
    }
}

}  // namespace entail::ast
