#include "symbolic/provenance/world_model.h"

#include <algorithm>

// Idea: cycles one after another, premises first; within a cycle the least fixpoint, by counting
// for every derivation the premises that are not yet true. Sources: Tarjan, "Depth-first search and
// linear graph algorithms" (1972); Dowling and Gallier, "Linear-time algorithms for testing the
// satisfiability of propositional Horn formulae" (1984). Cost: linear.

namespace entail::provenance {

WorldModel::WorldModel(const DerivationGraph& graph, std::span<const NodeId> nodes)
    : graph_(graph),
      nodes_(nodes.begin(), nodes.end()),
      cycle_(graph.node_count(), kNone),
      truth_(graph.node_count(), 0),
      within_(graph.node_count()),
      missing_(graph.derivation_count(), 0) {
    struct Visit {
        NodeId node;
        DerivationId derivation;
        std::uint32_t premise;
    };
    std::vector<std::uint32_t> index(graph.node_count(), kNone), low(graph.node_count(), 0);
    std::vector<NodeId> open;
    std::vector<Visit> stack;
    std::uint32_t next = 0;
    const auto enter = [&](NodeId node) {
        index[node] = low[node] = next++;
        open.push_back(node);
        stack.push_back({node, graph_.derivations(node).first, 0});
    };
    for (NodeId start : nodes_) {
        if (index[start] != kNone) continue;
        enter(start);
        while (!stack.empty()) {
            Visit& top = stack.back();
            const NodeId node = top.node;
            if (top.derivation < graph_.derivations(node).last) {
                const Derivation& derivation = graph_.derivation(top.derivation);
                const auto premises = graph_.premises(derivation);
                if (top.premise == premises.size()) {
                    if (derivation.choice.choice != kNone)
                        choices_.push_back(derivation.choice.choice);
                    ++top.derivation;
                    top.premise = 0;
                    continue;
                }
                const NodeId below = premises[top.premise++].node();
                if (index[below] == kNone) {
                    enter(below);
                } else if (cycle_[below] == kNone) {
                    low[node] = std::min(low[node], index[below]);
                }
                continue;
            }
            stack.pop_back();
            if (!stack.empty())
                low[stack.back().node] = std::min(low[stack.back().node], low[node]);
            if (low[node] != index[node]) continue;
            NodeId member;
            do {
                member = open.back();
                open.pop_back();
                cycle_[member] = static_cast<std::uint32_t>(ends_.size());
                order_.push_back(member);
            } while (member != node);
            ends_.push_back(order_.size());
        }
    }
    std::ranges::sort(choices_);
    choices_.erase(std::unique(choices_.begin(), choices_.end()), choices_.end());
    for (NodeId node : order_) {
        const auto [first, last] = graph_.derivations(node);
        for (DerivationId d = first; d < last; ++d) {
            for (Premise premise : graph_.premises(graph_.derivation(d))) {
                if (!premise.negated() && cycle_[premise.node()] == cycle_[node])
                    within_[premise.node()].push_back(d);
            }
        }
    }
}

std::vector<char> WorldModel::truth(const World& world) {
    for (std::size_t c = 0, begin = 0; c < ends_.size(); begin = ends_[c++])
        settle(begin, ends_[c], world);
    std::vector<char> result;
    for (NodeId node : nodes_) result.push_back(truth_[node]);
    return result;
}

void WorldModel::settle(std::size_t begin, std::size_t end, const World& world) {
    for (std::size_t i = begin; i < end; ++i) truth_[order_[i]] = 0;
    std::vector<NodeId> news;
    const auto conclude = [&](NodeId node) {
        if (truth_[node] != 0) return;
        truth_[node] = 1;
        if (!within_[node].empty()) news.push_back(node);
    };
    for (std::size_t i = begin; i < end; ++i) {
        const NodeId node = order_[i];
        const auto [first, last] = graph_.derivations(node);
        for (DerivationId d = first; d < last; ++d) {
            const Derivation& derivation = graph_.derivation(d);
            const ChoiceLiteral choice = derivation.choice;
            bool possible = choice.choice == kNone || world[choice.choice] == choice.alternative;
            missing_[d] = 0;
            for (Premise premise : graph_.premises(derivation)) {
                if (!premise.negated() && cycle_[premise.node()] == cycle_[node]) {
                    ++missing_[d];
                } else {
                    possible = possible && (truth_[premise.node()] != 0) != premise.negated();
                }
            }
            if (!possible) missing_[d] = kNone;
            if (missing_[d] == 0) conclude(node);
        }
    }
    // A node that was concluded above has not been counted off yet, wherever its uses stand.
    while (!news.empty()) {
        const NodeId node = news.back();
        news.pop_back();
        for (DerivationId d : within_[node]) {
            if (missing_[d] != kNone && --missing_[d] == 0)
                conclude(graph_.derivation(d).conclusion);
        }
    }
}

}  // namespace entail::provenance
