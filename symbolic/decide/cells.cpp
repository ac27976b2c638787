#include "symbolic/decide/cells.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "symbolic/decide/theory_terms.h"

namespace entail::decide {

using provenance::ChoiceId;
using provenance::ChoiceLiteral;
using provenance::Derivation;
using provenance::DerivationGraph;
using provenance::DerivationId;
using provenance::kNone;
using provenance::NodeId;
using smt::Check;
using smt::Term;

namespace {

/// The unknown numbers in an expression, by id.
void collect_unknowns(Value value, const ValueStore& values, std::set<std::uint32_t>& ids,
                      std::set<std::uint32_t>& seen) {
    std::vector<Value> pending{value};
    while (!pending.empty()) {
        const Value next = pending.back();
        pending.pop_back();
        if (!values.is_unknown(next) || !seen.insert(next.bits()).second) continue;
        if (values.op(next) == ExpressionOp::unknown) {
            ids.insert(values.unknown_id(next));
            continue;
        }
        for (Value operand : values.operands(next)) pending.push_back(operand);
    }
}

struct Group {
    std::vector<ChoiceId> literals;
    std::uint32_t unknown = kNone;         // the first of its numbers
    std::vector<std::vector<bool>> cells;  // of each: which literals hold
    ChoiceId choice = kNone;
};

std::vector<Group> find_groups(const eval::Database& database) {
    std::vector<std::uint32_t> parent(database.values.unknown_count());
    std::iota(parent.begin(), parent.end(), 0U);
    auto find = [&](std::uint32_t i) {
        while (parent[i] != i) i = parent[i] = parent[parent[i]];
        return i;
    };
    std::map<ChoiceId, std::uint32_t> member;  // of each literal, one of its unknowns
    for (const auto& [choice, literal] : database.theory) {
        std::set<std::uint32_t> ids, seen;
        collect_unknowns(literal.left, database.values, ids, seen);
        collect_unknowns(literal.right, database.values, ids, seen);
        member[choice] = *ids.begin();
        for (std::uint32_t id : ids) parent[find(id)] = find(*ids.begin());
    }
    std::map<std::uint32_t, Group> groups;
    for (const auto& [choice, id] : member) {
        Group& group = groups[find(id)];
        group.literals.push_back(choice);
        group.unknown = std::min(group.unknown, id);
    }
    std::vector<Group> result;
    for (auto& [root, group] : groups) result.push_back(std::move(group));
    return result;
}

/// Fills the group's cells; what ended the work, or nothing.
std::string find_cells(const eval::Database& database, Group& group, const smt::Limits& limits) {
    smt::Context context;
    smt::Solver solver(context);
    TheoryTerms theory(database, context, [&](Term term) { solver.add(term); });
    std::vector<Term> terms;
    for (ChoiceId literal : group.literals) {
        // A name of its own, so that a cell is a clause over names.
        terms.push_back(context.variable(smt::Sort::boolean, "literal"));
        solver.add(context.equivalence(terms.back(), theory.holds(database.theory.at(literal))));
    }
    for (;;) {
        const Check found = solver.check(limits);
        if (found == Check::unknown) return solver.reason();
        if (found == Check::unsatisfiable) break;
        if (group.cells.size() == kMaxCells) return "cells";
        std::vector<bool> cell;
        std::vector<Term> other;
        for (Term term : terms) {
            cell.push_back(solver.model().truth(term));
            other.push_back(cell.back() ? context.negation(term) : term);
        }
        group.cells.push_back(std::move(cell));
        solver.add(context.disjunction(other));
    }
    std::ranges::sort(group.cells);
    return "";
}

}  // namespace

std::string make_cells(eval::Database& database, const smt::Limits& limits) {
    if (database.theory.empty()) return "";
    std::vector<Group> groups = find_groups(database);
    for (Group& group : groups) {
        std::string limit = find_cells(database, group, limits);
        if (!limit.empty()) return limit;
    }
    DerivationGraph old = std::move(database.graph);
    DerivationGraph graph;
    for (NodeId node = 0; node < old.node_count(); ++node) graph.add_node();
    std::vector<ChoiceId> renamed(old.choice_count(), kNone);
    std::vector<eval::ChoiceWeights> weights;
    for (ChoiceId c = 0; c < old.choice_count(); ++c) {
        const provenance::Choice& choice = old.choice(c);
        if (choice.theory) continue;
        renamed[c] = graph.intern_choice(choice.source, choice.key, choice.size, choice.free);
        weights.push_back(std::move(database.weights[c]));
    }
    std::map<ChoiceId, std::pair<const Group*, std::size_t>> place;  // of a literal: its bit
    for (Group& group : groups) {
        for (std::size_t bit = 0; bit < group.literals.size(); ++bit)
            place[group.literals[bit]] = {&group, bit};
        // The unknown itself in the key keeps it apart from what choices of the program have.
        const eval::UnknownInstance& made = database.unknowns[group.unknown];
        std::vector<Value> key = made.key;
        key.push_back(made.value);
        const auto size = static_cast<std::uint32_t>(group.cells.size());
        group.choice = graph.intern_choice(made.source, key, size, true);
        weights.emplace_back();
        weights.back().constants.assign(size, 0.0);
        weights.back().alternatives.assign(size, ir::kNone);
    }
    database.weights = std::move(weights);
    for (DerivationId id = 0; id < old.derivation_count(); ++id) {
        const Derivation& derivation = old.derivation(id);
        const auto literal = place.find(derivation.choice.choice);
        if (literal == place.end()) {
            ChoiceLiteral choice = derivation.choice;
            if (choice.choice != kNone) choice.choice = renamed[choice.choice];
            graph.add_derivation(derivation.conclusion, derivation.rule, old.premises(derivation),
                                 choice);
            continue;
        }
        const auto [group, bit] = literal->second;
        for (std::uint32_t cell = 0; cell < group->cells.size(); ++cell) {
            if (group->cells[cell][bit] == (derivation.choice.alternative == 0)) {
                graph.add_derivation(derivation.conclusion, derivation.rule,
                                     old.premises(derivation), {group->choice, cell});
            }
        }
    }
    graph.freeze();
    database.graph = std::move(graph);
    database.theory.clear();
    return "";
}

}  // namespace entail::decide
