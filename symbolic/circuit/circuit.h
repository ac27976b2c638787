#pragma once
// A formula over choices from which weighted counts are read off in one sweep.
//
// A node is the constant false or true, a Decision, an And or a Sum. A Decision on a choice has an
// edge (alternative, child) for every alternative that is possible at all: its value is the sum of
// weight * child over its edges, so that a literal is a decision with one edge, to true. An And is
// the product of its factors. A Sum adds cases that exclude each other because facts do (a sum is
// 5, or 6), whatever the choices are that make them so; only dynamic programming makes Sums.
//
// Invariants (validate() checks them all):
//   1. children stand before parents; node 0 is false, node 1 is true, neither is a child except
//      true of an edge;
//   2. deterministic: the edges of a decision are strictly ascending alternatives of one choice;
//      no world satisfies two terms of a Sum (which cannot be read off, so is not checked);
//   3. decomposable: the factors of an And share no choice, nor do a decision and what is below it;
//   4. smooth by normalisation: a path that does not mention a choice leaves it free, and counts
//      right because the weights of a choice sum to 1. No decision leads to the same child on all
//      alternatives of its choice;
//   5. no two nodes are equal, and every node is below a root.
// Plain value; many threads may read it.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace entail::circuit {

using CircuitNode = std::uint32_t;
/// Index into Circuit::roots().
using RootId = std::uint32_t;

inline constexpr CircuitNode kFalse = 0;
inline constexpr CircuitNode kTrue = 1;

enum class NodeKind : std::uint8_t { constant, decision, conjunction, sum };

/// `weight` is the index of the alternative's weight: DerivationGraph::weight_offset + alternative.
struct Edge {
    std::uint32_t weight;
    CircuitNode child;
    bool operator==(const Edge&) const = default;
};

class Circuit {
public:
    std::size_t size() const { return kinds_.size(); }
    std::size_t edge_count() const { return edges_.size(); }
    std::span<const CircuitNode> roots() const { return roots_; }
    /// Weight indices are below this; choice c owns [weight_offsets()[c], weight_offsets()[c + 1]).
    std::uint32_t weight_count() const { return weight_offsets_.back(); }
    std::span<const std::uint32_t> weight_offsets() const { return weight_offsets_; }

    NodeKind kind(CircuitNode node) const { return kinds_[node]; }
    /// The edges of a decision; the factors of an And and the terms of a Sum, whose edges have no
    /// weight (kNoWeight).
    std::span<const Edge> edges(CircuitNode node) const {
        return {edges_.data() + begins_[node], edges_.data() + begins_[node + 1]};
    }
    static constexpr std::uint32_t kNoWeight = 0xFFFFFFFF;

    bool operator==(const Circuit&) const = default;

private:
    friend class CircuitBuilder;
    std::vector<NodeKind> kinds_{NodeKind::constant, NodeKind::constant};
    std::vector<std::uint32_t> begins_{0, 0, 0};
    std::vector<Edge> edges_;
    std::vector<CircuitNode> roots_;
    std::vector<std::uint32_t> weight_offsets_{0};
};

/// Builds a circuit bottom-up; equal nodes are one node.
class CircuitBuilder {
public:
    /// Choice c has the weights [weight_offsets[c], weight_offsets[c + 1]).
    explicit CircuitBuilder(std::vector<std::uint32_t> weight_offsets);

    /// `edges` ascend by weight and belong to one choice; those to false are dropped. Equal
    /// children on all alternatives: d(c; x, …, x) = x.
    CircuitNode decision(std::span<const Edge> edges);
    CircuitNode literal(std::uint32_t weight);
    /// Product of factors over disjoint choices; true is dropped, false absorbs.
    CircuitNode conjunction(std::span<const CircuitNode> factors);
    /// Sum of terms that exclude each other; false is dropped. Decisions on one choice, over
    /// different alternatives, become one decision.
    CircuitNode sum(std::span<const CircuitNode> terms);
    /// Sum of products that exclude each other. A choice of which every product has a literal is
    /// decided first: c1·x + c2·y = d(c; 1 → x, 2 → y). Reorders `products`.
    CircuitNode sum_of_products(std::span<std::vector<CircuitNode>> products);

    /// The worlds of `root` in which the alternative of `weight` is taken, in one pass over what is
    /// below.
    CircuitNode restricted(CircuitNode root, std::uint32_t weight);

    std::size_t size() const { return circuit_.size(); }
    std::span<const Edge> edges(CircuitNode node) const { return circuit_.edges(node); }
    std::size_t memory_bytes() const;
    /// What is below `roots`, renumbered; the builder goes on unchanged.
    Circuit finish(std::span<const CircuitNode> roots) const;

private:
    CircuitNode intern(NodeKind kind, std::span<const Edge> edges);
    std::uint32_t literal_choice(CircuitNode node) const;  // kNoChoice if it is no literal
    void grow();

    static constexpr std::uint32_t kNoChoice = 0xFFFFFFFF;
    Circuit circuit_;
    std::vector<std::uint32_t> choice_of_weight_;
    std::vector<std::uint32_t> table_;  // open addressing, node ids; 0 is free
    std::vector<Edge> scratch_;
    // During restricted, by node: when met, and what it becomes, kNoImage without the choice.
    static constexpr CircuitNode kNoImage = 0xFFFFFFFF;
    std::uint64_t stamp_ = 0;
    std::vector<std::uint64_t> met_;
    std::vector<CircuitNode> image_;
};

/// The first broken invariant in words; empty when all hold. Costs nodes * choices bits.
std::string validate(const Circuit& circuit);

}  // namespace entail::circuit
