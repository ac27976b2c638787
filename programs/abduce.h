#pragma once
// What would explain a goal, and what would change it: sets of choices.

#include <set>

#include "programs/engine.h"
#include "programs/task.h"
#include "symbolic/decide/flip.h"

namespace entail {

/// A ground literal that is asked about.
struct GoalLiteral {
    ir::Atom atom;
    bool negated = false;
};

/// The `top` most probable sets of choices from which the goals follow, given constraints and
/// evidence.
Abduction abduce(const Task& task, const std::vector<GoalLiteral>& goals, std::size_t top);

/// The least change to the most probable world, to its choices and to the facts that the program
/// states, after which the conjunction of the goals has the other value. If `only` is not empty,
/// nothing but these predicates changes.
FlipAnswer flip(const Task& task, const std::vector<GoalLiteral>& goals, decide::FlipBy by,
                const std::set<ir::PredicateId>& only);

}  // namespace entail
