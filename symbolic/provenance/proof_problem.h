#pragma once
// What the search for the most probable proof works on: the derivations below its goals,
// renumbered, with an upper bound of what any proof of a node, or of its negation, can be worth.
//
// Idea of the bounds: a proof is worth at most what any part of it is worth, and parts that share
// no choice multiply. So the value of a derivation is the product over groups of premises that may
// share choices of the least value in the group. For trees of independent choices that is exact.
// Source: Knuth, A generalization of Dijkstra's algorithm (Inf. Proc. Letters, 1977), for (max, x).
// Cost: linear in the derivations times the width of the sets of choices (at most 64 words: choices
// are hashed into them, which can only make parts look dependent).

#include <span>
#include <vector>

#include "symbolic/provenance/derivation_graph.h"
#include "symbolic/provenance/world_model.h"

namespace entail::provenance {

struct ProofProblem {
    /// A derivation, or several that differ in the alternative of their choice alone.
    struct Option {
        std::uint32_t node;
        std::uint32_t choice;  ///< local, or kNone
        std::uint32_t alternatives_begin, alternatives_end;
        std::uint32_t premises_begin, premises_end;
        std::uint32_t derivations_begin, derivations_end;
    };
    std::vector<NodeId> nodes;
    std::vector<std::uint32_t> option_begin;  ///< by node, one more at the end
    std::vector<Option> options;
    std::vector<std::uint32_t> alternatives;
    std::vector<Premise> premises;  ///< over local nodes
    std::vector<DerivationId> derivations;
    std::vector<std::uint32_t> component;  ///< by node; premises lie in the same or lower ones
    std::vector<Premise> goals;            ///< over local nodes
    /// By node: the option whose choice it is nothing but a name for, else kNone.
    std::vector<std::uint32_t> choice_option;

    std::vector<ChoiceId> choices;
    std::vector<bool> is_free;                ///< by choice
    std::vector<std::uint32_t> weight_begin;  ///< by choice, one more at the end
    std::vector<double> weights;

    std::span<const Premise> premises_of(const Option& o) const {
        return {premises.data() + o.premises_begin, premises.data() + o.premises_end};
    }
    std::span<const std::uint32_t> alternatives_of(const Option& o) const {
        return {alternatives.data() + o.alternatives_begin,
                alternatives.data() + o.alternatives_end};
    }
    /// The share of the weight of a choice that the option needs, or that it leaves.
    double weight(const Option& option, bool complement) const;
};

ProofProblem make_proof_problem(const DerivationGraph& graph, std::span<const Premise> goals,
                                std::span<const double> weights, const World* world);

/// Sets of choices, hashed into a fixed number of bits.
class Supports {
public:
    Supports() = default;
    Supports(std::size_t sets, std::size_t choices);
    std::size_t words() const { return words_; }
    std::span<std::uint64_t> operator[](std::size_t set) {
        return {bits_.data() + set * words_, words_};
    }
    std::span<const std::uint64_t> operator[](std::size_t set) const {
        return {bits_.data() + set * words_, words_};
    }

private:
    std::size_t words_ = 1;
    std::vector<std::uint64_t> bits_;
};
void add_choice(std::span<std::uint64_t> set, std::uint32_t choice);
bool overlap(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b);
void unite(std::span<std::uint64_t> into, std::span<const std::uint64_t> from);

/// The greatest product of values of independent parts: parts that may share a choice count once,
/// by the least. Filled one part after another.
class IndependentProduct {
public:
    explicit IndependentProduct(std::size_t words) : words_(words) {}
    void clear();
    void add(double value, std::span<const std::uint64_t> support);
    double value() const;

private:
    static constexpr std::size_t kMaxGroups = 64;  // beyond, a part counts as 1
    std::size_t words_;
    std::vector<double> values_;
    std::vector<std::uint64_t> supports_;
};

struct ProofBounds {
    std::vector<double> positive, negative;  ///< by node
    std::vector<double> refutation;          ///< by option: that it fails
    Supports node_support, option_support;
};
ProofBounds bound_proofs(const ProofProblem& problem);

}  // namespace entail::provenance
