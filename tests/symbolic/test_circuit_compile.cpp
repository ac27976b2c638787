#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <map>
#include <stdexcept>

#include "tests/symbolic/circuit_support.h"

using namespace entail;
using namespace entail::tests;
using circuit::compile;
using circuit::Compiled;
using circuit::LimitReached;
using circuit::Limits;

namespace {

/// The answers to all queries of `compiled` in one column of weights.
std::vector<circuit::Answer> answers(const Compiled& compiled, const std::vector<double>& weights) {
    const circuit::Evaluator evaluator(compiled.circuit);
    circuit::Workspace workspace;
    evaluator.forward(weights, 1, workspace);
    std::vector<circuit::Answer> result;
    for (const auto& query : compiled.queries)
        result.push_back(answer(compiled, query, workspace, 0));
    return result;
}

std::vector<double> uniform_weights(const DerivationGraph& graph) {
    std::vector<double> weights;
    for (ChoiceId c = 0; c < graph.choice_count(); ++c)
        weights.insert(weights.end(), graph.choice(c).size, 1.0 / graph.choice(c).size);
    return weights;
}

/// Running sums of `count` dice: node (i, s) says that the first i show s together.
struct Dice {
    DerivationGraph graph;
    std::map<std::pair<int, int>, NodeId> nodes;

    explicit Dice(int count) {
        for (int i = 1; i <= count; ++i) {
            const ChoiceId die = new_choice(graph, 6);
            for (int k = 1; k <= 6; ++k) {
                const NodeId face = choice_node(graph, die, static_cast<std::uint32_t>(k - 1));
                if (i == 1) derive(graph, at(1, k), {pos(face)});
                for (int s = i - 1; i > 1 && s <= 6 * (i - 1); ++s)
                    derive(graph, at(i, s + k), {pos(at(i - 1, s)), pos(face)});
            }
        }
        graph.freeze();
    }
    NodeId at(int dice, int sum) {
        const auto [place, fresh] = nodes.try_emplace({dice, sum}, 0);
        if (fresh) place->second = graph.add_node();
        return place->second;
    }
};

/// Nodes "b is reached from node 0" over coins on the given edges.
std::vector<NodeId> reachability(DerivationGraph& graph, int nodes,
                                 const std::vector<std::pair<int, int>>& edges) {
    std::vector<NodeId> reached;
    for (int i = 0; i < nodes; ++i) reached.push_back(graph.add_node());
    for (const auto& [a, b] : edges) {
        const NodeId edge = choice_node(graph, new_choice(graph, 2));
        if (a == 0) derive(graph, reached[static_cast<std::size_t>(b)], {pos(edge)});
        derive(graph, reached[static_cast<std::size_t>(b)],
               {pos(reached[static_cast<std::size_t>(a)]), pos(edge)});
    }
    graph.freeze();
    return reached;
}

/// Parity of coins: two nodes a step, each resting on both of the step before.
NodeId parity_chain(DerivationGraph& graph, std::uint32_t length) {
    const ChoiceId first = new_choice(graph, 2);
    NodeId odd = choice_node(graph, first, 0), even = choice_node(graph, first, 1);
    for (std::uint32_t i = 1; i < length; ++i) {
        const ChoiceId coin = new_choice(graph, 2);
        const NodeId next_odd = graph.add_node(), next_even = graph.add_node();
        derive(graph, next_odd, {pos(even)}, {coin, 0});
        derive(graph, next_odd, {pos(odd)}, {coin, 1});
        derive(graph, next_even, {pos(odd)}, {coin, 0});
        derive(graph, next_even, {pos(even)}, {coin, 1});
        odd = next_odd;
        even = next_even;
    }
    graph.freeze();
    return odd;
}

/// How many of `count` coins show heads, as states from the first coin on: state (i, r) says that r
/// of the coins from i on do. `many` holds iff more than `threshold` do, `few` otherwise.
struct Count {
    DerivationGraph graph;
    std::vector<NodeId> coins, totals;
    NodeId many, few;

