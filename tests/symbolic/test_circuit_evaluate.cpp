#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "tests/support/seed.h"
#include "tests/symbolic/circuit_support.h"
#include "tests/symbolic/random_circuit.h"

using namespace entail;
using namespace entail::tests;
using circuit::compile;
using circuit::Compiled;
using circuit::Evaluator;
using circuit::Workspace;

namespace {

/// Reachability with two-way coins on a grid: shared nodes, a positive cycle, deep decisions.
struct Grid {
    DerivationGraph graph;
    std::vector<NodeId> reached;

    explicit Grid(std::uint32_t side) {
        for (std::uint32_t i = 0; i < side * side; ++i) reached.push_back(graph.add_node());
        const auto connect = [&](std::uint32_t a, std::uint32_t b) {
            const NodeId edge = choice_node(graph, new_choice(graph, 2));
            if (a == 0) derive(graph, reached[b], {pos(edge)});
            derive(graph, reached[b], {pos(reached[a]), pos(edge)});
        };
        for (std::uint32_t i = 0; i < side * side; ++i) {
            for (std::uint32_t j : {i + 1, i + side}) {
                if (j >= side * side || (j == i + 1 && j % side == 0)) continue;
                connect(i, j);
                connect(j, i);
            }
        }
        graph.freeze();
    }
};

/// x(i) holds when x(i - 1) does and coin i falls; returns the last.
NodeId conjunctive_chain(DerivationGraph& graph, std::uint32_t length) {
    NodeId last = choice_node(graph, new_choice(graph, 2));
    for (std::uint32_t i = 1; i < length; ++i) {
        const NodeId next = graph.add_node();
        derive(graph, next, {pos(last)}, {new_choice(graph, 2), 0});
        last = next;
    }
    return last;
}

}  // namespace

TEST_CASE("gradients over root values agree with central differences, whatever the batch") {
    std::mt19937_64 random(random_seed());
    const Grid grid(3);
    const Compiled compiled = compile(grid.graph, grid.reached, {});
    const Evaluator evaluator(compiled.circuit);
    const std::size_t weights_count = grid.graph.weight_count();
    const std::size_t roots = compiled.circuit.roots().size();
    Workspace workspace;
    for (std::size_t batch : {1U, 5U, 33U}) {
        std::vector<double> weights(weights_count * batch), root_gradients(roots * batch);
        for (std::size_t b = 0; b < batch; ++b) {
            const auto column = random_weights(grid.graph, random);
            for (std::size_t w = 0; w < weights_count; ++w) weights[w * batch + b] = column[w];
        }
        for (double& g : root_gradients) g = static_cast<double>(random() % 1000) / 500 - 1;
        std::vector<double> gradients(weights.size());
        evaluator.forward(weights, batch, workspace);
        evaluator.backward(root_gradients, workspace, gradients);
        const auto loss = [&](std::size_t b) {
            evaluator.forward(weights, batch, workspace);
            double sum = 0;
            for (circuit::RootId r = 0; r < roots; ++r)
                sum += root_gradients[r * batch + b] * workspace.value(r, b);
            return sum;
        };
        for (int probe = 0; probe < 60; ++probe) {
            const std::size_t at = random() % weights.size();
            const double saved = weights[at];
            constexpr double kStep = 1e-5;
            weights[at] = saved + kStep;
            const double above = loss(at % batch);
            weights[at] = saved - kStep;
            const double below = loss(at % batch);
            weights[at] = saved;
            CHECK(gradients[at] == doctest::Approx((above - below) / (2 * kStep)).epsilon(1e-6));
        }
    }
}

