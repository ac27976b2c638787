#include "symbolic/ir/program.h"

#include <algorithm>

namespace entail::ir {

Term Term::make_variable(VariableId id) {
    Term term;
    term.kind = Kind::variable;
    term.variable = id;
    return term;
}

Term Term::make_constant(Value value) {
    Term term;
    term.value = value;
    return term;
}

Term Term::make_compound(Value functor, std::vector<Term> args, ValueStore& values) {
    if (std::ranges::all_of(args, &Term::is_constant)) {
        std::vector<Value> ground;
        for (const Term& argument : args) ground.push_back(argument.value);
        return make_constant(values.compound(functor, ground));
    }
    Term term;
    term.kind = Kind::compound;
    term.value = functor;
    term.args = std::move(args);
    return term;
}

const Signature* Program::signature(PredicateId predicate) const {
    auto place = std::ranges::find(signatures, predicate, &Signature::predicate);
    return place == signatures.end() ? nullptr : &*place;
}

std::optional<PredicateId> Program::find(std::string_view name, std::size_t arity) const {
    for (PredicateId id = 0; id < predicates.size(); ++id) {
        const Predicate& p = predicates[id];
        if (p.arity == arity && p.name == name && !p.internal) return id;
    }
    return std::nullopt;
}

PredicateId Program::add_predicate(Predicate predicate) {
    predicates.push_back(std::move(predicate));
    return static_cast<PredicateId>(predicates.size() - 1);
}

void Program::add_fact(PredicateId predicate, std::span<const Value> row, SourceSpan span) {
    facts.push_back({predicate, static_cast<std::uint32_t>(fact_values.size()), span});
    fact_values.insert(fact_values.end(), row.begin(), row.end());
}

std::string Program::print(const Term& term, const std::vector<std::string>& variables) const {
    switch (term.kind) {
        case Term::Kind::variable:
            return variables[term.variable];
        case Term::Kind::constant:
            return values.print(term.value);
        case Term::Kind::compound:
            break;
    }
    std::string out;
    if (term.value == values.cons() && term.args.size() == 2) {
        out = "[" + print(term.args[0], variables);
        const Term* tail = &term.args[1];
        while (tail->kind == Term::Kind::compound && tail->value == values.cons()) {
            out += "," + print(tail->args[0], variables);
            tail = &tail->args[1];
        }
        if (tail->is_constant()) {
            std::string rest = values.print(tail->value);
            if (rest == "[]") return out + "]";
            if (rest.front() == '[') return out + "," + rest.substr(1);
        }
        return out + "|" + print(*tail, variables) + "]";
    }
    out = quote_atom(values.text(term.value)) + "(";
    for (std::size_t i = 0; i < term.args.size(); ++i) {
        if (i > 0) out += ",";
        out += print(term.args[i], variables);
    }
    return out + ")";
}

std::string Program::print(const Atom& atom, const std::vector<std::string>& variables) const {
    std::string out = quote_atom(predicates[atom.predicate].name);
    for (std::size_t i = 0; i < atom.args.size(); ++i) {
        out += (i == 0 ? "(" : ",") + print(atom.args[i], variables);
    }
    return atom.args.empty() ? out : out + ")";
}

}  // namespace entail::ir
