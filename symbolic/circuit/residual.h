#pragma once
// What is left of a problem under a partial assignment of its choices.
//
// A goal is a demand on the worlds to be counted. `simplify` replaces goals by what they force
// (unit propagation), so that what remains is small and equal remainders look equal. Node values
// are three-valued: true in the least fixpoint of what is certain, false outside the least fixpoint
// of what is still possible (so a loop without outside support is false), unknown otherwise.
//
// Values are found bottom-up within the goals' cone, and only where something has changed since the
// base state (the state after the conditions): a node above no changed choice is *pristine* and
// stands for its whole cone. Every change is on a trail and can be undone.
//
// A node all of whose live derivations have the same one open literal left, a positive premise, is
// an *alias* of that premise. Aliases are remembered with the assignment and followed instead of
// the derivations, so that what is left of the steps of a long sum does not carry its history.
// (Within a positive cycle a node is no alias.)

#include <cstdint>
#include <span>
#include <vector>

#include "symbolic/circuit/problem.h"

namespace entail::circuit {

enum class GoalKind : std::uint32_t {
    holds,       ///< the node is true
    fails,       ///< the derivation fails
    restricted,  ///< the choice takes an alternative that has not been removed
    watched,     ///< no demand: the node's value is asked for
};

class Goal {
public:
    Goal(GoalKind kind, std::uint32_t id) : bits_(id << 2U | static_cast<std::uint32_t>(kind)) {}
    static Goal from_bits(std::uint32_t bits) {
        return Goal(static_cast<GoalKind>(bits & 3U), bits >> 2U);
    }
    GoalKind kind() const { return static_cast<GoalKind>(bits_ & 3U); }
    std::uint32_t id() const { return bits_ >> 2U; }
    std::uint32_t bits() const { return bits_; }
    auto operator<=>(const Goal&) const = default;

private:
    std::uint32_t bits_;
};

enum class Truth : std::uint8_t { unknown, yes, no };

class Residual {
public:
    explicit Residual(const Problem& problem);

    /// Makes the present state the base. `goals` are all that will ever be asked about.
    void make_base(std::span<const Goal> goals);

    /// Until the next call, changes are only followed within the cone of `goals`. In the base
    /// state.
    void set_scope(std::span<const Goal> goals);

    std::size_t mark() const { return trail_.size(); }
    void undo(std::size_t mark);
    /// Marks what rests on `choice` as changed, once before its alternatives are tried in turn.
    void touch_users_of_choice(ChoiceId choice);
    /// False when the alternative is excluded.
    bool assign(std::uint32_t weight);

    /// Replaces `goals` by the equivalent rest, having made the assignments that follow; the
    /// weights of weighted choices thus fixed are appended to `forced`. False when the goals cannot
    /// be met. `false_nodes` are demanded to be false as well.
    bool simplify(std::vector<Goal>& goals, std::vector<std::uint32_t>& forced,
                  std::span<const NodeId> false_nodes = {});
    /// Computes the values of the touched nodes below `goals`.
    void evaluate(std::span<const Goal> goals);
    /// Changes whenever values computed before may be gone.
    std::uint64_t epoch() const { return epoch_; }

    Truth value(NodeId n) const {
        if (base_value_[n] != Truth::unknown) return base_value_[n];
        if (clamped_[n] != 0) return Truth::no;
        return value_epoch_[n] == epoch_ ? value_[n] : Truth::unknown;
    }
    Truth value(Literal literal) const;
    Truth status(DerivationId d) const;
    /// Not ruled out in the base state; its status may still be `no`.
    bool in_base(DerivationId d) const { return base_dead_[d] == 0; }
    bool pristine(NodeId n) const { return touched_[n] == 0; }
    /// The node that `n` amounts to, itself unless it is an alias.
    NodeId resolved(NodeId n) const {
        while (alias_[n] != kNone) n = alias_[n];
        return n;
    }
    Literal resolved(Literal literal) const {
        if (!literal.is_node()) return literal;
        return Literal::node(resolved(literal.index()), literal.negated());
    }
    bool assigned(ChoiceId c) const { return assignment_[c] != kNone; }
    bool removed(std::uint32_t weight) const { return removed_[weight] != 0; }
    std::uint32_t allowed(ChoiceId c) const { return allowed_[c]; }

    /// Derivations looked at so far: the cost of the search, the same on every machine.
    std::uint64_t work() const { return looked_at_; }

    std::size_t memory_bytes() const {
        return trail_.capacity() * sizeof(std::uint64_t) + alias_trail_.capacity() * sizeof(NodeId);
    }

private:
    enum class Change : std::uint8_t { assign, remove, clamp, touch, alias };
    void record(Change change, std::uint32_t id);
    void touch_users_of_node(NodeId n);
    void touch(NodeId n);
    void spread_touch();
    void build_scope();
    bool remove(std::uint32_t weight);
    bool require(Literal literal, bool truth);
    void visit(NodeId n);
    void set_alias(NodeId n, NodeId target);
    void solve_single(NodeId n);
    void solve_cycle(std::span<const NodeId> nodes);

    const Problem& problem_;
    std::vector<std::uint32_t> assignment_;  // choice → weight or kNone
    std::vector<std::uint32_t> allowed_;     // choice → alternatives not removed
    std::vector<char> removed_;              // by weight
    std::vector<char> clamped_;              // node is demanded false, and counts as false
    std::vector<char> touched_;
    std::vector<Truth> base_value_;
    std::vector<char> base_dead_;  // by derivation
    std::vector<NodeId> alias_;    // the node it amounts to, or another alias of that; or kNone
    std::vector<std::uint64_t> trail_;
    std::vector<NodeId> alias_trail_;  // what an alias was before, by change of the trail

    // Who rests directly on a node or choice: linked lists of conclusions, built when first needed.
    struct Users {
        std::uint64_t scope = 0;
        std::uint32_t first = kNone;
    };
    struct User {
        NodeId node;
        std::uint32_t next;
    };
    bool has_base_ = false, scope_built_ = false;
    std::uint64_t scope_ = 0;
    std::vector<Goal> scope_goals_;
    std::vector<NodeId> scope_nodes_;
    std::vector<User> users_;
    std::vector<Users> node_users_, choice_users_;
    std::vector<std::uint64_t> in_scope_;

    std::uint64_t epoch_ = 0, looked_at_ = 0;
    std::vector<std::uint64_t> value_epoch_;
    std::vector<Truth> value_;
    std::vector<std::uint64_t> supported_epoch_;
    std::vector<NodeId> region_, queue_, touch_queue_;

    // During simplify.
    struct Demand {
        Goal goal;
        bool node_fails;  // the goal is a node that must be false
    };
    bool meet(Demand demand);
    bool demand_failure(DerivationId d);
    bool demand_false(NodeId n);
    bool demand_true(NodeId n);

    std::vector<Demand> work_;
    std::vector<Goal> kept_;
    std::vector<std::uint32_t>* forced_ = nullptr;
    std::vector<std::uint64_t> holds_seen_, fails_seen_, restricted_seen_;
    std::uint64_t round_ = 0;
    bool changed_ = false;
};

}  // namespace entail::circuit
