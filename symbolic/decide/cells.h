#pragma once
// Comparisons of numbers that are not known yet, as free choices: what counting needs.
//
// Theory literals that speak of the same unknowns form a group. The unknowns divide the possible
// worlds into *cells*, one for each way in which all literals of a group can come out together; Z3
// finds them. A group then is one free choice of as many alternatives as it has cells, and a
// literal holds in the cells that say so. After that the graph has no theory literal that anything
// depends on.
// Cost: a check of Z3 for each cell of each group; n comparisons of one number with constants have
// at most 2n + 1 cells, n planes in d dimensions O(n^d).

#include <cstddef>
#include <string>

#include "symbolic/eval/database.h"
#include "symbolic/smt/solver.h"

namespace entail::decide {

/// Beyond so many cells of one group they are not enumerated.
inline constexpr std::size_t kMaxCells = 10'000;

/// Replaces the theory literals of `database.graph`. Returns what ended the work early, or nothing:
/// "time", "memory", "interrupted", "cells" or what the solver could not do; the graph is then as
/// it was.
std::string make_cells(eval::Database& database, const smt::Limits& limits);

}  // namespace entail::decide