TEST_CASE("gradients of log ratios under evidence agree with central differences") {
    std::mt19937_64 random(random_seed());
    const Grid grid(3);
    const std::vector<Condition> conditions{{grid.reached[4], false}, {grid.reached[2], true}};
    const Compiled compiled = compile(grid.graph, std::span(&grid.reached[8], 1), conditions);
    const Evaluator evaluator(compiled.circuit);
    const circuit::RootPair pair = compiled.queries[0].pairs.at(0);
    Workspace workspace;
    std::vector<double> weights = random_weights(grid.graph, random);
    std::vector<double> root_gradients(compiled.circuit.roots().size(), 0.0);
    root_gradients[pair.numerator] += 1;
    root_gradients[pair.denominator] -= 1;
    std::vector<double> gradients(weights.size());
    evaluator.forward(weights, 1, workspace);
    evaluator.backward_log(root_gradients, workspace, gradients);
    for (std::size_t w = 0; w < weights.size(); ++w) {
        const double saved = weights[w];
        const auto at = [&](double value) {
            weights[w] = value;
            evaluator.forward(weights, 1, workspace);
            return workspace.log_ratio(pair, 0);
        };
        constexpr double kStep = 1e-6;
        const double slope = (at(saved + kStep) - at(saved - kStep)) / (2 * kStep);
        weights[w] = saved;
        CHECK(std::abs(gradients[w] - slope) < 1e-6 * (1 + std::abs(slope)));
    }
}

TEST_CASE("a probability far below the least double keeps its logarithm, ratio and gradient") {
    DerivationGraph graph;
    const NodeId most = conjunctive_chain(graph, 2999);
    const NodeId all = graph.add_node();
    derive(graph, all, {pos(most)}, {new_choice(graph, 2), 0});
    const NodeId either = graph.add_node();  // of two alternatives of one more choice
    const ChoiceId dice = new_choice(graph, 3);
    derive(graph, either, {pos(all)}, {dice, 0});
    derive(graph, either, {pos(all)}, {dice, 2});
    graph.freeze();
    const Compiled compiled = compile(graph, std::vector{all, either}, {});
    const std::size_t batch = 2;  // a column that underflows beside one that does not
    std::vector<double> weights(graph.weight_count() * batch);
    for (ChoiceId c = 0; c < 3000; ++c) {
        weights[graph.weight_offset(c) * batch] = 0.5;
        weights[(graph.weight_offset(c) + 1) * batch] = 0.5;
        weights[graph.weight_offset(c) * batch + 1] = 1 - 1e-6;
        weights[(graph.weight_offset(c) + 1) * batch + 1] = 1e-6;
    }
    for (std::size_t b = 0; b < batch; ++b) {
        for (std::uint32_t k = 0; k < 3; ++k)
            weights[(graph.weight_offset(dice) + k) * batch + b] = std::vector{0.2, 0.5, 0.3}[k];
    }
    const Evaluator evaluator(compiled.circuit);
    Workspace workspace;
    evaluator.forward(weights, batch, workspace);
    const circuit::RootId one = compiled.queries[0].pairs[0].numerator;
    const circuit::RootId two = compiled.queries[1].pairs[0].numerator;
    CHECK(workspace.log_value(one, 0) == doctest::Approx(3000 * std::log(0.5)).epsilon(1e-12));
    CHECK(workspace.value(one, 1) == doctest::Approx(std::pow(1 - 1e-6, 3000)).epsilon(1e-12));
    CHECK(workspace.ratio({two, one}, 0) == doctest::Approx(0.5).epsilon(1e-9));
    CHECK(workspace.ratio({two, one}, 1) == doctest::Approx(0.5).epsilon(1e-12));

    std::vector<double> root_gradients(compiled.circuit.roots().size() * batch, 0.0);
    root_gradients[two * batch] = 1;
    std::vector<double> gradients(weights.size());
    evaluator.backward_log(root_gradients, workspace, gradients);
    CHECK(gradients[graph.weight_offset(7) * batch] == doctest::Approx(2.0).epsilon(1e-9));
    CHECK(gradients[graph.weight_offset(dice) * batch] == doctest::Approx(2.0).epsilon(1e-9));
}

