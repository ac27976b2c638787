#include "symbolic/circuit/compile.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <unordered_map>

#include "symbolic/circuit/elimination.h"
#include "symbolic/circuit/problem.h"
#include "symbolic/circuit/search.h"

// What is asked falls apart into islands that share no choice. Search often finds the smallest
// circuit, and sometimes does not end; dynamic programming ends when the width is small. An island
// without positive cycles and free choices is searched for a while, in proportion to its size, and
// then handed to dynamic programming, if its tables are not too large. What is left is searched
// until a limit ends it.

namespace entail::circuit {

namespace {

using provenance::DerivationGraph;

/// How much search is worth before dynamic programming, in derivations looked at. An attempt costs
/// as much as the whole problem is large, so there are not many.
constexpr std::uint64_t kWorkPerDerivation = 200, kLeastWork = 2000, kMostWork = 5'000'000;
constexpr std::uint64_t kEndless = ~std::uint64_t{0};
constexpr std::size_t kTiny = 8, kAttempts = 32;

/// An island and its nodes, in the problem's order.
struct Ground {
    Island island;
    std::vector<NodeId> nodes;
};

std::vector<Ground> find_islands(const Problem& problem, std::span<const NodeId> queries,
                                 std::span<const Condition> conditions) {
    const std::size_t nodes = problem.node_count();
    std::vector<std::uint32_t> parent(nodes + problem.choice_count());
    for (std::uint32_t i = 0; i < parent.size(); ++i) parent[i] = i;
    const auto find = [&](std::size_t i) {
        while (parent[i] != i) i = parent[i] = parent[parent[i]];
        return i;
    };
    for (NodeId n : problem.order) {
        for (DerivationId d = problem.first_derivation(n); d < problem.last_derivation(n); ++d) {
            for (Literal literal : problem.literals(d)) {
                const std::size_t other = literal.is_node()
                                              ? literal.index()
                                              : nodes + problem.choice_of[literal.index()];
                parent[find(other)] = static_cast<std::uint32_t>(find(n));
            }
        }
    }
    std::vector<Ground> grounds;
    std::unordered_map<std::size_t, std::size_t> index;
    const auto ground_of = [&](std::size_t n) -> Ground& {
        const auto [place, fresh] = index.emplace(find(n), grounds.size());
        if (fresh) grounds.emplace_back();
        return grounds[place->second];
    };
    for (NodeId n : problem.order) {
        Ground& ground = ground_of(n);
        ground.nodes.push_back(n);
        ground.island.derivations += problem.last_derivation(n) - problem.first_derivation(n);
        if (problem.cyclic[problem.cycle[n]] != 0) ground.island.has_cycles = true;
    }
    for (ChoiceId c = 0; c < problem.choice_count(); ++c) {
        if (problem.rank[c] == kNone) continue;
        Island& island = ground_of(nodes + c).island;
        ++island.choices;
        if (problem.is_free[c] != 0) island.has_free_choices = true;
    }
    for (std::uint32_t q = 0; q < queries.size(); ++q)
        ground_of(queries[q]).island.queries.push_back(q);
    for (std::uint32_t c = 0; c < conditions.size(); ++c)
        ground_of(conditions[c].node).island.conditions.push_back(c);
    return grounds;
}

class Compilation {
public:
    Compilation(const DerivationGraph& graph, std::span<const NodeId> queries,
                std::span<const Condition> conditions, const Limits& limits)
        : queries_(queries),
          conditions_(conditions),
          limits_(with_room(limits)),
          problem_(graph, all_goals()),
          builder_(problem_.weight_offsets) {}
    Compiled run();

private:
    /// While an array grows, the old one is there beside the new one.
    static Limits with_room(Limits limits) {
        limits.max_memory -= limits.max_memory / 5 * 2;
        return limits;
    }
    std::vector<NodeId> all_goals() const {
        std::vector<NodeId> nodes(queries_.begin(), queries_.end());
        for (const Condition& condition : conditions_) nodes.push_back(condition.node);
        return nodes;
    }
    bool eliminate_island(Ground& ground);
    /// False: `max_work` was not enough, and nothing has been done.
    bool search_islands(std::span<Ground* const> grounds, std::uint64_t max_work);
    RootId root(CircuitNode node) {
        const auto [place, fresh] = root_ids_.emplace(node, static_cast<RootId>(roots_.size()));
        if (fresh) roots_.push_back(node);
        return place->second;
    }

