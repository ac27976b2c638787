#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/seed.h"
#include "tests/symbolic/circuit_support.h"

using namespace entail;
using namespace entail::tests;
using circuit::compile;
using circuit::Compiled;

namespace {

struct RandomProblem {
    DerivationGraph graph;
    std::vector<std::uint32_t> level;
    std::vector<NodeId> queries;
    std::vector<Condition> conditions;
};

/// Up to about 2,000 worlds; cycles within a level, negation across levels, choices of 1 to 4.
RandomProblem random_problem(std::mt19937_64& random, bool with_free) {
    const auto below = [&](std::size_t n) { return static_cast<std::uint32_t>(random() % n); };
    RandomProblem problem;
    DerivationGraph& graph = problem.graph;
    std::uint64_t worlds = 1;
    const std::uint32_t choices = 1 + below(9);
    for (std::uint32_t i = 0; i < choices && worlds < 500; ++i) {
        const std::uint32_t size = below(8) == 0 ? 1 : below(3) == 0 ? 3 + below(2) : 2;
        new_choice(graph, size, with_free && below(3) == 0);
        worlds *= size;
    }
    const std::uint32_t nodes = 2 + below(16);
    const std::uint32_t levels = 1 + below(4);
    for (std::uint32_t i = 0; i < nodes; ++i) {
        graph.add_node();
        problem.level.push_back(below(levels));
    }
    const std::uint32_t style = below(3);  // few, some, many derivations
    for (NodeId n = 0; n < nodes; ++n) {
        const std::uint32_t derivations = below(8) == 0 ? 0 : 1 + below(1 + 2 * style);
        for (std::uint32_t i = 0; i < derivations; ++i) {
            std::vector<Premise> premises;
            for (std::uint32_t k = below(4); k > 0; --k) {
                const NodeId m = below(nodes);
                if (problem.level[m] < problem.level[n]) {
                    premises.push_back({m, below(3) == 0});
                } else if (problem.level[m] == problem.level[n]) {
                    premises.push_back(pos(m));
                }
            }
            ChoiceLiteral choice;
            if (below(4) != 0 || (premises.empty() && below(10) != 0)) {
                choice.choice = below(graph.choice_count());
                choice.alternative = below(graph.choice(choice.choice).size);
            }
            derive(graph, n, premises, choice);
        }
    }
    graph.freeze();
    for (std::uint32_t k = 1 + below(4); k > 0; --k) problem.queries.push_back(below(nodes));
    for (std::uint32_t k = below(5); k > 0; --k)
        problem.conditions.push_back({below(nodes), below(2) == 0});
    return problem;
}

void check_against_enumeration(std::mt19937_64& random, bool with_free) {
    const RandomProblem p = random_problem(random, with_free);
    const Compiled compiled = compile(p.graph, p.queries, p.conditions);
    const std::string flaw = validate(compiled.circuit);
    REQUIRE_MESSAGE(flaw.empty(), flaw);
    REQUIRE(compiled.limit == circuit::LimitReached::none);
    constexpr std::size_t kBatch = 3;
    std::vector<std::vector<double>> columns;
    std::vector<double> weights(p.graph.weight_count() * kBatch);
    for (std::size_t b = 0; b < kBatch; ++b) {
        columns.push_back(random_weights(p.graph, random));
        for (std::size_t w = 0; w < columns[b].size(); ++w) weights[w * kBatch + b] = columns[b][w];
    }
    const circuit::Evaluator evaluator(compiled.circuit);
    circuit::Workspace workspace;
    evaluator.forward(weights, kBatch, workspace);
    for (std::size_t b = 0; b < kBatch; ++b) {
        const auto expected =
            enumerate_answers(p.graph, p.level, p.queries, p.conditions, columns[b]);
        for (std::size_t q = 0; q < p.queries.size(); ++q) {
            REQUIRE(compiled.queries[q].finished);
            const circuit::Answer actual = answer(compiled, compiled.queries[q], workspace, b);
            REQUIRE(actual.feasible == expected[q].feasible);
            REQUIRE(compiled.satisfiable == expected[q].feasible);
            REQUIRE(std::abs(actual.lower - expected[q].lower) < 1e-12);
            REQUIRE(std::abs(actual.upper - expected[q].upper) < 1e-12);
        }
        if (with_free) continue;
        for (const auto& query : compiled.queries) REQUIRE(query.pairs.size() == 1);
    }
}

}  // namespace

TEST_CASE("random graphs of weighted choices count as the enumeration of their worlds does") {
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 3000; ++i) {
        CAPTURE(i);
        check_against_enumeration(random, false);
    }
}

TEST_CASE("random graphs with free choices have the range that enumerating the ways gives") {
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 1500; ++i) {
        CAPTURE(i);
        check_against_enumeration(random, true);
    }
}

TEST_CASE("the probability of the conditions is the mass of the worlds that satisfy them") {
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 300; ++i) {
        CAPTURE(i);
        const RandomProblem p = random_problem(random, false);
        const Compiled compiled = compile(p.graph, p.queries, p.conditions);
        const std::vector<double> weights = random_weights(p.graph, random);
        // With one more node that is true iff all conditions hold, its probability is the mass.
        DerivationGraph joint = p.graph;
        const NodeId all = joint.add_node();
        std::vector<Premise> premises;
        for (const Condition& c : p.conditions) premises.push_back({c.node, !c.value});
        derive(joint, all, premises);
        joint.freeze();
        std::vector<std::uint32_t> level = p.level;
        level.push_back(9);
        const auto expected = enumerate_answers(joint, level, std::span(&all, 1), {}, weights);
        const circuit::Evaluator evaluator(compiled.circuit);
        circuit::Workspace workspace;
        evaluator.forward(weights, 1, workspace);
        REQUIRE(std::abs(workspace.value(compiled.conditions, 0) - expected[0].lower) < 1e-12);
    }
}