TEST_CASE("ratios are right where numerator and denominator both underflow") {
    DerivationGraph graph;
    const NodeId rare = conjunctive_chain(graph, 3000);
    const NodeId coin = choice_node(graph, new_choice(graph, 2));
    const NodeId query = graph.add_node();
    derive(graph, query, {pos(coin)});
    derive(graph, query, {pos(rare)});
    const NodeId evidence = graph.add_node();  // rare, or a second rare event with the coin
    const NodeId other = conjunctive_chain(graph, 3000);
    derive(graph, evidence, {pos(rare)});
    derive(graph, evidence, {pos(other), pos(coin)});
    graph.freeze();
    const Condition condition{evidence, true};
    const Compiled compiled =
        compile(graph, std::vector{query, rare, coin}, std::span(&condition, 1));
    const std::vector<double> weights(graph.weight_count(), 0.5);
    const Evaluator evaluator(compiled.circuit);
    Workspace workspace;
    evaluator.forward(weights, 1, workspace);
    const auto at = [&](std::size_t q) {
        const circuit::Answer a = answer(compiled, compiled.queries[q], workspace, 0);
        REQUIRE(a.feasible);
        CHECK(a.lower == a.upper);
        return a.lower;
    };
    // Masses, in units of 2^-3000: rare 1, other and the coin 1/2, both of them nearly none.
    CHECK(at(0) == doctest::Approx(1.0));
    CHECK(at(1) == doctest::Approx(2.0 / 3).epsilon(1e-9));
    CHECK(at(2) == doctest::Approx(2.0 / 3).epsilon(1e-9));
}

TEST_CASE("weights of zero make conditions infeasible, and gradients still flow beside them") {
    DerivationGraph graph;
    const NodeId a = choice_node(graph, new_choice(graph, 2));
    const NodeId b = choice_node(graph, new_choice(graph, 2));
    const NodeId both = graph.add_node();
    derive(graph, both, {pos(a), pos(b)});
    graph.freeze();
    const Condition condition{a, true};
    const Compiled given = compile(graph, std::span(&b, 1), std::span(&condition, 1));
    const std::vector<double> weights{0.0, 1.0, 0.25, 0.75};
    Workspace workspace;
    const Evaluator evaluator(given.circuit);
    evaluator.forward(weights, 1, workspace);
    CHECK(!answer(given, given.queries[0], workspace, 0).feasible);

    const Compiled plain = compile(graph, std::span(&both, 1), {});
    const Evaluator plain_evaluator(plain.circuit);
    plain_evaluator.forward(weights, 1, workspace);
    CHECK(answer(plain, plain.queries[0], workspace, 0).feasible);
    CHECK(answer(plain, plain.queries[0], workspace, 0).upper == 0);
    std::vector<double> root_gradients(plain.circuit.roots().size(), 0.0), gradients(4);
    root_gradients[plain.queries[0].pairs[0].numerator] = 1;
    plain_evaluator.backward(root_gradients, workspace, gradients);
    CHECK(gradients == std::vector<double>{0.25, 0, 0, 0});
}

TEST_CASE("a circuit is worth the mass of its worlds, for every instruction set and any batch") {
    std::mt19937_64 random(random_seed());
    for (int round = 0; round < 30; ++round) {
        const RandomCircuit made(1 + static_cast<std::uint32_t>(random() % 7), 3, random);
        const circuit::Circuit& circuit = made.circuit();
        REQUIRE(validate(circuit) == "");
        const std::size_t batch = 1 + random() % 20;
        std::vector<double> weights(circuit.weight_count() * batch), columns;
        std::vector<std::vector<double>> expected(batch);
        for (std::size_t b = 0; b < batch; ++b) {
            const auto column = random_weights(circuit, random);
            for (std::size_t w = 0; w < column.size(); ++w) weights[w * batch + b] = column[w];
            expected[b].assign(circuit.roots().size(), 0.0);
            each_world(circuit, [&](const std::vector<std::uint32_t>& world) {
                for (std::size_t r = 0; r < circuit.roots().size(); ++r) {
                    if (holds(circuit, circuit.roots()[r], world))
                        expected[b][r] += world_weight(circuit, column, world);
                }
            });
        }
        for (circuit::Simd simd :
             {circuit::Simd::portable, circuit::Simd::avx2, circuit::Simd::avx512}) {
            if (simd > circuit::widest_simd()) continue;
            const Evaluator evaluator(circuit, simd);
            Workspace workspace;
            evaluator.forward(weights, batch, workspace);
            for (std::size_t b = 0; b < batch; ++b) {
                for (circuit::RootId r = 0; r < circuit.roots().size(); ++r)
                    CHECK(workspace.value(r, b) == doctest::Approx(expected[b][r]).epsilon(1e-12));
            }
        }
    }
}

