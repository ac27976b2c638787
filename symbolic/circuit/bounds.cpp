#include "symbolic/circuit/bounds.h"

#include <algorithm>
#include <cmath>

#include "symbolic/circuit/evaluate.h"
#include "symbolic/circuit/problem.h"
#include "symbolic/circuit/search.h"

// Idea: the search that makes circuits enters only branches whose weight is above a threshold; a
// branch that is not entered is a gap in the circuit. With 0 in every gap the circuit is a lower
// bound of the count, with 1 an upper bound, because values only grow with the values below. The
// threshold falls step by step, so that the heaviest branches come first; parts that were found
// without gaps are kept from step to step, others until more is asked of them. P(q | e) lies
// between low(q ∧ e) / (low(q ∧ e) + high(¬q ∧ e)) and its mirror image, with what is known of
// both.
//
// Source: iterative deepening in place of a queue of branches (Korf, 1985); truncated circuits as
// bounds: Renkens et al., "Explanation-based approximate weighted model counting" (2014).
// Cost: each step costs what it enters, and all steps before the last a fraction of it.

namespace entail::circuit {

namespace {

constexpr double kFirst = 1.0 / 16, kStep = 1.0 / 8;
/// Outward, for what rounding may have added up to.
constexpr double kRounding = 1e-12;

}  // namespace

Bounds bound(const provenance::DerivationGraph& graph, std::span<const provenance::NodeId> queries,
             std::span<const Condition> conditions, std::span<const double> weights,
             const Limits& limits, const std::function<void(const Bounds&)>& on_progress) {
    Bounds bounds;
    bounds.queries.resize(queries.size());
    std::vector<NodeId> goals(queries.begin(), queries.end());
    for (const Condition& condition : conditions) goals.push_back(condition.node);
    const Problem problem(graph, goals);
    if (problem.any_free) return bounds;

    // One more choice for the gaps.
    std::vector<std::uint32_t> offsets = problem.weight_offsets;
    const std::uint32_t unknown = offsets.back();
    offsets.push_back(unknown + 2);
    CircuitBuilder builder(offsets);
    // Every step copies the circuit and evaluates the copy.
    Limits own = limits;
    own.max_memory = limits.max_memory / 3;
    Search search(problem, queries, conditions, builder, own, ~std::uint64_t{0});
    // [weights x 2]: gaps count 0 in the first column, 1 in the second.
    std::vector<double> columns;
    for (double weight : weights) columns.insert(columns.end(), {weight, weight});
    columns.insert(columns.end(), {0, 1, 1, 0});

    Workspace workspace;
    for (double threshold = kFirst;; threshold *= kStep) {
        const Searched found = search.run({weights, unknown, threshold});
        std::vector<CircuitNode> roots{found.conditions};
        for (const auto& query : found.queries) {
            for (const auto& [numerator, denominator] : query.pairs)
                roots.insert(roots.end(), {numerator, denominator});
        }
        const Circuit circuit = builder.finish(roots);
        const Evaluator evaluator(circuit);
        evaluator.forward(columns, 2, workspace);
        const auto value = [&](RootId root) {
            return Interval{workspace.value(root, 0) * (1 - kRounding),
                            std::min(1.0, workspace.value(root, 1) * (1 + kRounding))};
        };
        bool exact = found.limit == LimitReached::none;
        const Interval all = value(0);
        // Where a limit came early, some factors are missing.
        bounds.conditions.upper = std::min(bounds.conditions.upper, all.upper);
        if (found.limit == LimitReached::none)
            bounds.conditions.lower = std::max(bounds.conditions.lower, all.lower);
        RootId next = 1;
        for (std::size_t q = 0; q < found.queries.size(); ++q) {
            if (!found.queries[q].finished) {
                exact = false;
                continue;
            }
            Interval& interval = bounds.queries[q];
            for (std::size_t p = 0; p < found.queries[q].pairs.size(); ++p, next += 2) {
                const Interval with = value(next), given = value(next + 1);
                // ¬q ∧ e weighs between these.
                const double least = std::max(0.0, given.lower - with.upper);
                const double most = std::max(0.0, given.upper - with.lower);
                if (with.lower > 0)
                    interval.lower = std::max(interval.lower, with.lower / (with.lower + most));
                if (with.upper + least > 0)
                    interval.upper = std::min(interval.upper, with.upper / (with.upper + least));
            }
            exact = exact && interval.upper - interval.lower <= 8 * kRounding;
        }
        bounds.limit = found.limit;
        if (on_progress) on_progress(bounds);
        if (exact || found.limit != LimitReached::none || threshold < 1e-300) return bounds;
    }
}

}  // namespace entail::circuit
