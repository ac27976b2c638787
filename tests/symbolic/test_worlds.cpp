#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>

#include "symbolic/circuit/worlds.h"
#include "tests/support/seed.h"
#include "tests/symbolic/circuit_support.h"
#include "tests/symbolic/random_circuit.h"

using namespace entail;
using namespace entail::tests;
using circuit::World;

namespace {

std::vector<std::uint32_t> all_choices(const circuit::Circuit& circuit) {
    std::vector<std::uint32_t> choices(circuit.weight_offsets().size() - 1);
    for (std::uint32_t c = 0; c < choices.size(); ++c) choices[c] = c;
    return choices;
}

}  // namespace

TEST_CASE("a world makes true what the least fixpoint of its rules does") {
    std::mt19937_64 random(random_seed());
    for (int round = 0; round < 300; ++round) {
        DerivationGraph graph;
        std::vector<std::uint32_t> level;
        const std::size_t count = 1 + random() % 8;
        const std::size_t coins = 1 + random() % 4;
        for (std::size_t c = 0; c < coins; ++c)
            new_choice(graph, 2 + static_cast<std::uint32_t>(random() % 2));
        for (std::size_t n = 0; n < count; ++n) {
            graph.add_node();
            level.push_back(n == 0 ? 0 : level.back() + static_cast<std::uint32_t>(random() % 2));
        }
        for (NodeId n = 0; n < count; ++n) {
            for (std::size_t d = random() % 4; d > 0; --d) {
                std::vector<Premise> premises;
                for (std::size_t p = random() % 3; p > 0; --p) {
                    const auto m = static_cast<NodeId>(random() % count);
                    if (level[m] < level[n]) {
                        premises.push_back({m, random() % 2 == 0});
                    } else if (level[m] == level[n]) {
                        premises.push_back(pos(m));
                    }
                }
                ChoiceLiteral choice;
                if (random() % 2 == 0)
                    choice = {static_cast<ChoiceId>(random() % coins),
                              static_cast<std::uint32_t>(random() % 2)};
                derive(graph, n, premises, choice);
            }
        }
        graph.freeze();
        std::vector<NodeId> nodes;
        for (NodeId n = 0; n < count; ++n) nodes.push_back(n);
        std::ranges::shuffle(nodes, random);
        provenance::WorldModel model(graph, nodes);
        for (int w = 0; w < 8; ++w) {
            World world;
            for (ChoiceId c = 0; c < coins; ++c)
                world.push_back(static_cast<std::uint32_t>(random() % graph.choice(c).size));
            const auto expected = least_model(graph, world, level);
            const auto truth = model.truth(world);
            for (std::size_t i = 0; i < nodes.size(); ++i)
                CHECK((truth[i] != 0) == expected[nodes[i]]);
        }
    }
}

TEST_CASE("all worlds of a circuit come once each, by descending weight") {
    std::mt19937_64 random(random_seed());
    for (int round = 0; round < 60; ++round) {
        const RandomCircuit made(1 + static_cast<std::uint32_t>(random() % 6), 1, random);
        const circuit::Circuit& circuit = made.circuit();
        const circuit::CircuitNode root = circuit.roots()[0];
        std::vector<double> weights = random_weights(circuit, random);
        for (std::uint32_t c = 0; c + 1 < circuit.weight_offsets().size(); ++c) {
            if (random() % 4 == 0) weights[circuit.weight_offsets()[c]] = 0;  // no distribution
        }
        std::map<World, double> expected;
        each_world(circuit, [&](const World& world) {
            const double weight = world_weight(circuit, weights, world);
            if (weight > 0 && holds(circuit, root, world)) expected[world] = weight;
        });
        circuit::BestWorlds best(circuit, root, weights, all_choices(circuit));
        double last = 1e300;
        std::set<World> seen;
        while (const auto found = best.next()) {
            const auto known = expected.find(found->world);
            REQUIRE(known != expected.end());
            CHECK(seen.insert(found->world).second);
            const double weight = std::exp(found->log_weight);
            CHECK(weight == doctest::Approx(known->second).epsilon(1e-12));
            CHECK(weight <= last * (1 + 1e-12));
            last = weight;
        }
        CHECK(seen.size() == expected.size());
        circuit::WorldSampler sampler(circuit, root, weights, all_choices(circuit));
        CHECK(sampler.possible() == !expected.empty());
    }
}

TEST_CASE("draws from a circuit have the frequencies of its worlds") {
    std::mt19937_64 random(20240607);
    for (int round = 0; round < 6; ++round) {
        const RandomCircuit made(4, 1, random);
        const circuit::Circuit& circuit = made.circuit();
        const circuit::CircuitNode root = circuit.roots()[0];
        const std::vector<double> weights = random_weights(circuit, random);
        std::map<World, double> mass;
        double total = 0;
        each_world(circuit, [&](const World& world) {
            if (!holds(circuit, root, world)) return;
            total += mass[world] = world_weight(circuit, weights, world);
        });
        const circuit::WorldSampler sampler(circuit, root, weights, all_choices(circuit));
        REQUIRE(sampler.possible() == (total > 0));
        if (total == 0) continue;
        constexpr int kDraws = 20000;
        std::map<World, int> drawn;
        for (int i = 0; i < kDraws; ++i) ++drawn[sampler.draw(random)];
        double chi_square = 0;
        for (const auto& [world, weight] : mass) {
            const double expected = kDraws * weight / total;
            const double difference = drawn[world] - expected;
            chi_square += difference * difference / expected;
        }
        CHECK(drawn.size() <= mass.size());  // nothing else was drawn
        // Mean n, standard deviation sqrt(2n); seeds are fixed, so this holds or not for ever.
        const auto freedom = static_cast<double>(mass.size() - 1);
        CHECK(chi_square < freedom + 4 * std::sqrt(2 * freedom) + 1);
    }
}
