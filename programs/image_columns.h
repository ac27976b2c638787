#pragma once
// Which variables of a query are pictures: those that end up as the input of a network.

#include <cstdint>
#include <string>
#include <vector>

#include "symbolic/ir/program.h"

namespace entail {

/// A variable of a query: a column of its training data.
struct QueryColumn {
    ir::VariableId variable = 0;
    std::string name;
    std::uint32_t argument = 0;          ///< of the query's atom, where the variable first stands
    std::vector<std::uint32_t> path;     ///< on from there: which argument of each compound term
    std::vector<std::uint32_t> modules;  ///< those that look at it, ascending; none: no picture
};

/// The variables of `query` from left to right, lists flattened, each once.
std::vector<QueryColumn> query_columns(const ir::Program& program, const ir::Query& query);

}  // namespace entail
