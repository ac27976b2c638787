#pragma once
// The part of a derivation graph that some goals depend on, prepared for search: derivations as
// flat lists of literals, positive cycles found, and a static order of nodes and choices.
//
// A premise whose node is only another name of a literal (one derivation, one literal) is replaced
// by that literal, so that most coins and perceived values appear in derivations directly.

#include <cstdint>
#include <span>
#include <vector>

#include "symbolic/provenance/derivation_graph.h"

namespace entail::circuit {

using provenance::ChoiceId;
using provenance::DerivationId;
using provenance::kNone;
using provenance::NodeId;

/// A condition inside a derivation. A choice is referred to by the weight of the alternative.
class Literal {
public:
    static Literal node(NodeId node, bool negated) {
        return Literal(node << 2U | unsigned{negated});
    }
    static Literal weight(std::uint32_t weight, bool negated) {
        return Literal(weight << 2U | 2U | unsigned{negated});
    }
    bool negated() const { return (bits_ & 1U) != 0; }
    bool is_node() const { return (bits_ & 2U) == 0; }
    std::uint32_t index() const { return bits_ >> 2U; }  ///< of the node, or of the weight
    static Literal from_bits(std::uint32_t bits) { return Literal(bits); }
    std::uint32_t bits() const { return bits_; }
    Literal flipped(bool flip) const { return Literal(bits_ ^ unsigned{flip}); }
    auto operator<=>(const Literal&) const = default;

private:
    explicit Literal(std::uint32_t bits) : bits_(bits) {}
    std::uint32_t bits_;
};

/// Lists of ids by index, flat.
struct Lists {
    std::vector<std::uint32_t> begins{0};
    std::vector<std::uint32_t> items;
    std::span<const std::uint32_t> operator[](std::size_t i) const {
        return {items.data() + begins[i], items.data() + begins[i + 1]};
    }
    std::span<const std::uint32_t> range(std::size_t first, std::size_t last) const {
        return {items.data() + begins[first], items.data() + begins[last]};
    }
};

struct Problem {
    Problem(const provenance::DerivationGraph& graph, std::span<const NodeId> goals);

    std::span<const Literal> literals(DerivationId d) const {
        return {literals_.data() + literal_begins_[d], literals_.data() + literal_begins_[d + 1]};
    }
    DerivationId first_derivation(NodeId n) const { return derivation_begins[n]; }
    DerivationId last_derivation(NodeId n) const { return derivation_begins[n + 1]; }
    std::size_t node_count() const { return position.size(); }
    std::size_t choice_count() const { return is_free.size(); }
    std::size_t derivation_count() const { return conclusion.size(); }

    std::vector<std::uint32_t> derivation_begins;
    std::vector<NodeId> conclusion;
    std::vector<std::uint32_t> weight_offsets;  ///< choice c has [offsets[c], offsets[c + 1])
    std::vector<ChoiceId> choice_of;            ///< by weight
    std::vector<char> is_free;                  ///< by choice
    bool any_free = false;

    /// Nodes below the goals, premises first; the nodes of one positive cycle are neighbours, those
    /// nearer to outside support first. `position` is its inverse, kNone for other nodes.
    std::vector<NodeId> order;
    std::vector<std::uint32_t> position;
    std::vector<std::uint32_t> cycle;  ///< by node: number of its strongly connected component
    std::vector<char> cyclic;          ///< by component: has a cycle
    std::vector<std::uint32_t>
        height;  ///< by node: longest way down to choices, cycles as one step
    /// By choice: its place in the order of first use along `order`; kNone when unused.
    std::vector<std::uint32_t> rank;
    std::uint32_t used_choices = 0;

    Lists consumers;    ///< node → derivations with it, or its negation, as a premise
    Lists weight_uses;  ///< weight → derivations that mention it

    /// Brings a conjunction into its one form: sorted, without repetition, and no negation where it
    /// is the other alternative of two. False when it contradicts itself.
    bool normalise(std::vector<Literal>& body) const;

private:
    void copy(const provenance::DerivationGraph& graph);
    void find_cycles(std::span<const NodeId> goals);
    void order_within_cycles();
    void measure_heights();
    void index_uses();

    std::vector<Literal> literals_;
    std::vector<std::uint32_t> literal_begins_{0};
};

}  // namespace entail::circuit
