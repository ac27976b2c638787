#pragma once
// Counting by dynamic programming: variables are summed out one after another.

#include <functional>
#include <span>
#include <vector>

#include "symbolic/circuit/compile.h"
#include "symbolic/circuit/problem.h"

namespace entail::circuit {

struct EliminationLimits {
    std::size_t max_table_rows = 0;  ///< of the laws
    double max_estimated_rows = 0;   ///< of what is joined, as estimated
    std::size_t max_rows = 0;        ///< of everything, as made
    std::function<void()> tick;      ///< called now and then; may throw
};

struct Eliminated {
    bool done = false;        ///< false: no, it would take more than the limits allow
    double estimate = 0;      ///< rows, 0 where there was no estimate
    std::uint32_t width = 0;  ///< most variables in one table
    bool satisfiable = true;
    CircuitNode conditions = kTrue;
    struct Ratio {
        CircuitNode numerator, denominator;
    };
    std::vector<Ratio> queries;
};

/// `nodes`: what the queries and conditions rest on, premises first, without cycles and without
/// free choices.
Eliminated eliminate(const Problem& problem, std::span<const NodeId> nodes,
                     std::span<const NodeId> queries, std::span<const Condition> conditions,
                     CircuitBuilder& builder, const EliminationLimits& limits);

}  // namespace entail::circuit
