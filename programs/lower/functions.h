#pragma once
// Functional programs as rules: one predicate a step, so that a proof is read stage by stage.
//
//     fun n(C) = scene |> filter(shape, cube) |> unique |> relate(left) |> filter(color, C) |>
//     count.
//
// becomes, with the names of stages shortened,
//
//     scene(X)          :- object(X).
//     cubes(X)          :- scene(X), shape(X, cube).
//     one(X)            :- cubes(X), 1 = #count{ Y : cubes(Y) }.
//     left(F, X)        :- left(X, F).
//     coloured(C, F, X) :- left(F, X), color(X, C).
//     n(C, N)           :- one(F), N = #count{ X : coloured(C, F, X) }.
//     undefined(C)      :- \+ one(_).
//
// Parameters come first. A set that depends on what `unique` met has that object as an argument
// instead of a condition: seen from a given object, its members are plain attributes, and their
// count is a sum over independent choices. What ends the pipeline joins the object in.

#include <vector>

#include "programs/lower/scope.h"

namespace entail::lowering {

/// Adds the rules of all functional programs of `scope`. Everything that they call must have been
/// declared. `check_names`: missing attributes are reported.
void lower_functions(Scope& scope, bool check_names);

}  // namespace entail::lowering
