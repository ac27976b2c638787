#include "symbolic/ir/removable.h"

#include <map>

namespace entail::ir {
namespace {

/// A choice between `head` and nothing, without weights.
std::uint32_t add_switch(Program& program, Atom head, SourceSpan span) {
    ChoiceRule choice;
    choice.kind = ChoiceRule::Kind::free;
    choice.weights.emplace_back();
    choice.weights.back().kind = Weight::Kind::free;
    choice.silent = true;
    choice.heads = {head};
    choice.span = span;
    const auto id = static_cast<std::uint32_t>(program.choices.size());
    program.choices.push_back(std::move(choice));
    Rule rule;
    rule.heads = {{std::move(head), 0}};
    rule.choice = id;
    rule.origin = RuleOrigin::internal;
    rule.span = span;
    program.rules.push_back(std::move(rule));
    return id;
}

}  // namespace

std::uint32_t make_facts_removable(Program& program,
                                   const std::function<bool(const Fact&)>& selects) {
    const auto first = static_cast<std::uint32_t>(program.choices.size());
    std::vector<Fact> kept;
    for (const Fact& fact : std::vector<Fact>(program.facts)) {
        if (!selects(fact)) {
            kept.push_back(fact);
            continue;
        }
        Atom atom;
        atom.predicate = fact.predicate;
        atom.span = fact.span;
        for (std::uint32_t c = 0; c < program.predicates[fact.predicate].arity; ++c)
            atom.args.push_back(Term::make_constant(program.fact_values[fact.row + c]));
        add_switch(program, std::move(atom), fact.span);
    }
    program.facts = std::move(kept);
    return first;
}

std::uint32_t make_clauses_removable(Program& program) {
    const auto first = static_cast<std::uint32_t>(program.choices.size());
    std::map<std::pair<std::uint32_t, std::uint32_t>, PredicateId> switches;  // by statement
    const std::size_t rules = program.rules.size();
    for (std::size_t r = 0; r < rules; ++r) {
        const RuleOrigin origin = program.rules[r].origin;
        if (origin != RuleOrigin::program && origin != RuleOrigin::constraint) continue;
        const SourceSpan span = program.rules[r].span;
        auto [place, is_new] = switches.try_emplace({span.source, span.begin});
        if (is_new) {
            Predicate predicate;
            predicate.name = "stated";
            predicate.span = span;
            predicate.internal = true;
            place->second = program.add_predicate(std::move(predicate));
            Atom atom;
            atom.predicate = place->second;
            atom.span = span;
            add_switch(program, std::move(atom), span);
        }
        Literal stated;
        stated.span = span;
        stated.atom.predicate = place->second;
        stated.atom.span = span;
        program.rules[r].body.push_back(std::move(stated));
    }
    return first;
}

}  // namespace entail::ir
