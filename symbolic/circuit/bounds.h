#pragma once
// Certified bounds where exact counting stops: intervals that hold the truth and shrink with time.

#include <functional>
#include <span>
#include <vector>

#include "symbolic/circuit/compile.h"

namespace entail::circuit {

struct Interval {
    double lower = 0, upper = 1;
};

struct Bounds {
    std::vector<Interval> queries;            ///< in the order asked
    Interval conditions;                      ///< of the probability that they hold
    LimitReached limit = LimitReached::none;  ///< what ended it; none: the intervals are points
};

/// Bounds of every query given the conditions, for these weights. Ends when a limit is reached or
/// nothing is left to find. `graph` must be frozen and without free choices (otherwise the result
/// is [0, 1]). `on_progress` is told of every tightening.
Bounds bound(const provenance::DerivationGraph& graph, std::span<const provenance::NodeId> queries,
             std::span<const Condition> conditions, std::span<const double> weights,
             const Limits& limits, const std::function<void(const Bounds&)>& on_progress = {});

}  // namespace entail::circuit
