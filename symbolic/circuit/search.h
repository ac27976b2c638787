#pragma once
// Counting by search: choices are decided one after another, and what is left is remembered.

#include <memory>
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

/// A search in progress. What it has found is remembered from run to run.
class Search {
public:
    /// All queries and conditions are nodes of `problem`. `max_work`: derivations to look at, the
    /// same number on every machine.
    Search(const Problem& problem, std::span<const NodeId> queries,
           std::span<const Condition> conditions, CircuitBuilder& builder, const Limits& limits,
           std::uint64_t max_work);
    ~Search();

    Searched run();

    /// For bounds: a branch whose weight falls below a threshold is not entered; its place is taken
    /// by the literal `unknown`, a weight of the builder that the problem does not know. For
    /// problems without free choices.
    struct Threshold {
        std::span<const double> weights;  ///< of the problem
        std::uint32_t unknown;
        double least = 0;
    };
    Searched run(const Threshold& threshold);

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace entail::circuit
