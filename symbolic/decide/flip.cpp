#include "symbolic/decide/flip.h"

#include <algorithm>

#include "symbolic/decide/costs.h"
#include "symbolic/decide/encoding.h"

namespace entail::decide {

using provenance::ChoiceId;
using smt::Check;
using smt::Term;

FlipResult flip(const eval::Database& database, const Conditions& goals, bool holds,
                const Conditions& conditions, const provenance::World& world,
                std::span<const double> weights, const std::vector<bool>& free,
                const std::vector<bool>& fixed, FlipBy by, const smt::Limits& limits) {
    smt::Context context;
    std::vector<Term> all;
    const provenance::DerivationGraph& graph = database.graph;
    Encoding encoding(database, context, [&](Term term) { all.push_back(term); });
    for (provenance::Premise one : conditions) encoding.require(one.node(), !one.negated());
    std::vector<Term> parts;
    for (provenance::Premise goal : goals) {
        const Term term = encoding.node(goal.node());
        parts.push_back(goal.negated() ? context.negation(term) : term);
    }
    const Term decision = context.conjunction(parts);
    all.push_back(holds ? context.negation(decision) : decision);

    std::vector<smt::Optimiser::Soft> kept, costs;
    std::vector<Term> changed;
    for (ChoiceId choice : encoding.choices()) {
        if (graph.choice(choice).theory) continue;  // follows from numbers, which may move
        const Term same = encoding.alternative({choice, world[choice]});
        if (fixed[choice]) {
            all.push_back(same);
            continue;
        }
        kept.push_back({same, 1});
        changed.push_back(context.negation(same));
        if (free[choice]) continue;
        for (std::uint32_t k = 0; k < graph.choice(choice).size; ++k) {
            const Term other = context.negation(encoding.alternative({choice, k}));
            const double weight = weights[graph.weight_offset(choice) + k];
            if (weight <= 0) {
                all.push_back(other);
                continue;
            }
            costs.push_back({other, cost_of(weight)});
        }
    }
    FlipResult result;
    smt::Optimiser optimiser(context);
    for (Term one : all) optimiser.add(one);
    if (by == FlipBy::count) optimiser.satisfy_most(kept);
    optimiser.satisfy_most(costs);
    if (by == FlipBy::probability) optimiser.satisfy_most(kept);
    const Check found = optimiser.check(limits);
    if (found == Check::unknown) result.limit = optimiser.reason();
    if (found == Check::unsatisfiable || optimiser.model() == nullptr) return result;

    Flip best;
    best.world = encoding.world(*optimiser.model());
    for (ChoiceId choice : encoding.choices()) {
        if (!graph.choice(choice).theory && best.world[choice] != world[choice])
            best.changes.push_back({choice, best.world[choice]});
    }
    std::ranges::sort(best.changes, {}, &provenance::ChoiceLiteral::choice);
    best.is_proved = found == Check::satisfiable;
    if (best.is_proved && by == FlipBy::count && !best.changes.empty()) {
        smt::Solver fewer(context);
        for (Term one : all) fewer.add(one);
        fewer.add(context.at_most(changed, static_cast<unsigned>(best.changes.size() - 1)));
        best.is_proved = fewer.check(limits) == Check::unsatisfiable;
    }
    result.flip = std::move(best);
    return result;
}

}  // namespace entail::decide