TEST_CASE("threads change no byte, whether columns underflow or not") {
    std::mt19937_64 random(random_seed());
    const RandomCircuit made(12, 6, random);
    const circuit::Circuit& circuit = made.circuit();
    constexpr std::size_t kBatch = 1500;
    std::vector<double> weights(circuit.weight_count() * kBatch);
    for (std::size_t b = 0; b < kBatch; ++b) {
        const double power = b % 3 == 0 ? 100 : 1;  // weights down to 1e-130
        const auto column = random_weights(circuit, random);
        for (std::size_t w = 0; w < column.size(); ++w)
            weights[w * kBatch + b] = std::pow(column[w], power);
    }
    std::vector<double> root_gradients(circuit.roots().size() * kBatch);
    for (double& g : root_gradients) g = static_cast<double>(random() % 9) - 4;
    const Evaluator evaluator(circuit);
    const auto run = [&](circuit::ParallelFor parallel) {
        Workspace workspace(std::move(parallel));
        std::vector<double> result(weights.size());
        evaluator.forward(weights, kBatch, workspace);
        evaluator.backward_log(root_gradients, workspace, result);
        for (circuit::RootId r = 0; r < circuit.roots().size(); ++r) {
            for (std::size_t b = 0; b < kBatch; ++b) result.push_back(workspace.log_value(r, b));
        }
        return result;
    };
    const auto alone = run({});
    bool is_shared = false;
    const auto shared = run([&](std::size_t count, const std::function<void(std::size_t)>& task) {
        is_shared = true;
        std::vector<std::thread> threads;
        for (std::size_t i = count; i-- > 0;) threads.emplace_back([&task, i] { task(i); });
        for (std::thread& thread : threads) thread.join();
    });
    CHECK(is_shared);
    CHECK(std::memcmp(alone.data(), shared.data(), alone.size() * sizeof(double)) == 0);
}

TEST_CASE("scaled and plain sweeps of the same weights agree to the last digits but few") {
    std::mt19937_64 random(random_seed());
    const Grid grid(3);
    const Compiled plain = compile(grid.graph, std::span(&grid.reached[8], 1), {});
    const auto small = random_weights(grid.graph, random);
    std::vector<double> gradients(small.size()), root_gradients(plain.circuit.roots().size(), 0.0);
    const circuit::RootId root = plain.queries[0].pairs[0].numerator;
    root_gradients[root] = 1;
    const Evaluator evaluator(plain.circuit);
    Workspace workspace;
    evaluator.forward(small, 1, workspace);
    evaluator.backward_log(root_gradients, workspace, gradients);
    constexpr double kFactor = -1e-100;  // of the loss
    const circuit::Circuit& circuit = plain.circuit;
    const circuit::Tape tape(circuit);
    std::vector<double> exact(tape.row_count * 2), flows(tape.row_count * 2);
    const auto put = [](std::vector<double>& rows, std::size_t row, circuit::Scaled number) {
        rows[row * 2] = number.mantissa;
        std::memcpy(&rows[row * 2 + 1], &number.exponent, sizeof(double));
    };
    const auto get = [](const std::vector<double>& rows, std::size_t row) {
        circuit::Scaled number;
        number.mantissa = rows[row * 2];
        std::memcpy(&number.exponent, &rows[row * 2 + 1], sizeof(double));
        return number;
    };
    for (std::size_t w = 0; w < small.size(); ++w) put(exact, w, circuit::Scaled::of(small[w]));
    put(exact, tape.false_row(), {});
    put(exact, tape.true_row(), circuit::Scaled::of(1));
    circuit::sweep_forward(tape, circuit::Arithmetic::scaled, 1, exact.data(),
                           circuit::widest_simd());
    const circuit::Scaled value = get(exact, tape.roots[root]);
    CHECK(value.to_double() == doctest::Approx(workspace.value(root, 0)).epsilon(1e-14));
    for (std::size_t row = 0; row < tape.row_count; ++row) put(flows, row, {});
    put(flows, tape.roots[root], circuit::Scaled::of(kFactor) / value);
    circuit::sweep_backward(tape, circuit::Arithmetic::scaled, 1, exact.data(), flows.data(),
                            circuit::widest_simd());
    for (std::size_t w = 0; w < small.size(); ++w)
        CHECK(get(flows, w).to_double() == doctest::Approx(kFactor * gradients[w]).epsilon(1e-13));
}

