#pragma once
// Least and greatest values over themselves: shortest paths.
//
//     dist(Y, D) :- node(Y), D = #min{ E : step(Y, E) }.
//     step(Y, E) :- dist(X, C), edge(X, Y, W), E is C + W.
//
// is a cycle through an aggregate, and yet has one meaning, the limit of improving values, when a
// better value below never makes a worse one above. Such a component is *unrolled*: each of its
// predicates gets a twin whose rows are candidates, `#min` read as "any candidate", and where the
// twins' members arrive, only those that improve on the best of their group are kept. The original
// predicates then take the least of the twins' members, which are complete below them: what is left
// is stratified.
//
// Accepted is a component of rules without chance whose strict steps are all `#min` (or all
// `#max`); in which each value is passed on as it is or by `+`, `-` of something else, `min`, `max`
// and products with constants that are not negative; and is otherwise only compared with what keeps
// better values in. All values pass an aggregate on each way around.
// Source: Ross and Sagiv, Monotonic aggregation in deductive databases (PODS 1992).

#include "symbolic/ir/program.h"

namespace entail::ir {

/// Unrolls every component that it can; what is left is no worse than before.
void unroll_extrema(Program& program);

}  // namespace entail::ir
