#pragma once
// Counting by dynamic programming: variables are summed out one after another.

#include <functional>
#include <span>
#include <vector>

#include "symbolic/circuit/compile.h"
#include "symbolic/circuit/problem.h"

namespace entail::circuit {

struct EliminationLimits {
    /// Rows of all tables, first as estimated from the sizes of the variables, then as made.
    double max_estimated_rows = 0;
    std::size_t max_rows = 0;
    std::function<void()> tick;  ///< called now and then; may throw
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
