#pragma once
// `never`, `always`, `invariant … under …`: over every value of every choice, whatever its weight,
// subject to the constraints; evidence does not restrict them.
//
// A property is refuted by a world; that world is decided in the program and evaluated again before
// anyone sees it. What does not matter in it is left out.

#include "programs/engine.h"
#include "programs/task.h"

namespace entail {

std::vector<Verdict> verify(const Task& task);

}  // namespace entail
