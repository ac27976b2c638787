#pragma once
// Random circuits, and their value by the definition: the mass of the worlds that satisfy a node.

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "symbolic/circuit/circuit.h"

namespace entail::tests {

/// Circuits with all kinds of nodes: `roots` functions of choices with two to four alternatives.
class RandomCircuit {
public:
    RandomCircuit(std::uint32_t choices, std::size_t roots, std::mt19937_64& random)
        : random_(random), builder_(sizes(choices, random)) {
        std::vector<std::uint32_t> all(choices);
        for (std::uint32_t c = 0; c < choices; ++c) all[c] = c;
        std::vector<circuit::CircuitNode> tops;
        for (std::size_t r = 0; r < roots; ++r) tops.push_back(function(all));
        circuit_ = builder_.finish(tops);
    }
    const circuit::Circuit& circuit() const { return circuit_; }

private:
    using Node = circuit::CircuitNode;

    std::vector<std::uint32_t> sizes(std::uint32_t choices, std::mt19937_64& random) {
        offsets_.push_back(0);
        for (std::uint32_t c = 0; c < choices; ++c)
            offsets_.push_back(offsets_.back() + 2 + static_cast<std::uint32_t>(random() % 3));
        return offsets_;
    }

    Node function(std::vector<std::uint32_t> choices) {
        if (choices.empty()) return random_() % 4 == 0 ? circuit::kFalse : circuit::kTrue;
        auto& known = made_[choices];
        if (known.size() > 2) return known[random_() % known.size()];
        const std::vector<std::uint32_t> key = choices;
        Node node = circuit::kTrue;
        if (choices.size() > 3 && random_() % 2 == 0) {
            std::ranges::shuffle(choices, random_);
            auto half = choices.begin() + static_cast<std::ptrdiff_t>(choices.size() / 2);
            std::vector<std::uint32_t> left(choices.begin(), half), right(half, choices.end());
            std::ranges::sort(left);
            std::ranges::sort(right);
            const Node factors[] = {function(left), function(right)};
            node = builder_.conjunction(factors);
        } else {
            const std::size_t at = random_() % choices.size();
            const std::uint32_t choice = choices[at];
            choices.erase(choices.begin() + static_cast<std::ptrdiff_t>(at));
            std::vector<circuit::Edge> edges;
            for (std::uint32_t w = offsets_[choice]; w < offsets_[choice + 1]; ++w)
                edges.push_back({w, function(choices)});
            if (random_() % 3 == 0) {  // the same as a Sum of products, exclusive by the choice
                std::vector<Node> terms;
                for (const circuit::Edge& edge : edges) {
                    const Node factors[] = {builder_.literal(edge.weight), edge.child};
                    terms.push_back(builder_.conjunction(factors));
                }
                node = builder_.sum(terms);
            } else {
                node = builder_.decision(edges);
            }
        }
        made_[key].push_back(node);
        return node;
    }

    std::mt19937_64& random_;
    std::vector<std::uint32_t> offsets_;
    circuit::CircuitBuilder builder_;
    circuit::Circuit circuit_;
    std::map<std::vector<std::uint32_t>, std::vector<Node>> made_;
};

/// Whether a node holds in the world in which choice c takes world[c].
inline bool holds(const circuit::Circuit& circuit, circuit::CircuitNode node,
                  const std::vector<std::uint32_t>& world) {
    if (node <= circuit::kTrue) return node == circuit::kTrue;
    const auto edges = circuit.edges(node);
    const auto child_holds = [&](const circuit::Edge& edge) {
        return holds(circuit, edge.child, world);
    };
    switch (circuit.kind(node)) {
        case circuit::NodeKind::conjunction:
            return std::ranges::all_of(edges, child_holds);
        case circuit::NodeKind::sum:
            return std::ranges::any_of(edges, child_holds);
        default:
            for (const circuit::Edge& edge : edges) {
                const auto offsets = circuit.weight_offsets();
                const auto choice = static_cast<std::size_t>(
                    std::ranges::upper_bound(offsets, edge.weight) - offsets.begin() - 1);
                if (world[choice] == edge.weight - offsets[choice]) return child_holds(edge);
            }
            return false;
    }
}

/// Calls visit(world) for every world over the choices of `circuit`.
template <class Visit>
void each_world(const circuit::Circuit& circuit, Visit visit) {
    const auto offsets = circuit.weight_offsets();
    std::vector<std::uint32_t> world(offsets.size() - 1, 0);
    while (true) {
        visit(world);
        std::size_t c = 0;
        while (c < world.size() && ++world[c] == offsets[c + 1] - offsets[c]) world[c++] = 0;
        if (c == world.size()) return;
    }
}

/// Positive weights, summing to 1 in each choice.
inline std::vector<double> random_weights(const circuit::Circuit& circuit,
                                          std::mt19937_64& random) {
    const auto offsets = circuit.weight_offsets();
    std::vector<double> weights(circuit.weight_count());
    for (std::size_t c = 0; c + 1 < offsets.size(); ++c) {
        double sum = 0;
        for (std::uint32_t w = offsets[c]; w < offsets[c + 1]; ++w)
            sum += weights[w] = std::uniform_real_distribution<double>(0.05, 1.0)(random);
        for (std::uint32_t w = offsets[c]; w < offsets[c + 1]; ++w) weights[w] /= sum;
    }
    return weights;
}

inline double world_weight(const circuit::Circuit& circuit, const std::vector<double>& weights,
                           const std::vector<std::uint32_t>& world) {
    double product = 1;
    for (std::size_t c = 0; c < world.size(); ++c)
        product *= weights[circuit.weight_offsets()[c] + world[c]];
    return product;
}

}  // namespace entail::tests
