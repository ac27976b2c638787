// Bounds: they hold the truth that enumeration gives, after every step, and only shrink.

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "symbolic/circuit/bounds.h"
#include "tests/support/seed.h"
#include "tests/symbolic/circuit_support.h"

namespace entail::tests {

namespace {

using circuit::bound;
using circuit::Bounds;
using circuit::Interval;

/// A random directed graph whose edges are coins: is the last node reached from the first?
struct Reachability {
    DerivationGraph graph;
    std::vector<NodeId> reached;
    std::vector<std::uint32_t> level;
};

Reachability random_reachability(std::mt19937_64& random, std::uint32_t nodes,
                                 std::uint32_t edges) {
    Reachability made;
    for (std::uint32_t i = 0; i < nodes; ++i) made.reached.push_back(made.graph.add_node());
    derive(made.graph, made.reached[0], {}, {new_choice(made.graph, 2), 0});
    for (std::uint32_t e = 0; e < edges; ++e) {
        const std::uint32_t from = static_cast<std::uint32_t>(random() % nodes);
        const std::uint32_t to = static_cast<std::uint32_t>(random() % nodes);
        if (from == to || to == 0) continue;
        derive(made.graph, made.reached[to], {pos(made.reached[from])},
               {new_choice(made.graph, 2), 0});
    }
    made.graph.freeze();
    made.level.assign(made.graph.node_count(), 0);
    return made;
}

}  // namespace

TEST_CASE("bounds hold the truth after every step, shrink, and end in it") {
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 150; ++i) {
        CAPTURE(i);
        const Reachability made = random_reachability(random, 6, 10);
        const std::vector<double> weights = random_weights(made.graph, random);
        const std::vector<NodeId> queries{made.reached[5], made.reached[2]};
        const Condition condition{made.reached[3], random() % 2 == 0};
        const std::span<const Condition> conditions(&condition, i % 2);
        const auto expected =
            enumerate_answers(made.graph, made.level, queries, conditions, weights);
        std::vector<Interval> last(queries.size());
        const Bounds bounds =
            bound(made.graph, queries, conditions, weights, {}, [&](const Bounds& now) {
                for (std::size_t q = 0; q < queries.size(); ++q) {
                    if (!expected[q].feasible) continue;
                    REQUIRE(now.queries[q].lower <= expected[q].lower + 1e-15);
                    REQUIRE(now.queries[q].upper >= expected[q].lower - 1e-15);
                    REQUIRE(now.queries[q].lower >= last[q].lower);
                    REQUIRE(now.queries[q].upper <= last[q].upper);
                    last[q] = now.queries[q];
                }
            });
        REQUIRE(bounds.limit == circuit::LimitReached::none);
        for (std::size_t q = 0; q < queries.size(); ++q) {
            if (!expected[q].feasible) continue;
            REQUIRE(std::abs(bounds.queries[q].lower - expected[q].lower) < 1e-9);
            REQUIRE(std::abs(bounds.queries[q].upper - expected[q].lower) < 1e-9);
        }
    }
}

TEST_CASE(
    "bounds of what is too large to count are more than nothing, and say which limit ended them") {
    std::mt19937_64 random(7);
    const Reachability made = random_reachability(random, 40, 400);
    std::vector<double> weights;
    for (std::size_t w = 0; w < made.graph.weight_count(); w += 2)
        weights.insert(weights.end(), {0.02, 0.98});
    weights[0] = 0.9, weights[1] = 0.1;
    circuit::Limits limits;
    limits.max_nodes = 20000;
    const std::vector<NodeId> queries{made.reached[39]};
    const Bounds bounds = bound(made.graph, queries, {}, weights, limits);
    CHECK(bounds.limit == circuit::LimitReached::nodes);
    CHECK(bounds.queries[0].lower > 0);
    CHECK(bounds.queries[0].upper < 1);
    CHECK(bounds.queries[0].lower < bounds.queries[0].upper);
}

}  // namespace entail::tests
