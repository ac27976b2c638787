#pragma once
// How uncertain facts follow from choices.
//
// A *choice* takes exactly one of `size` alternatives. A *node* is true iff one of its derivations
// holds; a derivation holds iff all its premises do and its choice (if it has one) takes its
// alternative. Nodes may depend on each other in positive cycles; their meaning is then the least
// fixpoint (a node does not support itself). Negated premises never close a cycle: every node has a
// level, and a negated premise points to a strictly lower one.
//
// Only uncertain facts have nodes. A derivation without premises and choice makes its node certain.
// Invariants after freeze():
//   1. derivations(n) lists the derivations of n, each (rule, premises, choice) once, in a fixed
//   order;
//   2. premises of a derivation are sorted and free of repetition.

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "symbolic/base/value.h"

namespace entail::provenance {

using NodeId = std::uint32_t;
using ChoiceId = std::uint32_t;
using DerivationId = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

/// A node, or its negation.
class Premise {
public:
    Premise(NodeId node, bool negated) : bits_(node << 1U | static_cast<std::uint32_t>(negated)) {}
    NodeId node() const { return bits_ >> 1U; }
    bool negated() const { return (bits_ & 1U) != 0; }
    bool operator==(const Premise&) const = default;
    auto operator<=>(const Premise&) const = default;

private:
    std::uint32_t bits_;
};

/// "`choice` takes `alternative`"; `choice` is kNone where a derivation has none.
struct ChoiceLiteral {
    ChoiceId choice = kNone;
    std::uint32_t alternative = 0;
    bool operator==(const ChoiceLiteral&) const = default;
};

struct Choice {
    std::uint32_t source;  ///< index of the ir::ChoiceRule it is an instance of, kNone of a theory
                           ///< literal
    std::uint32_t size;    ///< number of alternatives, a silent last one included
    bool free;             ///< without weights: `choose`
    std::vector<Value> key;  ///< values of the clause's variables, in the order of ChoiceRule::key
    /// A comparison of numbers that are not known yet: alternative 0 if it holds, 1 if it does not.
    /// Without weights, and not independent of other such choices: which alternatives go together
    /// is up to the numbers.
    bool theory = false;
};

struct Derivation {
    NodeId conclusion;
    std::uint32_t rule;  ///< index into ir::Program::rules, or kNone for a step of an aggregate
    std::uint32_t premises_begin, premises_end;
    ChoiceLiteral choice;
};

class DerivationGraph {
public:
    NodeId add_node();
    /// Valid before freeze() only.
    void add_derivation(NodeId conclusion, std::uint32_t rule, std::span<const Premise> premises,
                        ChoiceLiteral choice = {});
    /// The choice of `source` for the instance `key`, added on first sight.
    ChoiceId intern_choice(std::uint32_t source, std::span<const Value> key, std::uint32_t size,
                           bool free);
    /// A new choice for a theory literal.
    ChoiceId add_theory_choice();
    /// The derivation of `conclusion` if exactly one has been added. Valid before freeze() only.
    std::optional<DerivationId> only_derivation(NodeId conclusion) const;
    /// Groups derivations by conclusion and drops repetitions. May be called again after more was
    /// added.
    void freeze();

    /// Makes every free choice one like the others: for questions about single worlds, in which
    /// what a free choice takes is a fact like any other. Theory literals stay as they are.
    void make_all_weighted() {
        for (Choice& choice : choices_) choice.free = choice.theory;
    }

    /// Makes every choice one with weights: what free choices and theory literals take is then said
    /// by weights of 0 and 1.
    void make_plain() {
        for (Choice& choice : choices_) choice.free = choice.theory = false;
    }

    std::size_t node_count() const { return node_count_; }
    std::size_t derivation_count() const { return derivations_.size(); }
    std::size_t choice_count() const { return choices_.size(); }
    /// Of nodes and derivations, room to grow included.
    std::size_t bytes() const {
        return (only_.capacity() + node_begin_.capacity()) * sizeof(DerivationId) +
               derivations_.capacity() * sizeof(Derivation) +
               premises_.capacity() * sizeof(Premise);
    }
    const Choice& choice(ChoiceId id) const { return choices_[id]; }
    const Derivation& derivation(DerivationId id) const { return derivations_[id]; }
    std::span<const Premise> premises(const Derivation& derivation) const {
        return {premises_.data() + derivation.premises_begin,
                premises_.data() + derivation.premises_end};
    }
    /// The ids [first, last) of the derivations of `node`. Valid after freeze().
    struct Range {
        DerivationId first, last;
    };
    Range derivations(NodeId node) const { return {node_begin_[node], node_begin_[node + 1]}; }

    /// Weights are laid out choice after choice: alternative k of choice c is weight
    /// `weight_offset(c) + k`. Valid after freeze().
    std::uint32_t weight_offset(ChoiceId id) const { return weight_offset_[id]; }
    std::uint32_t weight_count() const { return weight_offset_.back(); }

private:
    static constexpr DerivationId kSeveral = kNone - 1;

    std::size_t node_count_ = 0;
    std::vector<DerivationId> only_;  // by node: kNone, an id, or kSeveral
    std::vector<Derivation> derivations_;
    std::vector<Premise> premises_;
    std::vector<DerivationId> node_begin_;
    std::vector<Choice> choices_;
    std::vector<std::uint32_t> weight_offset_{0};
    std::unordered_multimap<std::size_t, ChoiceId> choice_index_;
};

}  // namespace entail::provenance
