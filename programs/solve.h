#pragma once
// Worlds that satisfy the constraints and the evidence: any, the best by objectives, or the most
// probable.
//
// Without objectives and unknown numbers the most probable world is read off a circuit, if one is
// found with bounded effort. Everything else is put to Z3: with objectives in their order first and
// probability last, as MaxSAT over logarithms.

#include "programs/engine.h"
#include "programs/task.h"

namespace entail {

/// The `top` best worlds, fewer if there are fewer. Worlds are told apart by what their choices
/// take and by the unknown numbers that the queries ask for.
Solution solve(const Task& task, std::size_t top);

/// A minimal set of statements, facts and evidence that contradict each other, as lines
/// "file:3: text". Nothing if a limit ended the search.
std::vector<std::string> find_conflict(const Task& task);

}  // namespace entail
