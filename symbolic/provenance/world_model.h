#pragma once
// What is true in one world: a world fixes the alternative of every choice.

#include <cstdint>
#include <span>
#include <vector>

#include "symbolic/provenance/derivation_graph.h"

namespace entail::provenance {

/// The alternative of every choice, by ChoiceId.
using World = std::vector<std::uint32_t>;

/// Prepared once for some nodes of a graph; then linear in what is below them for every world.
class WorldModel {
public:
    /// Keeps a reference to the graph, which must be frozen.
    WorldModel(const DerivationGraph& graph, std::span<const NodeId> nodes);

    /// The choices that the nodes depend on, ascending.
    std::span<const ChoiceId> choices() const { return choices_; }
    /// Whether each of the nodes, in the order given, is true.
    std::vector<char> truth(const World& world);

private:
    void settle(std::size_t begin, std::size_t end, const World& world);

    const DerivationGraph& graph_;
    std::vector<NodeId> nodes_;
    std::vector<NodeId> order_;  // premises before conclusions
    std::vector<std::uint32_t>
        cycle_;                      // by node: of one cycle, the same number; kNone if not below
    std::vector<std::size_t> ends_;  // of the cycles in order_
    std::vector<ChoiceId> choices_;
    std::vector<char> truth_;  // by node
    std::vector<std::vector<DerivationId>>
        within_;                          // by node: derivations of its own cycle it is in
    std::vector<std::uint32_t> missing_;  // by derivation, of the cycle at hand
};

}  // namespace entail::provenance
