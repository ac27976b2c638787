#pragma once
// Derivation graphs for tests of circuits, and their meaning by enumeration of all worlds: an
// oracle that shares no code with the compiler.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "symbolic/circuit/compile.h"
#include "symbolic/circuit/evaluate.h"
#include "symbolic/provenance/derivation_graph.h"

namespace entail::tests {

using circuit::Condition;
using provenance::ChoiceId;
using provenance::ChoiceLiteral;
using provenance::DerivationGraph;
using provenance::NodeId;
using provenance::Premise;

/// Adds a choice that no other has.
inline ChoiceId new_choice(DerivationGraph& graph, std::uint32_t size, bool free = false) {
    const auto source = static_cast<std::uint32_t>(graph.choice_count());
    return graph.intern_choice(source, {}, size, free);
}

inline void derive(DerivationGraph& graph, NodeId conclusion, std::vector<Premise> premises,
                   ChoiceLiteral choice = {}) {
    graph.add_derivation(conclusion, 0, premises, choice);
}

/// A node that is true iff the choice takes the alternative.
inline NodeId choice_node(DerivationGraph& graph, ChoiceId choice, std::uint32_t alternative = 0) {
    const NodeId node = graph.add_node();
    derive(graph, node, {}, {choice, alternative});
    return node;
}

inline Premise pos(NodeId node) {
    return {node, false};
}
inline Premise neg(NodeId node) {
    return {node, true};
}

/// Positive weights that sum to 1 in every choice.
inline std::vector<double> random_weights(const DerivationGraph& graph, std::mt19937_64& random) {
    std::vector<double> weights;
    std::uniform_real_distribution<double> uniform(0.05, 1.0);
    for (ChoiceId c = 0; c < graph.choice_count(); ++c) {
        const std::size_t begin = weights.size();
        double sum = 0;
        for (std::uint32_t k = 0; k < graph.choice(c).size; ++k) {
            weights.push_back(uniform(random));
            sum += weights.back();
        }
        for (std::size_t i = begin; i < weights.size(); ++i) weights[i] /= sum;
    }
    return weights;
}

/// Whether each node is true in the world in which choice c takes world[c]: level by level, rules
/// applied until nothing changes.
inline std::vector<bool> least_model(const DerivationGraph& graph,
                                     std::span<const std::uint32_t> world,
                                     std::span<const std::uint32_t> level) {
    std::vector<bool> truth(graph.node_count(), false);
    const std::uint32_t top = level.empty() ? 0 : *std::ranges::max_element(level);
    for (std::uint32_t l = 0; l <= top; ++l) {
        for (bool changed = true; changed;) {
            changed = false;
            for (std::uint32_t id = 0; id < graph.derivation_count(); ++id) {
                const auto& d = graph.derivation(id);
                if (level[d.conclusion] != l || truth[d.conclusion]) continue;
                bool fires = d.choice.choice == provenance::kNone ||
                             world[d.choice.choice] == d.choice.alternative;
                for (Premise p : graph.premises(d)) fires = fires && truth[p.node()] != p.negated();
                if (!fires) continue;
                truth[d.conclusion] = true;
                changed = true;
            }
        }
    }
    return truth;
}

struct Expected {
    double lower = 0, upper = 0;
    bool feasible = false;
};

/// The answer to each query by the definition: least and greatest conditional probability over the
/// ways to set the free choices, ways without mass left out.
inline std::vector<Expected> enumerate_answers(const DerivationGraph& graph,
                                               std::span<const std::uint32_t> level,
                                               std::span<const NodeId> queries,
                                               std::span<const Condition> conditions,
                                               std::span<const double> weights) {
    std::vector<ChoiceId> free, weighted;
    for (ChoiceId c = 0; c < graph.choice_count(); ++c)
        (graph.choice(c).free ? free : weighted).push_back(c);
    std::vector<std::uint32_t> world(graph.choice_count(), 0);
    const auto advance = [&](const std::vector<ChoiceId>& choices) {
        for (ChoiceId c : choices) {
            if (++world[c] < graph.choice(c).size) return true;
            world[c] = 0;
        }
        return false;
    };
    std::vector<Expected> answers(queries.size());
    do {
        double mass = 0;
        std::vector<double> holds(queries.size(), 0);
        do {
            const std::vector<bool> truth = least_model(graph, world, level);
            if (!std::ranges::all_of(conditions, [&](const Condition& condition) {
                    return truth[condition.node] == condition.value;
                }))
                continue;
            double weight = 1;
            for (ChoiceId c : weighted) weight *= weights[graph.weight_offset(c) + world[c]];
            mass += weight;
            for (std::size_t q = 0; q < queries.size(); ++q) {
                if (truth[queries[q]]) holds[q] += weight;
            }
        } while (advance(weighted));
        if (mass == 0) continue;
        for (std::size_t q = 0; q < queries.size(); ++q) {
            Expected& e = answers[q];
            const double ratio = holds[q] / mass;
            e.lower = e.feasible ? std::min(e.lower, ratio) : ratio;
            e.upper = e.feasible ? std::max(e.upper, ratio) : ratio;
            e.feasible = true;
        }
    } while (advance(free));
    return answers;
}

}  // namespace entail::tests
