#include "programs/abduce.h"

#include <algorithm>

#include "programs/worlds.h"
#include "symbolic/decide/explanations.h"
#include "symbolic/ir/removable.h"

namespace entail {
namespace {

using provenance::ChoiceLiteral;

/// The goals as conditions on nodes; nothing if one of them cannot hold.
std::optional<decide::Conditions> conditions_of(const Inference& inference,
                                                const std::vector<GoalLiteral>& goals) {
    decide::Conditions result;
    for (std::size_t q = 0; q < goals.size(); ++q) {
        const Candidate& candidate = inference.answers[q].front();
        if (candidate.compiled) {
            result.emplace_back(inference.nodes[*candidate.compiled], goals[q].negated);
        } else if (candidate.row.has_value() == goals[q].negated) {
            return std::nullopt;
        }
    }
    return result;
}

decide::Conditions demands_of(const Inference& inference) {
    decide::Conditions result;
    for (const circuit::Condition& demand : inference.demands)
        result.emplace_back(demand.node, !demand.value);
    return result;
}

Questions ask(const Task& task, const std::vector<GoalLiteral>& goals) {
    std::vector<ir::Query> queries;
    for (const GoalLiteral& goal : goals) queries.push_back({goal.atom, false, {}, goal.atom.span});
    return about(task, std::move(queries));
}

}  // namespace

Abduction abduce(const Task& task, const std::vector<GoalLiteral>& goals, std::size_t top) {
    const Inference inference = evaluate(task, *task.program, ask(task, goals));
    Abduction result;
    result.limits = inference.limits;
    if (!result.limits.empty() || !inference.compiled.satisfiable) return result;
    const auto wanted = conditions_of(inference, goals);
    if (!wanted) return result;
    decide::Explanations explanations(inference.database, *wanted, demands_of(inference),
                                      task.weights(inference.database));
    while (result.hypotheses.size() < top) {
        auto found = explanations.next(solver_limits(task.limits));
        if (!found) {
            if (!explanations.reason().empty()) result.limits.push_back(explanations.reason());
            break;
        }
        sort_by_place(*task.program, inference.database, found->choices);
        Hypothesis hypothesis;
        hypothesis.probability = found->probability;
        for (ChoiceLiteral literal : found->choices) {
            hypothesis.choices.push_back(
                print_clause(*task.program, inference.database, *task.sources, literal));
        }
        result.hypotheses.push_back(std::move(hypothesis));
    }
    return result;
}

FlipAnswer flip(const Task& task, const std::vector<GoalLiteral>& goals, decide::FlipBy by,
                const std::set<ir::PredicateId>& only) {
    ir::Program program = *task.program;
    auto may_change = [&](ir::PredicateId predicate) {
        return only.empty() || only.contains(predicate);
    };
    const std::uint32_t first_fact = ir::make_facts_removable(program, [&](const ir::Fact& fact) {
        return !program.predicates[fact.predicate].internal && may_change(fact.predicate);
    });
    const Inference inference = evaluate(task, program, ask(task, goals));
    FlipAnswer result;
    result.limits = inference.limits;
    if (!result.limits.empty()) return result;
    if (!inference.compiled.satisfiable) return result;
    if (!inference.database.theory.empty()) {
        Diagnostics diagnostics;
        const std::uint32_t source = inference.database.unknowns.front().source;
        diagnostics
            .report(DiagnosticCode::not_supported, program.choices[source].span,
                    "--flip where numbers that are not enumerated matter")
            .hint = "give them a range of at most 1,000 values";
        task.check(diagnostics);
    }
    const auto wanted = conditions_of(inference, goals);
    if (!wanted) return result;

    // The world as it is: all facts are there, and of such worlds the most probable.
    const provenance::DerivationGraph& graph = inference.database.graph;
    const std::vector<double> weights = task.weights(inference.database);
    std::vector<double> now = without_free(graph, weights);
    std::vector<bool> free, fixed;
    for (provenance::ChoiceId c = 0; c < graph.choice_count(); ++c) {
        const provenance::Choice& choice = graph.choice(c);
        const ir::ChoiceRule& rule = program.choices[choice.source];
        const bool is_fact = choice.source >= first_fact;
        free.push_back(rule.kind == ir::ChoiceRule::Kind::free);
        fixed.push_back(!is_fact && std::ranges::none_of(rule.heads, [&](const ir::Atom& head) {
            return may_change(head.predicate);
        }));
        if (!is_fact) continue;
        now[graph.weight_offset(c)] = 1;
        now[graph.weight_offset(c) + 1] = 0;
    }
    std::optional<provenance::World> world =
        best_world(inference, inference.demands, now, task.limits);
    if (!world) {
        result.limits.push_back("search");
        return result;
    }
    std::vector<provenance::NodeId> nodes;
    for (provenance::Premise goal : *wanted) nodes.push_back(goal.node());
    const std::vector<char> truth = provenance::WorldModel(graph, nodes).truth(*world);
    result.holds = true;
    for (std::size_t g = 0; g < truth.size(); ++g)
        result.holds = result.holds && (truth[g] != 0) != (*wanted)[g].negated();

    const decide::FlipResult found =
        decide::flip(inference.database, *wanted, result.holds, demands_of(inference), *world,
                     weights, free, fixed, by, solver_limits(task.limits));
    if (!found.limit.empty()) result.limits.push_back(found.limit);
    if (!found.flip) return result;
    result.found = true;
    result.is_proved = found.flip->is_proved;
    std::vector<ChoiceLiteral> changes = found.flip->changes;
    sort_by_place(program, inference.database, changes);
    for (ChoiceLiteral change : changes) {
        result.changes.push_back(
            {print_taken(program, inference.database, {change.choice, (*world)[change.choice]}),
             print_taken(program, inference.database, change)});
    }
    return result;
}

}  // namespace entail
