#pragma once
// From derivations to a circuit: exact weighted model counting, compiled once per shape.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "symbolic/circuit/circuit.h"
#include "symbolic/provenance/derivation_graph.h"

namespace entail::circuit {

/// `node` is known to be `value`. Evidence is a condition; an integrity constraint is "the node of
/// its body is false".
struct Condition {
    provenance::NodeId node;
    bool value;
    bool operator==(const Condition&) const = default;
};

struct Limits {
    std::size_t max_nodes = std::size_t{1} << 31U;   ///< of the circuit, while being built
    std::size_t max_memory = std::size_t{1} << 40U;  ///< bytes, estimated: circuit, cache, stacks
    std::optional<std::chrono::steady_clock::time_point> deadline;
    const std::atomic<bool>* interrupt = nullptr;  ///< stop soon after it becomes true
    /// Dynamic programming is used where its tables have at most so many rows in all, else search.
    std::size_t max_table_rows = 20'000'000;
    /// Gives up, LimitReached::effort, where only a search without an end in sight would be left.
    /// What is given up depends on the problem alone, not on time.
    bool only_bounded_effort = false;
};

enum class LimitReached { none, nodes, memory, time, interrupted, effort };

/// The probability of a query within one way of choosing is numerator / denominator. What has no
/// choice in common with the query is cancelled from both.
struct RootPair {
    RootId numerator;
    RootId denominator;
    bool operator==(const RootPair&) const = default;
};

enum class Method : std::uint8_t { none, search, elimination };

struct CompiledQuery {
    /// False when a limit was reached before this query was done; `pairs` is empty then.
    bool finished = false;
    Method method = Method::none;
    /// Exactly one without free choices, otherwise the distinct ones over all ways whose conditions
    /// can be met; empty when no way is left.
    std::vector<RootPair> pairs;
};

struct CompileStatistics {
    std::size_t decisions = 0;
    std::size_t cache_hits = 0;
    std::size_t cache_entries = 0;
};

/// What shares no choice with the rest, and how it was counted.
struct Island {
    std::vector<std::uint32_t> queries;     ///< indices of those asked
    std::vector<std::uint32_t> conditions;  ///< likewise
    std::size_t derivations = 0, choices = 0;
    bool has_cycles = false, has_free_choices = false;
    Method method = Method::none;
    bool gave_up_search = false;  ///< search came first, and was given up
    double rows = 0;              ///< of the tables of dynamic programming, as estimated
    std::uint32_t width = 0;      ///< most variables in one of these tables
};

struct Compiled {
    Circuit circuit;
    std::vector<Island> islands;
    /// In the order of the queries asked.
    std::vector<CompiledQuery> queries;
    /// False: no world of any way satisfies the conditions, whatever the weights.
    bool satisfiable = true;
    /// Value: the probability that the conditions hold; those that depend on free choices left out.
    /// Where it is 0, the weights contradict the conditions and no query has an answer. An upper
    /// bound of it when a limit was reached before any query was finished.
    RootId conditions = 0;
    LimitReached limit = LimitReached::none;
    CompileStatistics statistics;
};

/// `graph` must be frozen. Throws std::invalid_argument when a query or condition is no node of it.
/// Without free choices every query has one pair, also where the conditions are unsatisfiable
/// (denominator: the constant false). The result depends on the arguments alone unless the time or
/// the interrupt ended the work.
Compiled compile(const provenance::DerivationGraph& graph,
                 std::span<const provenance::NodeId> queries, std::span<const Condition> conditions,
                 const Limits& limits = {});

}  // namespace entail::circuit
