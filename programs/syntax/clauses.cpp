// Clauses: facts, rules, coins, disjunctions, draws, choices, constraints; their weights.

#include <cmath>
#include <limits>

#include "programs/syntax/decode.h"
#include "programs/syntax/statement_parser.h"
#include "symbolic/base/utf8.h"

namespace entail::ast {
namespace {

bool is_number(const Term& term) {
    return term.kind == TermKind::integer || term.kind == TermKind::real;
}

bool is_truth(const Term& term) {
    return term.kind == TermKind::atom && (term.text == "true" || term.text == "false");
}

/// Directives of Prolog systems that are written before a list of predicates.
bool is_prefix_directive(std::string_view word) {
    return word == "dynamic" || word == "discontiguous" || word == "multifile" || word == "table";
}

}  // namespace

// head (';' head)* ('~' distribution)? (':-' choice)? '.'     head := (weight '::')? atom
StatementParser::Form StatementParser::parse_clause() {
    Clause clause;
    do {
        std::size_t start = position_;
        Head& head = clause.heads.emplace_back();
        Term first = parse_expression();
        if (accept(TokenKind::weight)) {
            head.weight = to_weight(std::move(first));
            first = parse_expression();
        }
        if (at(TokenKind::foreign) || at(TokenKind::error)) fail("':-' or '.'");
        if (at(TokenKind::colon) && !head.weight) fail("'::' after a weight");
        head.atom = std::move(first);
        head.span = span_from(start);
        check_atom(head.atom, DiagnosticCode::not_a_head);
        if (at(TokenKind::comma)) {
            fail_at(span(token()), "write one clause for each head",
                    DiagnosticCode::conjunction_in_head);
        }
        if (clause.heads.size() > 1 || at(TokenKind::semicolon)) check_alternative(head);
    } while (accept(TokenKind::semicolon));

    if (at(TokenKind::tilde)) return finish_draw(std::move(clause));
    bool alone = clause.heads.size() == 1;
    bool bare = alone && !clause.heads[0].weight && !at(TokenKind::neck);
    if (bare && clause.heads[0].atom.kind == TermKind::compound) {
        const Term& atom = clause.heads[0].atom;
        std::string_view word = text(atom.name_span());
        bool request = (word == "query" && atom.args.size() == 1) ||
                       (word == "evidence" && atom.args.size() <= 2);
        if (request) {
            Form form = to_request(std::move(clause.heads[0].atom));
            end_statement("'.'");
            return form;
        }
    }
    for (const Head& head : clause.heads) check_head(head.atom);
    clause.body = parse_optional_body();
    std::string hint;
    bool arrow = at(TokenKind::less) && token(1).kind == TokenKind::minus;  // `<-`
    if (clause.body.empty() && (arrow || at(TokenKind::unify)))
        hint = "a rule is written 'head :- body.'";
    end_statement(
        clause.body.empty() ? (alone ? "':-' or '.'" : "';', ':-' or '.'") : "',', ';' or '.'",
        std::move(hint));
    return clause;
}

/// One of several heads.
void StatementParser::check_alternative(const Head& head) {
    if (!head.weight) {
        fail_at(head.span, "write its weight: '0.5 :: head'", DiagnosticCode::unweighted_head,
                shorten(text(head.span)));
    }
    if (head.weight->kind == WeightKind::network) {
        fail_at(head.weight->span, "give each disjunction a rule of its own",
                DiagnosticCode::malformed_network, "one of several heads", "a single head");
    }
}

Body StatementParser::parse_optional_body() {
    if (!accept(TokenKind::neck)) return {};
    return parse_choice();
}

/// `query(p(X))` and `evidence(p)` cannot be defined: they ask. (Quoted, they are ordinary names.)
void StatementParser::check_head(const Term& atom) {
    if (atom.kind != TermKind::compound) return;
    SourceSpan where = atom.name_span();
    std::string_view word = text(where);
    if ((word == "query" && atom.args.size() == 1) ||
        (word == "evidence" && atom.args.size() <= 2)) {
        report(where, fmt::format("a predicate of this name is written in quotes: '{}'", word),
               DiagnosticCode::reserved_head, word);
    }
}

void StatementParser::check_value_argument(const Term& head) {
    if (head.kind == TermKind::compound) return;
    report(head.span, fmt::format("write '{}(V)'", shorten(head.text)),
           DiagnosticCode::no_value_argument, shorten(text(head.span)));
}

// --- questions in ProbLog's form ---

/// `query(a)`, `evidence(a)`, `evidence(a, false)`.
StatementParser::Form StatementParser::to_request(Term head) {
    Term atom = std::move(head.args[0]);
    check_atom(atom, DiagnosticCode::not_a_head);
    if (head.text == "query") return Query{false, std::move(atom)};
    bool negated = false;
    if (head.args.size() == 2) {
        if (!is_truth(head.args[1])) {
            report(head.args[1].span, {}, DiagnosticCode::evidence_value, describe(head.args[1]));
        }
        negated = head.args[1].text == "false";
    }
    return Evidence{negated, std::move(atom)};
}

/// `query(\+ a)`, `evidence(\+ a)`.
StatementParser::Form StatementParser::parse_negated_request() {
    bool query = at_word("query");
    advance();
    open_bracket();
    advance();
    Term atom = parse_atom_term();
    close_bracket("')'");
    end_statement("'.'");
    if (query) return Query{true, std::move(atom)};
    return Evidence{true, std::move(atom)};
}

// --- draws, choices, constraints ---

StatementParser::Form StatementParser::finish_draw(Clause clause) {
    const Head& head = clause.heads.front();
    if (clause.heads.size() > 1 || head.weight) {
        report(head.weight ? head.weight->span : head.span,
               "the distribution alone weighs the values", DiagnosticCode::weighted_draw,
               head.weight ? "a weight" : "alternatives");
    }
    advance();
    Draw draw;
    draw.head = std::move(clause.heads.front().atom);
    check_head(draw.head);
    check_value_argument(draw.head);
    draw.distribution = parse_distribution();
    draw.body = parse_optional_body();
    end_statement(draw.body.empty() ? "':-' or '.'" : "',', ';' or '.'");
    return draw;
}

// 'categorical' '{' value ':' weight, ... '}' | name ('.' name)? '(' expression, ... ')'
Distribution StatementParser::parse_distribution() {
    std::size_t start = position_;
    Distribution distribution;
    bool quoted = at(TokenKind::quoted_name);
    distribution.module = parse_name("a distribution");
    std::size_t wanted = 0;
    const std::string& name = distribution.module.text;
    if (!quoted && name == "categorical" && at(TokenKind::open_brace)) {
        parse_categorical(distribution);
        distribution.span = span_from(start);
        return distribution;
    }
    if (!quoted && !at(TokenKind::dot)) {
        if (name == "normal") distribution.kind = DistributionKind::normal;
        if (name == "uniform") distribution.kind = DistributionKind::uniform;
        if (name == "exponential") distribution.kind = DistributionKind::exponential;
        wanted = distribution.kind == DistributionKind::module        ? 0
                 : distribution.kind == DistributionKind::exponential ? 1
                                                                      : 2;
    }
    if (accept(TokenKind::dot)) distribution.part = parse_name("the name of a concept");
    if (!at(TokenKind::open_paren)) fail("'(' and the arguments of the distribution");
    open_bracket();
    do distribution.args.push_back(parse_expression());
    while (accept(TokenKind::comma));
    close_bracket("',' or ')'");
    distribution.span = span_from(start);
    if (wanted != 0 && distribution.args.size() != wanted) {
        report(distribution.span, {}, DiagnosticCode::distribution_arity, name,
               distribution.args.size(), wanted);
    }
    return distribution;
}

void StatementParser::parse_categorical(Distribution& distribution) {
    distribution.kind = DistributionKind::categorical;
    open_bracket();
    do {
        CategoricalValue choice;
        choice.value = parse_expression();
        expect(TokenKind::colon, "':' and the weight of the value");
        choice.weight = to_weight(parse_expression());
        distribution.choices.push_back(std::move(choice));
    } while (accept(TokenKind::comma));
    close_bracket("',' or '}'");
}

// 'choose' atom 'in' domain (':-' choice)? '.'
Choose StatementParser::parse_choose() {
    advance();
    Choose choose;
    choose.head = parse_atom_term();
    check_head(choose.head);
    check_value_argument(choose.head);
    expect_word("in");
    choose.domain = parse_domain();
    choose.body = parse_optional_body();
    end_statement(choose.body.empty() ? "':-' or '.'" : "',', ';' or '.'");
    return choose;
}

// ':-' choice '.'
StatementParser::Form StatementParser::parse_constraint() {
    advance();
    if (at(TokenKind::name) && is_prefix_directive(text(token())) &&
        token(1).kind == TokenKind::name) {
        fail_at(span(token()), "remove the statement; predicates need no declaration",
                DiagnosticCode::foreign_construct, fmt::format("':- {}'", text(token())));
    }
    Constraint constraint{parse_choice()};
    end_statement("',', ';' or '.'");
    if (constraint.body.size() == 1) {
        Literal& literal = constraint.body.front();
        auto* goal = std::get_if<Term>(&literal.form);
        if (goal != nullptr && !literal.negated && goal->text == "use_module") {
            return Directive{std::move(*goal)};
        }
    }
    return constraint;
}

// --- weights ---

/// Fills the number of a weight from a term that is one (`0.3`, `1/3`).
bool StatementParser::to_number(const Term& term, Weight& weight) const {
    if (term.kind == TermKind::compound) {
        if (term.text != "/" || term.args.size() != 2) return false;
        if (!is_number(term.args[0]) || !is_number(term.args[1])) return false;
        Weight divisor;
        to_number(term.args[0], weight);
        to_number(term.args[1], divisor);
        weight.text += "/" + divisor.text;
        weight.value /= divisor.value;
        if (!divisor.exact || !weight.exact) {
            weight.exact = false;
            return true;
        }
        std::optional<Fraction> quotient = divide({weight.numerator, weight.denominator},
                                                  {divisor.numerator, divisor.denominator});
        weight.exact = quotient.has_value();
        if (quotient) {
            weight.numerator = quotient->numerator;
            weight.denominator = quotient->denominator;
        }
        return true;
    }
    if (term.kind == TermKind::integer) {
        weight.text = fmt::format("{}", term.integer);
        weight.value = static_cast<double>(term.integer);
        weight.exact = true;
        weight.numerator = term.integer;
        return true;
    }
    if (term.kind != TermKind::real) return false;
    weight.text = text(term.span);
    weight.value = term.real;
    bool negative = weight.text.starts_with('-');
    std::optional<Fraction> value =
        fraction_value(std::string_view(weight.text).substr(negative ? 1 : 0));
    weight.exact = value.has_value();
    if (value) {
        weight.numerator = negative ? -value->numerator : value->numerator;
        weight.denominator = value->denominator;
    }
    return true;
}

Weight StatementParser::to_weight(Term term) {
    Weight weight;
    weight.span = term.span;
    if (to_number(term, weight)) {
        // A division by zero has no value; every other number is judged where weights are checked.
        if (!(std::abs(weight.value) <= std::numeric_limits<double>::max())) {
            report(term.span, {}, DiagnosticCode::malformed_weight, describe(term));
        }
        return weight;
    }
    bool compound = term.kind == TermKind::compound;
    if (compound && term.text == "t" && term.args.size() == 1) {
        weight.kind = WeightKind::learnable;
        if (term.args[0].kind != TermKind::anonymous && !to_number(term.args[0], weight)) {
            report(term.args[0].span, "a learnable weight is 't(0.5)' or 't(_)'",
                   DiagnosticCode::malformed_weight, describe(term.args[0]));
        }
        return weight;
    }
    if (compound && term.text == "nn") {
        weight.kind = WeightKind::network;
        weight.network.push_back(to_network(std::move(term)));
        return weight;
    }
    if (term.kind != TermKind::variable && !compound) {
        report(term.span, "a weight is a number, a variable of the body, 't(0.5)' or 't(_)'",
               DiagnosticCode::malformed_weight, describe(term));
    }
    weight.kind = WeightKind::expression;
    weight.expression.push_back(std::move(term));
    return weight;
}

/// `nn(module, [inputs], output, [labels])`.
Network StatementParser::to_network(Term term) {
    constexpr std::string_view kHint = "write 'nn(module, [Input], Output, [label, …]) :: head'";
    if (term.args.size() != 4) {
        fail_at(term.span, std::string(kHint), DiagnosticCode::malformed_network,
                fmt::format("{} arguments", term.args.size()), "4");
    }
    auto require = [&](std::size_t i, TermKind kind, std::string_view wanted) {
        const Term& arg = term.args[i];
        bool empty = kind == TermKind::list && (arg.args.empty() || arg.has_tail);
        if (arg.kind != kind || empty) {
            fail_at(arg.span, std::string(kHint), DiagnosticCode::malformed_network, describe(arg),
                    wanted);
        }
    };
    require(0, TermKind::atom, "the name of a module");
    require(1, TermKind::list, "a list of inputs");
    require(2, TermKind::variable, "a variable for the output");
    require(3, TermKind::list, "a list of labels");
    Network network;
    network.module = {term.args[0].text, term.args[0].span};
    network.inputs = std::move(term.args[1].args);
    network.output = std::move(term.args[2]);
    network.labels = std::move(term.args[3].args);
    return network;
}

}  // namespace entail::ast
