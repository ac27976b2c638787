#include "programs/claims/theory.h"

#include "programs/syntax/printer.h"

namespace entail::claims {
namespace {

using smt::Sort;
using smt::Term;

/// Deeper terms become constants of their own: no sentence can mention them.
constexpr int kMaxDepth = static_cast<int>(ast::kMaxNesting);

Symbol symbol_of(const ast::Term& term) {
    switch (term.kind) {
        case ast::TermKind::integer:
            return {Symbol::Kind::number, std::to_string(term.integer)};
        case ast::TermKind::real:
            return {Symbol::Kind::number, print_real(term.real)};
        case ast::TermKind::string:
            return {Symbol::Kind::string, term.text};
        default:
            return {term.args.empty() ? Symbol::Kind::atom : Symbol::Kind::function, term.text,
                    term.args.size()};
    }
}

void visit_term(const ast::Term& term,
                const std::function<void(const Symbol&, SourceSpan)>& visit) {
    if (term.kind == ast::TermKind::variable) return;
    visit(symbol_of(term), term.name_span());
    for (const ast::Term& argument : term.args) visit_term(argument, visit);
}

}  // namespace

void for_each_symbol(const ast::Formula& formula,
                     const std::function<void(const Symbol&, SourceSpan)>& visit) {
    for (const ast::Term& atom : formula.atom) {
        visit({Symbol::Kind::predicate, atom.text, atom.args.size()}, atom.name_span());
        for (const ast::Term& argument : atom.args) visit_term(argument, visit);
    }
    for (const ast::Term& side : formula.sides) visit_term(side, visit);
    for (const ast::Formula& part : formula.parts) for_each_symbol(part, visit);
}

Term Theory::constant(const Symbol& symbol) {
    if (const auto place = terms_.find(symbol); place != terms_.end()) return place->second;
    const bool is_predicate = symbol.kind == Symbol::Kind::predicate;
    const Term made =
        context_.variable(is_predicate ? Sort::boolean : Sort::individual, symbol.name);
    return terms_.emplace(symbol, made).first->second;
}

smt::Function Theory::function(const Symbol& symbol) {
    if (const auto place = functions_.find(symbol); place != functions_.end()) return place->second;
    const bool is_predicate = symbol.kind == Symbol::Kind::predicate;
    return functions_
        .emplace(symbol, context_.function(symbol.name, symbol.arity,
                                           is_predicate ? Sort::boolean : Sort::individual))
        .first->second;
}

Term Theory::atom(std::string_view predicate, std::span<const Term> arguments) {
    const Symbol symbol{Symbol::Kind::predicate, std::string(predicate), arguments.size()};
    if (arguments.empty()) return constant(symbol);
    return context_.application(function(symbol), arguments);
}

Term Theory::value(Value value, const ValueStore& values) {
    return this->value(value, values, 0);
}

Term Theory::value(Value value, const ValueStore& values, int depth) {
    switch (values.kind(value)) {
        case ValueKind::integer:
        case ValueKind::real:
            return constant({Symbol::Kind::number, values.print(value)});
        case ValueKind::string:
            return constant({Symbol::Kind::string, std::string(values.text(value))});
        case ValueKind::atom:
            return constant({Symbol::Kind::atom, std::string(values.text(value))});
        default:
            break;
    }
    const bool is_plain = values.kind(value) == ValueKind::compound && !values.is_cons(value);
    if (!is_plain || depth == kMaxDepth)
        return constant({Symbol::Kind::opaque, std::to_string(value.bits())});
    std::vector<Term> arguments;
    for (Value argument : values.arguments(value))
        arguments.push_back(this->value(argument, values, depth + 1));
    const Symbol symbol{Symbol::Kind::function, std::string(values.text(values.functor(value))),
                        arguments.size()};
    return context_.application(function(symbol), arguments);
}

Term Theory::term(const ast::Term& term) {
    if (term.kind == ast::TermKind::variable) return variables_.at(term.text).back();
    if (term.args.empty()) return constant(symbol_of(term));
    std::vector<Term> arguments;
    for (const ast::Term& argument : term.args) arguments.push_back(this->term(argument));
    return context_.application(function(symbol_of(term)), arguments);
}

Term Theory::quantified(const ast::Formula& formula) {
    has_quantifiers_ = true;
    std::vector<Term> bound;
    for (const ast::Name& name : formula.variables) {
        bound.push_back(context_.variable(Sort::individual, name.text));
        variables_[name.text].push_back(bound.back());
    }
    const Term body = this->formula(formula.parts[0]);
    for (const ast::Name& name : formula.variables) variables_[name.text].pop_back();
    return formula.kind == ast::FormulaKind::for_all ? context_.for_all(bound, body)
                                                     : context_.exists(bound, body);
}

Term Theory::formula(const ast::Formula& formula) {
    std::vector<Term> parts;
    const bool binds =
        formula.kind == ast::FormulaKind::for_all || formula.kind == ast::FormulaKind::exists;
    if (!binds) {
        for (const ast::Formula& part : formula.parts) parts.push_back(this->formula(part));
    }
    switch (formula.kind) {
        case ast::FormulaKind::truth:
            return context_.truth(true);
        case ast::FormulaKind::falsity:
            return context_.truth(false);
        case ast::FormulaKind::atom:
            for (const ast::Term& argument : formula.atom[0].args) parts.push_back(term(argument));
            return atom(formula.atom[0].text, parts);
        case ast::FormulaKind::equal:
            return context_.equal(term(formula.sides[0]), term(formula.sides[1]));
        case ast::FormulaKind::negation:
            return context_.negation(parts[0]);
        case ast::FormulaKind::conjunction:
            return context_.conjunction(parts);
        case ast::FormulaKind::disjunction:
            return context_.disjunction(parts);
        case ast::FormulaKind::implication:
            return context_.implication(parts[0], parts[1]);
        case ast::FormulaKind::for_all:
        case ast::FormulaKind::exists:
            return quantified(formula);
        case ast::FormulaKind::exclusive:
        case ast::FormulaKind::equivalence:
            break;
    }
    Term folded = parts[0];
    for (std::size_t i = 1; i < parts.size(); ++i) {
        folded = context_.equivalence(folded, parts[i]);
        if (formula.kind == ast::FormulaKind::exclusive) folded = context_.negation(folded);
    }
    return folded;
}

}  // namespace entail::claims
