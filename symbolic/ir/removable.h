#pragma once
// Statements that may be left out: what if this fact were not there?
//
// Each becomes a free choice between being there and not, so that every question about choices is
// one about statements.

#include <functional>

#include "symbolic/ir/program.h"

namespace entail::ir {

/// Makes a free choice of each fact that `selects`: its first alternative is that the fact is
/// there, the silent one that it is not. The choices are those from the returned index on, in the
/// order of the facts.
std::uint32_t make_facts_removable(Program& program,
                                   const std::function<bool(const Fact&)>& selects);

/// Makes every clause, `choose`, distribution and constraint of the user that has a body depend on
/// one more free choice, whether the statement is there. As above; all ways through the body of one
/// statement share its choice.
std::uint32_t make_clauses_removable(Program& program);

}  // namespace entail::ir