    Count(std::uint32_t count, std::uint32_t threshold) {
        std::vector<NodeId> below;
        for (std::uint32_t i = count; i-- > 0;) {
            const ChoiceId coin = new_choice(graph, 2);
            coins.insert(coins.begin(), choice_node(graph, coin));
            std::vector<NodeId> states;
            for (std::uint32_t r = 0; r <= count - i; ++r) {
                states.push_back(graph.add_node());
                if (below.empty()) {
                    derive(graph, states[r], {}, {coin, 1 - r});
                    continue;
                }
                if (r > 0) derive(graph, states[r], {pos(below[r - 1])}, {coin, 0});
                if (r < below.size()) derive(graph, states[r], {pos(below[r])}, {coin, 1});
            }
            below = states;
        }
        many = graph.add_node();
        few = graph.add_node();
        for (std::uint32_t r = 0; r <= count; ++r) {
            totals.push_back(graph.add_node());
            derive(graph, totals[r], {pos(below[r])});
            derive(graph, r > threshold ? many : few, {pos(totals[r])});
        }
        graph.freeze();
    }
};

/// `people` on as many seats, free, no two on one; person 0 left of person 1, person 3 directly
/// right of person 2, person 4 on the third seat.
struct Seating {
    DerivationGraph graph;
    std::vector<NodeId> seats;  // [person * people + seat]
    std::vector<Condition> conditions;

    explicit Seating(std::uint32_t people) {
        for (std::uint32_t p = 0; p < people; ++p) {
            const ChoiceId seat = new_choice(graph, people, true);
            for (std::uint32_t s = 0; s < people; ++s) seats.push_back(choice_node(graph, seat, s));
        }
        const auto at = [&](std::uint32_t p, std::uint32_t s) {
            return pos(seats[p * people + s]);
        };
        const NodeId shared = never(), right_of = never(), apart = never(), misplaced = never();
        for (std::uint32_t s = 0; s < people; ++s) {
            for (std::uint32_t p = 0; p < people; ++p) {
                for (std::uint32_t q = 0; q < people; ++q) {
                    if (p != q) derive(graph, shared, {at(p, s), at(q, s)});
                }
            }
            for (std::uint32_t t = 0; t < people; ++t) {
                if (s >= t) derive(graph, right_of, {at(0, s), at(1, t)});
                if (t != s + 1) derive(graph, apart, {at(2, s), at(3, t)});
            }
            if (s != 2) derive(graph, misplaced, {at(4, s)});
        }
        graph.freeze();
    }
    NodeId never() {
        const NodeId node = graph.add_node();
        conditions.push_back({node, false});
        return node;
    }
};

}  // namespace

TEST_CASE("the sum of 30 dice takes one decision per die and partial sum") {
    Dice dice(30);
    const Compiled one = compile(dice.graph, std::vector{dice.at(30, 105)}, {});
    CHECK(one.circuit.size() < 1400);
    CHECK(one.statistics.decisions < 1400);
    std::vector<NodeId> sums;
    for (int s = 30; s <= 180; ++s) sums.push_back(dice.at(30, s));
    const Compiled all = compile(dice.graph, sums, {});
    CHECK(all.circuit.size() < 2600);
    CHECK(validate(all.circuit) == "");
    // The distribution by convolution.
    std::vector<double> expected{1};
    for (int i = 0; i < 30; ++i) {
        std::vector<double> next(expected.size() + 6, 0);
        for (std::size_t s = 0; s < expected.size(); ++s) {
            for (std::size_t k = 1; k <= 6; ++k) next[s + k] += expected[s] / 6;
        }
        expected = next;
    }
    const auto actual = answers(all, uniform_weights(dice.graph));
    for (std::size_t i = 0; i < actual.size(); ++i)
        CHECK(actual[i].lower == doctest::Approx(expected[30 + i]).epsilon(1e-12));
}

