#pragma once
// Counting by search: choices are decided one after another, and what is left is remembered.

#include <span>
#include <utility>
#include <vector>

#include "symbolic/circuit/compile.h"
#include "symbolic/circuit/problem.h"

namespace entail::circuit {

struct Searched {
    using Pair = std::pair<CircuitNode, CircuitNode>;  ///< numerator, denominator
    struct Query {
        bool finished = false;
        std::vector<Pair> pairs;  ///< as in CompiledQuery; empty where nothing is satisfiable
    };
    std::vector<Query> queries;
    bool satisfiable = true;
    CircuitNode conditions = kTrue;
    LimitReached limit = LimitReached::none;
    bool gave_up = false;  ///< more work than allowed; nothing else is valid then
    CompileStatistics statistics;
};

/// All queries and conditions are nodes of `problem`. `max_work`: derivations to look at, the same
/// number on every machine.
Searched search(const Problem& problem, std::span<const NodeId> queries,
                std::span<const Condition> conditions, CircuitBuilder& builder,
                const Limits& limits, std::uint64_t max_work);

}  // namespace entail::circuit