TEST_CASE("a column that underflows keeps gradients of both signs and of weights of zero") {
    // root = coin a * dice, and 400 coins of 1e-10: 1e-4000.
    circuit::CircuitBuilder builder([] {
        std::vector<std::uint32_t> offsets;
        for (std::uint32_t c = 0; c <= 402; ++c) offsets.push_back(2 * c);
        return offsets;
    }());
    std::vector<circuit::CircuitNode> factors;
    for (std::uint32_t c = 0; c < 402; ++c) factors.push_back(builder.literal(2 * c));
    const circuit::CircuitNode all = builder.conjunction(factors);
    const circuit::Circuit circuit = builder.finish(std::span(&all, 1));
    for (std::size_t batch : {1U, 3U, 20U}) {
        std::vector<double> weights(circuit.weight_count() * batch, 1e-10);
        const std::size_t odd = batch - 1;
        weights[0 * batch + odd] = 0;  // the last column is impossible for want of one weight
        const Evaluator evaluator(circuit);
        Workspace workspace;
        evaluator.forward(weights, batch, workspace);
        std::vector<double> root_gradients(batch, -2.0), gradients(weights.size());
        evaluator.backward_log(root_gradients, workspace, gradients);
        for (std::size_t b = 0; b < batch; ++b) {
            const bool impossible = b == odd;
            CHECK(workspace.value(0, b) == 0);
            CHECK(std::isfinite(workspace.log_value(0, b)) != impossible);
            CHECK(gradients[2 * 7 * batch + b] ==
                  (impossible ? doctest::Approx(0.0) : doctest::Approx(-2e10)));
            if (!impossible)
                CHECK(workspace.log_value(0, b) ==
                      doctest::Approx(4020 * -std::log(10.0)).epsilon(1e-13));
        }
    }
}

TEST_CASE(
    "what is not asked for may underflow without a second sweep; what is asked keeps digits") {
    circuit::CircuitBuilder builder({0, 2, 4});
    const circuit::CircuitNode roots[] = {builder.literal(0), builder.literal(2)};
    const circuit::Circuit circuit = builder.finish(roots);
    const Evaluator evaluator(circuit);
    Workspace workspace;
    const std::vector<double> weights{1e-300, 0.5, 1, 0.5, 0.25, 0.25, 0.75, 0.75};
    const circuit::RootPair asked[] = {{1, 1}, {0, 1}};
    evaluator.forward(weights, 2, workspace, asked);
    CHECK(workspace.value(1, 0) == 0.25);
    CHECK(workspace.ratio({0, 1}, 1) == 2);
    CHECK_THROWS_AS(evaluator.forward(weights, 2, workspace, std::span(asked, 1)),
                    std::invalid_argument);
}

TEST_CASE("matrices of a wrong size are refused by name") {
    const Grid grid(2);
    const Compiled compiled = compile(grid.graph, grid.reached, {});
    const Evaluator evaluator(compiled.circuit);
    Workspace workspace;
    const std::vector<double> weights(grid.graph.weight_count() * 2);
    CHECK_THROWS_WITH_AS(evaluator.forward(std::span(weights).first(3), 2, workspace),
                         "Evaluator::forward: weights has 3 elements; [16 x 2] was required",
                         std::invalid_argument);
    evaluator.forward(weights, 2, workspace);
    std::vector<double> gradients(weights.size());
    CHECK_THROWS_AS(evaluator.backward(std::span(weights).first(1), workspace, gradients),
                    std::invalid_argument);
}
