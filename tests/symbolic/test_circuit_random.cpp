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

/// The states of a random sum, in which a choice adds what its alternative is worth, with chains of
/// steps on top that turn into other names of a state once their choices are decided.
RandomProblem random_sum(std::mt19937_64& random, bool with_free) {
    const auto below = [&](std::size_t n) { return static_cast<std::uint32_t>(random() % n); };
    RandomProblem problem;
    DerivationGraph& graph = problem.graph;
    const auto add_node = [&](std::uint32_t level) {
        problem.level.push_back(level);
        return graph.add_node();
    };
    const std::uint32_t length = 2 + below(6);
    std::vector<NodeId> states, all;  // by sum, of the last layer; of all layers
    for (std::uint32_t i = 0; i < length; ++i) {
        const ChoiceId choice = new_choice(graph, i % 3 == 2 ? 3 : 2, with_free && below(3) == 0);
        std::vector<NodeId> next;
        for (std::uint32_t k = 0; k < graph.choice(choice).size; ++k) {
            const std::uint32_t worth = below(3);
            for (std::size_t sum = 0; sum < std::max<std::size_t>(1, states.size()); ++sum) {
                while (next.size() <= sum + worth) next.push_back(add_node(0));
                std::vector<Premise> premises;
                if (i > 0) premises.push_back(pos(states[sum]));
                derive(graph, next[sum + worth], premises, {choice, k});
            }
        }
        states = next;
        all.insert(all.end(), states.begin(), states.end());
    }
    const auto any_choice = [&] {
        const ChoiceId choice = below(graph.choice_count());
        return ChoiceLiteral{choice, below(graph.choice(choice).size)};
    };
    std::vector<NodeId> tops;
    for (std::uint32_t i = 2 + below(5); i > 0; --i) {
        NodeId top = below(2) == 0 ? states[below(states.size())] : all[below(all.size())];
        for (std::uint32_t steps = below(6); steps > 0; --steps) {
            const NodeId next = add_node(0);
            for (std::uint32_t k = 1 + below(2); k > 0; --k) {
                std::vector<Premise> premises{pos(top)};
                if (below(6) == 0) premises.push_back(pos(all[below(all.size())]));
                derive(graph, next, premises, below(3) == 0 ? ChoiceLiteral{} : any_choice());
            }
            if (below(8) == 0) derive(graph, top, {pos(next)});  // a loop
            top = next;
        }
        tops.push_back(top);
    }
    const auto any_node = [&] {
        return below(2) == 0 ? tops[below(tops.size())] : all[below(all.size())];
    };
    std::vector<NodeId> eithers;
    for (std::uint32_t i = 1 + below(4); i > 0; --i) {
        const NodeId either = add_node(1);
        for (std::uint32_t k = 1 + below(4); k > 0; --k) {
            std::vector<Premise> premises{pos(any_node())};
            if (below(4) == 0) premises.push_back({any_node(), below(2) == 0});
            derive(graph, either, premises);
        }
        eithers.push_back(either);
    }
    for (std::uint32_t i = below(3); i > 0; --i) {
        const NodeId neither = add_node(2);
        derive(graph, neither, {neg(eithers[below(eithers.size())]), pos(any_node())});
        derive(graph, neither, {pos(eithers[below(eithers.size())])}, any_choice());
        tops.push_back(neither);
    }
    tops.insert(tops.end(), eithers.begin(), eithers.end());
    graph.freeze();
    for (std::uint32_t k = 1 + below(3); k > 0; --k) problem.queries.push_back(any_node());
    for (std::uint32_t k = below(4); k > 0; --k)
        problem.conditions.push_back({any_node(), below(2) == 0});
    return problem;
}

void check_against_enumeration(const RandomProblem& p, std::mt19937_64& random, bool with_free) {
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
        check_against_enumeration(random_problem(random, false), random, false);
    }
}

TEST_CASE("random graphs with free choices have the range that enumerating the ways gives") {
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 1500; ++i) {
        CAPTURE(i);
        check_against_enumeration(random_problem(random, true), random, true);
    }
}

TEST_CASE("random sums under chains of steps count as the enumeration of their worlds does") {
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 2000; ++i) {
        CAPTURE(i);
        const bool with_free = i % 3 == 0;
        check_against_enumeration(random_sum(random, with_free), random, with_free);
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
