// Exact reachability over coins, from the text of a program to the probability.
//
// Peer: ProbLog with SDDs on a machine like ours, figures measured before, since ProbLog is no
// Debian package: 416 ms on the two-way 4x4 grid (48 coins), 52 ms on the complete directed
// graph of 6 (30 coins), 15 to 37 ms on random graphs of 10 to 12 nodes with 20 to 30 coins,
// parsing included. Goal: a tenth of that, and the exact answer. Answers are checked against a
// search of another kind: over the sets of nodes that are reached, node by node.

#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>

#include "bench/harness.h"
#include "neural/core/random.h"
#include "programs/engine.h"

using namespace entail;

namespace {

struct Edge {
    int from, to;
    double probability;
};

struct Graph {
    std::string name;
    int nodes;
    std::vector<Edge> edges;
    double peer;  // seconds
};

double probability_of(std::size_t edge) {
    return static_cast<double>(1 + edge * 7 % 9) / 10;
}

Graph grid(int side, double peer) {
    Graph graph{fmt::format("two-way {0}x{0} grid", side), side * side, {}, peer};
    const auto both = [&](int a, int b) {
        graph.edges.push_back({a, b, probability_of(graph.edges.size())});
        graph.edges.push_back({b, a, probability_of(graph.edges.size())});
    };
    for (int node = 0; node < side * side; ++node) {
        if (node % side + 1 < side) both(node, node + 1);
        if (node + side < side * side) both(node, node + side);
    }
    return graph;
}

Graph complete(int nodes, double peer) {
    Graph graph{fmt::format("complete, {} nodes", nodes), nodes, {}, peer};
    for (int a = 0; a < nodes; ++a) {
        for (int b = 0; b < nodes; ++b) {
            if (a != b) graph.edges.push_back({a, b, probability_of(graph.edges.size())});
        }
    }
    return graph;
}

/// P(the last node is reached from node 0): `reached` nodes, of which `open` are not yet left.
class Reachability {
public:
    explicit Reachability(const Graph& graph) : graph_(graph) {}

    double operator()(std::uint32_t reached = 1, std::uint32_t open = 1) {
        if ((reached >> unsigned(graph_.nodes - 1)) % 2 == 1) return 1;
        if (open == 0) return 0;
        const auto [entry, fresh] = known_.try_emplace({reached, open}, 0.0);
        if (!fresh) return entry->second;
        const int node = std::countr_zero(open);
        std::vector<const Edge*> leaving;
        for (const Edge& e : graph_.edges) {
            if (e.from == node && (reached >> unsigned(e.to)) % 2 == 0) leaving.push_back(&e);
        }
        double sum = 0;
        for (std::uint32_t taken = 0; taken < 1U << leaving.size(); ++taken) {
            double p = 1;
            std::uint32_t ends = 0;
            for (std::size_t i = 0; i < leaving.size(); ++i) {
                const bool is_taken = (taken >> i) % 2 == 1;
                p *= is_taken ? leaving[i]->probability : 1 - leaving[i]->probability;
                if (is_taken) ends |= 1U << unsigned(leaving[i]->to);
            }
            sum += p * (*this)(reached | ends, (open & (open - 1)) | ends);
        }
        return entry->second = sum;
    }

private:
    const Graph& graph_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, double> known_;
};

/// Drawn again until there is something to count.
Graph random_graph(int nodes, std::size_t coins, std::uint64_t seed, double peer) {
    Graph graph{fmt::format("random {} ({} nodes)", seed, nodes), nodes, {}, peer};
    neural::Random random(seed);
    const auto any = [&] { return static_cast<int>(random.below(std::uint64_t(nodes))); };
    double probability = 0;
    while (probability < 0.05 || probability > 0.95) {
        graph.edges.clear();
        std::set<std::pair<int, int>> seen;
        while (graph.edges.size() < coins) {
            const int a = any(), b = any();
            if (a == b || !seen.insert({a, b}).second) continue;
            graph.edges.push_back({a, b, probability_of(graph.edges.size())});
        }
        probability = Reachability(graph)();
    }
    return graph;
}

std::string program(const Graph& graph) {
    std::string text;
    for (const Edge& e : graph.edges) {
        text += fmt::format("{} :: edge({}, {}).\n", e.probability, e.from, e.to);
    }
    return text + fmt::format(
                      "path(X, Y) :- edge(X, Y).\n"
                      "path(X, Z) :- path(X, Y), edge(Y, Z).\n"
                      "query path(0, {}).\n",
                      graph.nodes - 1);
}

}  // namespace

int main() {
    std::vector<Graph> graphs = {grid(4, 0.416), complete(6, 0.052)};
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        for (const auto& [nodes, coins] : {std::pair(10, 20), {11, 25}, {12, 30}}) {
            graphs.push_back(random_graph(nodes, std::size_t(coins), seed, 0.015));
        }
    }
    bench::Goals goals;
    Options options;
    options.threads = 1;
    options.time_limit = 60;
    fmt::print("{:20} {:>5} {:>9} {:>8} {:>6} {:>14}  goal\n", "graph", "coins", "ProbLog ms", "ms",
               "ratio", "probability");
    for (const Graph& graph : graphs) {
        const std::string text = program(graph);
        RunResult result;
        const double seconds =
            bench::median_seconds([&] { result = Engine::from_text(text, options).run(); });
        const Answer& answer = result.results[0].answers[0];
        const bool right = answer.kind == AnswerKind::exact &&
                           std::abs(answer.lower - Reachability(graph)()) < 1e-12;
        fmt::print("{:20} {:5} {:9.0f} {:9.2f} {:6.3f} {:14.12f}  {}{}\n", graph.name,
                   graph.edges.size(), 1e3 * graph.peer, 1e3 * seconds, seconds / graph.peer,
                   answer.lower, goals.check(right && seconds <= graph.peer / 10),
                   right ? "" : " (wrong, or no exact answer)");
        std::fflush(stdout);
    }
    return goals.exit_code();
}
