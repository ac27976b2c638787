// Circuits over batches: examples a second, forward and backward.
//
// Goal: 60,000 examples/s on a circuit of 5,000 nodes, in batches of 64, on two threads. (KLay
// evaluates an SDD of that size for 6,000 examples/s.) Every circuit gets other random weights in
// every column; each example asks for the logarithm of one root and for its gradient.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include "neural/core/thread_pool.h"
#include "symbolic/circuit/compile.h"
#include "symbolic/circuit/evaluate.h"
#include "symbolic/provenance/derivation_graph.h"

using namespace entail;
using circuit::CircuitBuilder;
using circuit::CircuitNode;
using provenance::DerivationGraph;
using provenance::NodeId;

namespace {

constexpr double kGoal = 60'000;

using Random = std::mt19937_64;

std::vector<std::uint32_t> offsets(std::uint32_t choices, std::uint32_t size) {
    std::vector<std::uint32_t> result;
    for (std::uint32_t c = 0; c <= choices; ++c) result.push_back(c * size);
    return result;
}

/// A structured decomposition, as of an SDD: over a range of choices there are `variants` random
/// functions, each a decision on the range's middle choice, of products of one function of each
/// half.
circuit::Circuit decomposition(std::uint32_t choices, std::uint32_t size, std::uint32_t variants,
                               Random& random) {
    CircuitBuilder builder(offsets(choices, size));
    const auto make = [&](const auto& self, std::uint32_t begin,
                          std::uint32_t end) -> std::vector<CircuitNode> {
        if (begin == end) return {circuit::kTrue};
        const std::uint32_t middle = (begin + end) / 2;
        const auto left = self(self, begin, middle);
        const auto right = self(self, middle + 1, end);
        std::vector<CircuitNode> result;
        for (std::uint32_t v = 0; v < variants; ++v) {
            std::vector<circuit::Edge> edges;
            for (std::uint32_t k = 0; k < size; ++k) {
                const CircuitNode factors[] = {left[random() % left.size()],
                                               right[random() % right.size()]};
                if (random() % 8 != 0)
                    edges.push_back({middle * size + k, builder.conjunction(factors)});
            }
            const CircuitNode node = builder.decision(edges);
            if (node != circuit::kFalse) result.push_back(node);
        }
        return result.empty() ? std::vector{circuit::kTrue} : result;
    };
    return builder.finish(make(make, 0, choices));
}

/// A random decision diagram: `width` nodes in each level, each with edges into the next.
circuit::Circuit diagram(std::uint32_t levels, std::uint32_t size, std::uint32_t width,
                         Random& random) {
    CircuitBuilder builder(offsets(levels, size));
    std::vector<CircuitNode> below{circuit::kTrue};
    for (std::uint32_t level = levels; level-- > 0;) {
        std::vector<CircuitNode> nodes;
        for (std::uint32_t i = 0; i < width; ++i) {
            std::vector<circuit::Edge> edges;
            for (std::uint32_t k = 0; k < size; ++k) {
                if (random() % 8 != 0)
                    edges.push_back({level * size + k, below[random() % below.size()]});
            }
            if (!edges.empty()) nodes.push_back(builder.decision(edges));
        }
        below = std::move(nodes);
    }
    return builder.finish(below);
}

/// Two-way coins on a grid: is each corner reached from the first?
circuit::Circuit grid(std::uint32_t side) {
    DerivationGraph graph;
    std::vector<NodeId> reached;
    for (std::uint32_t i = 0; i < side * side; ++i) reached.push_back(graph.add_node());
    std::uint32_t coins = 0;
    const auto connect = [&](std::uint32_t a, std::uint32_t b) {
        const provenance::ChoiceLiteral edge{graph.intern_choice(coins++, {}, 2, false), 0};
        const provenance::Premise from(reached[a], false);
        if (a == 0) graph.add_derivation(reached[b], 0, {}, edge);
        graph.add_derivation(reached[b], 0, {&from, 1}, edge);
    };
    for (std::uint32_t i = 0; i < side * side; ++i) {
        for (std::uint32_t j : {i + 1, i + side}) {
            if (j >= side * side || (j == i + 1 && j % side == 0)) continue;
            connect(i, j);
            connect(j, i);
        }
    }
    graph.freeze();
    return circuit::compile(graph, std::span(&reached.back(), 1), {}).circuit;
}

/// The sum of two numbers of `digits` digits, by value: a root for each sum.
circuit::Circuit sums(std::uint32_t digits) {
    CircuitBuilder builder(offsets(2 * digits, 10));
    const auto numbers = static_cast<std::uint32_t>(std::pow(10, digits));
    std::vector<CircuitNode> roots;
    // f(i, s): the digits from the i-th on contribute s; pairs of equal worth are decided together.
    std::vector<std::uint32_t> worth;
    for (std::uint32_t unit = numbers / 10; unit > 0; unit /= 10)
        worth.insert(worth.end(), 2, unit);
    std::vector<CircuitNode> below{circuit::kTrue};
    for (std::size_t i = worth.size(); i-- > 0;) {
        std::vector<CircuitNode> nodes(below.size() + 9 * worth[i], circuit::kFalse);
        for (std::uint32_t s = 0; s < nodes.size(); ++s) {
            std::vector<circuit::Edge> edges;
            for (std::uint32_t d = 0; d < 10 && d * worth[i] <= s; ++d) {
                if (s - d * worth[i] < below.size())
                    edges.push_back(
                        {static_cast<std::uint32_t>(i) * 10 + d, below[s - d * worth[i]]});
            }
            nodes[s] = builder.decision(edges);
        }
        below = std::move(nodes);
    }
    return builder.finish(below);
}

struct Rates {
    double forward, both;
};

Rates measure(const circuit::Circuit& circuit, std::size_t batch, int threads, double seconds,
              circuit::Simd simd) {
    neural::ThreadPool pool(threads);
    circuit::Workspace workspace(
        [&](std::size_t count, const std::function<void(std::size_t)>& task) {
            pool.run(static_cast<int>(count), [&](int i) { task(static_cast<std::size_t>(i)); });
        });
    const circuit::Evaluator evaluator(circuit, simd);
    Random random(1);
    const auto choices = circuit.weight_offsets();
    std::vector<double> weights(circuit.weight_count() * batch);
    for (std::size_t b = 0; b < batch; ++b) {
        for (std::size_t c = 0; c + 1 < choices.size(); ++c) {
            double sum = 0;
            for (std::uint32_t w = choices[c]; w < choices[c + 1]; ++w)
                sum += weights[w * batch + b] = std::uniform_real_distribution(0.01, 1.0)(random);
            for (std::uint32_t w = choices[c]; w < choices[c + 1]; ++w)
                weights[w * batch + b] /= sum;
        }
    }
    const auto roots = static_cast<circuit::RootId>(circuit.roots().size());
    std::vector<circuit::RootPair> asked(batch);
    std::vector<double> root_gradients(roots * batch, 0.0), gradients(weights.size());
    for (std::size_t b = 0; b < batch; ++b) {
        const auto root = static_cast<circuit::RootId>(random() % roots);
        asked[b] = {root, root};
        root_gradients[root * batch + b] = 1;
    }
    const auto rate = [&](bool both) {
        std::vector<double> rates;
        for (int repeat = 0; repeat < 3; ++repeat) {
            const auto start = std::chrono::steady_clock::now();
            double elapsed = 0;
            std::size_t done = 0;
            for (; elapsed < seconds; done += batch) {
                evaluator.forward(weights, batch, workspace, asked);
                if (both) evaluator.backward_log(root_gradients, workspace, gradients);
                elapsed =
                    std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            }
            rates.push_back(static_cast<double>(done) / elapsed);
        }
        std::ranges::sort(rates);
        return rates[1];
    };
    rate(false);
    return {rate(false), rate(true)};
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Examples a second through circuits"};
    std::size_t batch = 64;
    double seconds = 0.2;
    std::string simd = "widest";
    app.add_option("--batch", batch, "Columns")->capture_default_str();
    app.add_option("--seconds", seconds, "For each measurement")->capture_default_str();
    app.add_option("--simd", simd, "portable, avx2 or widest")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    const circuit::Simd chosen = simd == "portable" ? circuit::Simd::portable
                                 : simd == "avx2"   ? circuit::Simd::avx2
                                                    : circuit::widest_simd();
    Random random(7);
    struct Named {
        const char* name;
        circuit::Circuit circuit;
        bool has_goal;
    };
    const Named all[] = {
        {"decomposition of 511 coins", decomposition(511, 2, 14, random), true},
        {"decision diagram, 50 choices of 4", diagram(50, 4, 100, random), true},
        {"4 x 4 grid, 48 coins", grid(4), false},
        {"sum of two digits", sums(1), false},
        {"sum of two 2-digit numbers", sums(2), false},
        {"sum of two 3-digit numbers", sums(3), false},
    };
    fmt::print("{:<34} {:>6} {:>6} {:>6} {:>12} {:>12} {:>12} {:>12}\n",
               "batch of " + std::to_string(batch), "nodes", "edges", "roots", "forward /s",
               "both /s", "2 threads /s", "single /s");
    for (const Named& one : all) {
        const Rates serial = measure(one.circuit, batch, 1, seconds, chosen);
        const Rates parallel = measure(one.circuit, batch, 2, seconds, chosen);
        const Rates single = measure(one.circuit, 1, 1, seconds, chosen);
        fmt::print("{:<34} {:>6} {:>6} {:>6} {:>12.0f} {:>12.0f} {:>12.0f} {:>12.0f}{}\n", one.name,
                   one.circuit.size(), one.circuit.edge_count(), one.circuit.roots().size(),
                   serial.forward, serial.both, parallel.both, single.both,
                   !one.has_goal            ? ""
                   : parallel.both >= kGoal ? "  met"
                                            : "  MISSED");
    }
    return 0;
}
