#pragma once
// A second copy of a program's predicates that shares its choices: what if?
//
// The original says what was seen, the copy what would have been: rules of the copy are instances
// of the same choices, but what is intervened upon lost its rules. Only what an intervention can
// reach is copied; everything else is one and the same in both.
// Source: twin networks, Balke and Pearl, Probabilistic evaluation of counterfactual queries
// (AAAI 1994). Cost: linear in the program.

#include <span>
#include <vector>

#include "symbolic/ir/program.h"

namespace entail::ir {

/// The ground atom is made true or false, whatever its rules say. Where one value of a disjunction
/// or distribution is made true, that draw says nothing else.
struct Intervention {
    Atom atom;
    bool value = true;
};

class Twin {
public:
    /// Adds the copies to `program`. If `redrawn` is given, the choices that define it are drawn
    /// anew for the copy.
    Twin(Program& program, std::span<const Intervention> interventions,
         PredicateId redrawn = kNone);

    /// The copy of a predicate; itself if nothing reaches it.
    PredicateId of(PredicateId predicate) const { return copy_[predicate]; }
    /// Whether the row of the original is intervened upon.
    bool is_blocked(PredicateId predicate, std::span<const Value> row) const;
    /// The statements that are drawn anew, by index into Program::choices, and their copies.
    const std::vector<std::pair<std::uint32_t, std::uint32_t>>& redrawn() const { return redrawn_; }

private:
    void find_reached(const Program& program, std::span<const Intervention> interventions,
                      PredicateId redrawn);
    Atom copied(Atom atom) const;
    void copy_rule(Program& program, const Rule& original);

    struct Block {
        PredicateId rows = kNone;  ///< the atoms of a predicate that are intervened upon
        PredicateId made_true = kNone;
    };
    std::vector<PredicateId> copy_;
    std::vector<Block> blocks_;  // by predicate
    std::vector<std::pair<PredicateId, std::vector<Value>>> intervened_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> redrawn_;
};

}  // namespace entail::ir
