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
    CompileStatistics statistics;
};

/// All queries and conditions are nodes of `problem`.
Searched search(const Problem& problem, std::span<const NodeId> queries,
                std::span<const Condition> conditions, CircuitBuilder& builder,
                const Limits& limits);

}  // namespace entail::circuit