TEST_CASE("evidence on a partial sum of dice keeps the circuit small") {
    Dice dice(30);
    const Condition half{dice.at(15, 50), true};
    const Compiled compiled =
        compile(dice.graph, std::vector{dice.at(30, 105)}, std::span(&half, 1));
    CHECK(compiled.circuit.size() < 1000);
    CHECK(compiled.statistics.decisions < 10000);
    const Compiled rest = [] {
        Dice fifteen(15);
        return compile(fifteen.graph, std::vector{fifteen.at(15, 55)}, {});
    }();
    CHECK(answers(compiled, uniform_weights(dice.graph))[0].lower ==
          doctest::Approx(answers(rest, std::vector<double>(90, 1.0 / 6))[0].lower));
}

TEST_CASE("a count of 200 coins is asked for under evidence on the count, in a small circuit") {
    const Count count(200, 150);
    const Condition many{count.many, true};
    const std::vector<NodeId> queries{count.totals[160], count.totals[140], count.coins[0]};
    const Compiled compiled = compile(count.graph, queries, std::span(&many, 1));
    CHECK(compiled.circuit.size() < 60000);
    CHECK(compiled.statistics.decisions < 60000);
    CHECK(validate(compiled.circuit) == "");
    const auto binomial = [](int n, int k) {
        return std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1));
    };
    double all = 0, with_first = 0;
    for (int k = 151; k <= 200; ++k) {
        all += binomial(200, k);
        with_first += binomial(199, k - 1);
    }
    const auto actual = answers(compiled, uniform_weights(count.graph));
    CHECK(actual[0].lower == doctest::Approx(binomial(200, 160) / all).epsilon(1e-9));
    CHECK(actual[1].upper == 0);
    CHECK(actual[2].lower == doctest::Approx(with_first / all).epsilon(1e-9));

    // Each coin is asked for within the circuit of the evidence, at the cost of a pass over it.
    const Compiled every = compile(count.graph, count.coins, std::span(&many, 1));
    CHECK(every.statistics.decisions < 10000);
    for (const circuit::Answer& coin : answers(every, uniform_weights(count.graph)))
        CHECK(coin.lower == doctest::Approx(with_first / all).epsilon(1e-9));

    const Condition not_few{count.few, false};
    const Compiled same = compile(count.graph, std::span(queries).last(1), std::span(&not_few, 1));
    CHECK(same.circuit.size() < 60000);
    CHECK(answers(same, uniform_weights(count.graph))[0].lower ==
          doctest::Approx(with_first / all).epsilon(1e-9));
}

TEST_CASE("reachability through positive cycles stays small: grid and complete graph") {
    std::vector<std::pair<int, int>> grid, complete;
    for (int i = 0; i < 16; ++i) {
        if (i % 4 != 3) grid.insert(grid.end(), {{i, i + 1}, {i + 1, i}});
        if (i < 12) grid.insert(grid.end(), {{i, i + 4}, {i + 4, i}});
    }
    for (int i = 0; i < 6; ++i) {
        for (int j = 0; j < 6; ++j) {
            if (i != j) complete.push_back({i, j});
        }
    }
    DerivationGraph first;
    const auto reached = reachability(first, 16, grid);
    const Compiled corner = compile(first, std::vector{reached[15]}, {});
    CHECK(first.choice_count() == 48);
    CHECK(corner.circuit.size() < 600);
    DerivationGraph second;
    const auto others = reachability(second, 6, complete);
    const Compiled last = compile(second, std::vector{others[5]}, {});
    CHECK(second.choice_count() == 30);
    CHECK(last.circuit.size() < 150);
}

