#include "symbolic/decide/explanations.h"

#include <algorithm>
#include <map>

#include "symbolic/decide/costs.h"
#include "symbolic/decide/encoding.h"

namespace entail::decide {

using provenance::ChoiceId;
using provenance::ChoiceLiteral;
using smt::Check;
using smt::Term;

struct Explanations::State {
    State(const eval::Database& database, const Conditions& goals, const Conditions& conditions,
          std::span<const double> given)
        : graph(database.graph),
          weights(given.begin(), given.end()),
          worlds(context),
          encoding(database, context, [&](Term term) { worlds.add(term); }) {
        for (provenance::Premise one : conditions) encoding.require(one.node(), !one.negated());
        std::vector<Term> misses;
        for (provenance::Premise goal : goals) {
            const Term term = encoding.node(goal.node());
            misses.push_back(goal.negated() ? term : context.negation(term));
        }
        missed = context.variable(smt::Sort::boolean, "missed");
        worlds.add(context.implication(missed, context.disjunction(misses)));
        for (ChoiceId choice : encoding.choices()) {
            if (graph.choice(choice).theory) continue;
            std::vector<Term> one_choice;
            for (std::uint32_t k = 0; k < graph.choice(choice).size; ++k) {
                const bool is_free = graph.choice(choice).free;
                const double weight = is_free ? 1 : weights[graph.weight_offset(choice) + k];
                if (weight <= 0) continue;
                Candidate candidate;
                candidate.literal = {choice, k};
                candidate.weight = weight;
                candidate.taken = encoding.alternative(candidate.literal);
                candidate.chosen = context.variable(smt::Sort::boolean, "chosen");
                one_choice.push_back(candidate.chosen);
                candidates.push_back(candidate);
            }
            sets.push_back(context.at_most_one(one_choice));
        }
    }

    struct Candidate {
        ChoiceLiteral literal;
        double weight = 1;
        Term taken;   // of worlds
        Term chosen;  // of sets
    };

    /// The cheapest set that `sets` allows; nothing if there is none or a limit was reached.
    std::optional<std::vector<const Candidate*>> cheapest(const smt::Limits& limits) {
        smt::Optimiser optimiser(context);
        for (Term one : sets) optimiser.add(one);
        std::vector<smt::Optimiser::Soft> costs;
        for (const Candidate& candidate : candidates) {
            // One unit a choice breaks ties for the fewer.
            costs.push_back({context.negation(candidate.chosen), cost_of(candidate.weight) + 1});
        }
        optimiser.satisfy_most(costs);
        const Check found = optimiser.check(limits);
        if (found == Check::unknown) reason = optimiser.reason();
        if (found != Check::satisfiable) return std::nullopt;
        std::vector<const Candidate*> result;
        for (const Candidate& candidate : candidates) {
            if (optimiser.model()->truth(candidate.chosen)) result.push_back(&candidate);
        }
        return result;
    }

    void exclude(std::span<const Term> taken) {
        std::vector<Term> one_less;
        for (const Candidate& candidate : candidates) {
            if (std::ranges::find(taken, candidate.taken) != taken.end())
                one_less.push_back(context.negation(candidate.chosen));
        }
        sets.push_back(context.disjunction(one_less));
    }

    const provenance::DerivationGraph& graph;
    std::vector<double> weights;
    smt::Context context;
    smt::Solver worlds;  // that meet the conditions
    Encoding encoding;
    Term missed;  // assumed: they miss a goal
    std::vector<Candidate> candidates;
    std::vector<Term> sets;  // what is known of explanations
    std::string reason;
};

Explanations::Explanations(const eval::Database& database, const Conditions& goals,
                           const Conditions& conditions, std::span<const double> weights)
    : state_(std::make_unique<State>(database, goals, conditions, weights)) {}
Explanations::~Explanations() = default;

const std::string& Explanations::reason() const {
    return state_->reason;
}

std::optional<Explanations::Explanation> Explanations::next(const smt::Limits& limits) {
    State& state = *state_;
    state.reason.clear();
    for (;;) {
        const auto set = state.cheapest(limits);
        if (!set) return std::nullopt;
        std::vector<Term> assumed;
        for (const State::Candidate* candidate : *set) assumed.push_back(candidate->taken);
        assumed.push_back(state.missed);
        Check found = state.worlds.check(assumed, limits);
        if (found == Check::satisfiable) {
            const provenance::World world = state.encoding.world(state.worlds.model());
            std::vector<Term> contradicts;
            for (const State::Candidate& candidate : state.candidates) {
                if (world[candidate.literal.choice] != candidate.literal.alternative)
                    contradicts.push_back(candidate.chosen);
            }
            state.sets.push_back(state.context.disjunction(contradicts));
            continue;
        }
        if (found == Check::unsatisfiable) {
            assumed.pop_back();
            found = state.worlds.check(assumed, limits);
        }
        if (found == Check::unknown) {
            state.reason = state.worlds.reason();
            return std::nullopt;
        }
        if (found == Check::unsatisfiable) {
            state.exclude(state.worlds.core());
            continue;
        }
        state.exclude(assumed);
        Explanation result{{}, 1};
        for (const State::Candidate* candidate : *set) {
            result.choices.push_back(candidate->literal);
            result.probability *= candidate->weight;
        }
        std::ranges::sort(result.choices, {}, &ChoiceLiteral::choice);
        return result;
    }
}

}  // namespace entail::decide