    std::span<const NodeId> queries_;
    std::span<const Condition> conditions_;
    Limits limits_;
    Problem problem_;
    CircuitBuilder builder_;
    std::vector<CircuitNode> roots_;
    std::unordered_map<CircuitNode, RootId> root_ids_;
    std::vector<CircuitNode> factors_;  // of the conditions
    Compiled compiled_;
};

/// Work that ends as soon as a limit is reached.
struct Stopped {
    LimitReached limit;
};

bool Compilation::eliminate_island(Ground& ground) {
    Island& island = ground.island;
    EliminationLimits limits;
    // A row that is joined takes about 100 bytes.
    const std::size_t rows = std::min(limits_.max_table_rows, limits_.max_memory / 128);
    limits.max_table_rows = rows;
    limits.max_estimated_rows = static_cast<double>(rows);
    limits.max_rows = 16 * rows;
    limits.tick = [&] {
        if (limits_.interrupt != nullptr && limits_.interrupt->load(std::memory_order_relaxed))
            throw Stopped{LimitReached::interrupted};
        if (limits_.deadline && std::chrono::steady_clock::now() >= *limits_.deadline)
            throw Stopped{LimitReached::time};
        if (builder_.size() > limits_.max_nodes) throw Stopped{LimitReached::nodes};
        if (builder_.memory_bytes() > limits_.max_memory) throw Stopped{LimitReached::memory};
    };
    std::vector<NodeId> queries;
    std::vector<Condition> conditions;
    for (std::size_t q : island.queries) queries.push_back(queries_[q]);
    for (std::size_t c : island.conditions) conditions.push_back(conditions_[c]);
    const Eliminated found =
        eliminate(problem_, ground.nodes, queries, conditions, builder_, limits);
    if (!found.done) return false;
    island.method = Method::elimination;
    island.rows = found.estimate;
    island.width = found.width;
    compiled_.satisfiable = compiled_.satisfiable && found.satisfiable;
    factors_.push_back(found.conditions);
    for (std::size_t i = 0; i < queries.size(); ++i) {
        CompiledQuery& query = compiled_.queries[island.queries[i]];
        query.finished = true;
        query.method = Method::elimination;
        query.pairs.push_back(
            {root(found.queries[i].numerator), root(found.queries[i].denominator)});
    }
    return true;
}

bool Compilation::search_islands(std::span<Ground* const> grounds, std::uint64_t max_work) {
    std::vector<std::uint32_t> indices;
    std::vector<NodeId> queries;
    std::vector<Condition> conditions;
    for (const Ground* ground : grounds) {
        for (std::uint32_t q : ground->island.queries) indices.push_back(q);
        for (std::uint32_t c : ground->island.conditions) conditions.push_back(conditions_[c]);
    }
    std::ranges::sort(indices);
    for (std::size_t q : indices) queries.push_back(queries_[q]);
    const Searched found = Search(problem_, queries, conditions, builder_, limits_, max_work).run();
    if (found.gave_up) return false;
    for (Ground* ground : grounds) ground->island.method = Method::search;
    compiled_.satisfiable = compiled_.satisfiable && found.satisfiable;
    factors_.push_back(found.conditions);
    compiled_.limit = found.limit;
    compiled_.statistics.decisions += found.statistics.decisions;
    compiled_.statistics.cache_hits += found.statistics.cache_hits;
    compiled_.statistics.cache_entries += found.statistics.cache_entries;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        CompiledQuery& query = compiled_.queries[indices[i]];
        query.finished = found.queries[i].finished;
        query.method = Method::search;
        for (const auto& [numerator, denominator] : found.queries[i].pairs)
            query.pairs.push_back({root(numerator), root(denominator)});
    }
    return true;
}

Compiled Compilation::run() {
    compiled_.queries.resize(queries_.size());
    std::vector<Ground> grounds = find_islands(problem_, queries_, conditions_);
    std::vector<Ground*> searched;
    std::size_t attempts = 0;
    try {
        for (Ground& ground : grounds) {
            Island& island = ground.island;
            if (!island.has_cycles && !island.has_free_choices) {
                const bool attempt = island.derivations > kTiny && attempts < kAttempts &&
                                     compiled_.limit == LimitReached::none;
                if (attempt) {
                    ++attempts;
                    const std::uint64_t work =
                        std::min(kWorkPerDerivation * island.derivations + kLeastWork, kMostWork);
                    Ground* const one = &ground;
                    if (search_islands({&one, 1}, work)) continue;
                    island.gave_up_search = true;
                }
                if (eliminate_island(ground)) continue;
            }
            searched.push_back(&ground);
        }
        if (!searched.empty()) {
            const std::uint64_t work = limits_.only_bounded_effort ? kMostWork : kEndless;
            if (!search_islands(searched, work)) throw Stopped{LimitReached::effort};
        }
    } catch (const Stopped& stopped) {
        compiled_.limit = stopped.limit;
    }
    if (!compiled_.satisfiable) {
        // No query has an answer, whatever its island.
        for (CompiledQuery& query : compiled_.queries) {
            if (!query.finished) continue;
            query.pairs.clear();
            if (!problem_.any_free) query.pairs.push_back({root(kFalse), root(kFalse)});
        }
    }
    compiled_.conditions = root(compiled_.satisfiable ? builder_.conjunction(factors_) : kFalse);
    compiled_.circuit = builder_.finish(roots_);
    for (Ground& ground : grounds) compiled_.islands.push_back(std::move(ground.island));
    return std::move(compiled_);
}

}  // namespace

Compiled compile(const DerivationGraph& graph, std::span<const NodeId> queries,
                 std::span<const Condition> conditions, const Limits& limits) {
    for (NodeId query : queries) {
        if (query >= graph.node_count())
            throw std::invalid_argument("compile: queries: no node " + std::to_string(query));
    }
    for (const Condition& condition : conditions) {
        if (condition.node >= graph.node_count())
            throw std::invalid_argument("compile: conditions: no node " +
                                        std::to_string(condition.node));
    }
    return Compilation(graph, queries, conditions, limits).run();
}

}  // namespace entail::circuit