TEST_CASE("the sum of two numbers of two digits has small circuits for all 199 answers") {
    DerivationGraph graph;
    std::vector<NodeId> digits, first, second, sums;
    for (int i = 0; i < 4; ++i) {
        const ChoiceId digit = new_choice(graph, 10);
        for (std::uint32_t k = 0; k < 10; ++k) digits.push_back(choice_node(graph, digit, k));
    }
    for (std::size_t i = 0; i < 100; ++i) {
        first.push_back(graph.add_node());
        derive(graph, first[i], {pos(digits[i / 10]), pos(digits[10 + i % 10])});
        second.push_back(graph.add_node());
        derive(graph, second[i], {pos(digits[20 + i / 10]), pos(digits[30 + i % 10])});
    }
    for (int i = 0; i < 199; ++i) sums.push_back(graph.add_node());
    for (std::size_t i = 0; i < 100; ++i) {
        for (std::size_t j = 0; j < 100; ++j)
            derive(graph, sums[i + j], {pos(first[i]), pos(second[j])});
    }
    graph.freeze();
    const Compiled compiled = compile(graph, sums, {});
    CHECK(compiled.circuit.size() < 500);
    CHECK(compiled.circuit.edge_count() < 2500);
    const auto actual = answers(compiled, uniform_weights(graph));
    for (std::size_t s = 0; s < 199; ++s) {
        const double pairs = static_cast<double>(std::min(s, 198 - s) + 1);
        CHECK(actual[s].lower == doctest::Approx(pairs / 10000).epsilon(1e-12));
    }
}

TEST_CASE("a chain of 100,000 choices compiles without deep recursion, in a linear circuit") {
    DerivationGraph graph;
    const NodeId odd = parity_chain(graph, 100000);
    const Compiled compiled = compile(graph, std::vector{odd}, {});
    CHECK(compiled.circuit.size() < 200010);
    CHECK(answers(compiled, uniform_weights(graph))[0].lower == doctest::Approx(0.5));

    DerivationGraph line;  // each node rests on the one before or on a coin of its own
    NodeId last = choice_node(line, new_choice(line, 2));
    for (int i = 1; i < 100000; ++i) {
        const NodeId next = line.add_node();
        derive(line, next, {pos(last)}, {new_choice(line, 2), 0});
        derive(line, next, {}, {new_choice(line, 2), 0});
        last = next;
    }
    line.freeze();
    const Compiled leaky = compile(line, std::vector{last}, {});
    CHECK(leaky.circuit.size() < 200010);
    CHECK(answers(leaky, uniform_weights(line))[0].lower == doctest::Approx(2.0 / 3));
}

TEST_CASE("five people on five seats: one way is left, and every answer is certain") {
    Seating seating(5);
    const NodeId second = seating.graph.add_node();
    derive(seating.graph, second, {neg(seating.seats[3 * 5 + 1])});
    const NodeId fifth = seating.graph.add_node();
    derive(seating.graph, fifth, {neg(seating.seats[1 * 5 + 4])});
    seating.graph.freeze();
    seating.conditions.insert(seating.conditions.end(), {{second, false}, {fifth, false}});
    const Compiled compiled = compile(seating.graph, seating.seats, seating.conditions);
    CHECK(compiled.satisfiable);
    const std::uint32_t seat_of[] = {3, 4, 0, 1, 2};
    const auto actual = answers(compiled, uniform_weights(seating.graph));
    for (std::uint32_t p = 0; p < 5; ++p) {
        for (std::uint32_t s = 0; s < 5; ++s) {
            CHECK(actual[p * 5 + s].lower == (seat_of[p] == s ? 1 : 0));
            CHECK(actual[p * 5 + s].upper == (seat_of[p] == s ? 1 : 0));
        }
    }
}

TEST_CASE("nine people on nine seats are searched in a few hundred decisions") {
    const Seating seating(9);
    const Compiled compiled = compile(seating.graph, seating.seats, seating.conditions);
    CHECK(compiled.statistics.decisions < 2000);
    const auto actual = answers(compiled, uniform_weights(seating.graph));
    CHECK(actual[4 * 9 + 2].lower == 1);  // person 4 on the third seat
    CHECK(actual[0 * 9 + 8].upper == 0);  // person 0 not on the last, being left of person 1
    CHECK(actual[0 * 9 + 0].lower == 0);
    CHECK(actual[0 * 9 + 0].upper == 1);
}

TEST_CASE("a free choice spans the least and the greatest probability over its ways") {
    DerivationGraph graph;
    const ChoiceId route = new_choice(graph, 3, true);
    const NodeId late = graph.add_node(), closed = graph.add_node();
    for (std::uint32_t r = 0; r < 3; ++r) {
        const NodeId taken = choice_node(graph, route, r);
        derive(graph, late, {pos(taken)}, {new_choice(graph, 2), 0});
        if (r == 2) derive(graph, closed, {pos(taken)});
    }
    graph.freeze();
    const Condition open{closed, false};
    const std::vector<double> weights{0, 0, 0, 0.2, 0.8, 0.6, 0.4, 0.9, 0.1};
    const auto free = answers(compile(graph, std::vector{late}, {}), weights);
    CHECK(free[0].lower == doctest::Approx(0.2));
    CHECK(free[0].upper == doctest::Approx(0.9));
    const auto limited = answers(compile(graph, std::vector{late}, std::span(&open, 1)), weights);
    CHECK(limited[0].lower == doctest::Approx(0.2));
    CHECK(limited[0].upper == doctest::Approx(0.6));
}

TEST_CASE("conditions that no world meets are told apart from those the weights rule out") {
    DerivationGraph graph;
    const NodeId coin = choice_node(graph, new_choice(graph, 2));
    graph.freeze();
    const std::vector<Condition> both{{coin, true}, {coin, false}};
    const Compiled never = compile(graph, std::vector{coin}, both);
    CHECK(!never.satisfiable);
    CHECK(never.circuit.roots()[never.conditions] == circuit::kFalse);
    REQUIRE(never.queries[0].pairs.size() == 1);
    CHECK(!answers(never, {0.5, 0.5})[0].feasible);
    const Compiled given = compile(graph, std::vector{coin}, std::span(both).first(1));
    CHECK(given.satisfiable);
    CHECK(!answers(given, {0.0, 1.0})[0].feasible);
    CHECK(answers(given, {0.5, 0.5})[0].lower == 1);
}

TEST_CASE("a reached limit is named, and what was finished before keeps its answer") {
    std::vector<std::pair<int, int>> edges;
    for (int i = 0; i < 12; ++i) {
        for (int j = 0; j < 12; ++j) {
            if (i != j) edges.push_back({i, j});
        }
    }
    DerivationGraph graph;
    std::vector<NodeId> queries = reachability(graph, 12, edges);
    const NodeId coin = choice_node(graph, new_choice(graph, 2));
    graph.freeze();
    queries[0] = coin;  // easy, and first
    const auto check = [&](const Limits& limits, LimitReached reached) {
        const Compiled compiled = compile(graph, queries, {}, limits);
        CHECK(compiled.limit == reached);
        CHECK(compiled.queries.front().finished == (reached != LimitReached::interrupted));
        CHECK(!compiled.queries.back().finished);
        CHECK(compiled.queries.back().pairs.empty());
        CHECK(validate(compiled.circuit) == "");
    };
    Limits limits;
    limits.max_nodes = 200;
    check(limits, LimitReached::nodes);
    limits = {};
    limits.max_memory = 1 << 20U;
    check(limits, LimitReached::memory);
    limits = {};
    limits.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    check(limits, LimitReached::time);
    const std::atomic<bool> stop{true};
    limits = {};
    limits.interrupt = &stop;
    check(limits, LimitReached::interrupted);
}

TEST_CASE("compile refuses what is not a node of the graph") {
    DerivationGraph graph;
    graph.freeze();
    const Condition condition{3, true};
    CHECK_THROWS_AS(compile(graph, std::vector<NodeId>{0}, {}), std::invalid_argument);
    CHECK_THROWS_AS(compile(graph, {}, std::span(&condition, 1)), std::invalid_argument);
    const Compiled nothing = compile(graph, {}, {});
    CHECK(nothing.circuit.roots()[nothing.conditions] == circuit::kTrue);
}
