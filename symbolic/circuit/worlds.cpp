#include "symbolic/circuit/worlds.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

// Best worlds: a sweep with max in place of plus. A path leaves choices open, and those take their
// best alternative; so every weight counts relative to the best one of its choice, and what is open
// counts 1. For the next best, the worlds other than the best fall into parts by the first choice
// in which they differ, each searched like the whole. Source: Lawler, "A procedure for computing
// the K best solutions to discrete optimization problems" (1972).
//
// Samples: from the root downwards, an edge in proportion to its mass; what is open by its weights.

namespace entail::circuit {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::uint32_t kOpen = 0xFFFFFFFF;

/// Goes down from `root`, by `pick(node)` where a node offers edges to pick from, and says which
/// alternatives that takes.
template <class Pick>
World descend(const Circuit& circuit, CircuitNode root, Pick pick) {
    const auto offsets = circuit.weight_offsets();
    World world(offsets.size() - 1, kOpen);
    std::vector<CircuitNode> open{root};
    while (!open.empty()) {
        const CircuitNode node = open.back();
        open.pop_back();
        const auto edges = circuit.edges(node);
        switch (circuit.kind(node)) {
            case NodeKind::constant:
                break;
            case NodeKind::conjunction:
                for (const Edge& edge : edges) open.push_back(edge.child);
                break;
            case NodeKind::sum:
                open.push_back(edges[pick(node)].child);
                break;
            case NodeKind::decision: {
                const Edge& edge = edges[pick(node)];
                const auto after = std::ranges::upper_bound(offsets, edge.weight);
                world[static_cast<std::size_t>(after - offsets.begin()) - 1] =
                    edge.weight - *std::prev(after);
                open.push_back(edge.child);
                break;
            }
        }
    }
    return world;
}

}  // namespace

BestWorlds::BestWorlds(const Circuit& circuit, CircuitNode root, std::span<const double> weights,
                       std::span<const std::uint32_t> choices)
    : circuit_(&circuit),
      root_(root),
      choices_(choices.begin(), choices.end()),
      value_(root + std::size_t{1}),
      relative_(weights.size()),
      favourite_(circuit.weight_offsets().size() - 1, 0) {
    assert(weights.size() == circuit.weight_count());
    for (double weight : weights) logs_.push_back(std::log(weight));
    Part whole{std::make_shared<const World>(), 0, {}};
    const double best = bound(whole);
    if (best > -kInfinity) parts_.emplace(best, std::move(whole));
}

double BestWorlds::bound(const Part& part) {
    double total = 0;
    for (std::size_t i = 0; i < choices_.size(); ++i) {
        const std::uint32_t choice = choices_[i];
        const std::uint32_t begin = circuit_->weight_offsets()[choice];
        const std::uint32_t size = circuit_->weight_offsets()[choice + 1] - begin;
        double best = -kInfinity;
        for (std::uint32_t k = 0; k < size; ++k) {
            const bool allowed = i < part.fixed ? (*part.start)[choice] == k
                                 : i == part.fixed
                                     ? std::ranges::find(part.excluded, k) == part.excluded.end()
                                     : true;
            relative_[begin + k] = allowed ? logs_[begin + k] : -kInfinity;
            if (relative_[begin + k] > best) {
                best = relative_[begin + k];
                favourite_[choice] = k;
            }
        }
        if (best == -kInfinity) return -kInfinity;
        for (std::uint32_t k = 0; k < size; ++k) relative_[begin + k] -= best;
        total += best;
    }
    for (CircuitNode node = 0; node <= root_; ++node) {
        const auto edges = circuit_->edges(node);
        double value =
            node == kTrue || circuit_->kind(node) == NodeKind::conjunction ? 0 : -kInfinity;
        for (const Edge& edge : edges) {
            switch (circuit_->kind(node)) {
                case NodeKind::conjunction:
                    value += value_[edge.child];
                    break;
                case NodeKind::sum:
                    value = std::max(value, value_[edge.child]);
                    break;
                default:
                    value = std::max(value, relative_[edge.weight] + value_[edge.child]);
                    break;
            }
        }
        value_[node] = value;
    }
    return total + value_[root_];
}

World BestWorlds::trace() const {
    World world = descend(*circuit_, root_, [&](CircuitNode node) {
        const auto edges = circuit_->edges(node);
        const auto best = std::ranges::max_element(edges, {}, [&](const Edge& edge) {
            return value_[edge.child] +
                   (edge.weight == Circuit::kNoWeight ? 0 : relative_[edge.weight]);
        });
        return static_cast<std::size_t>(best - edges.begin());
    });
    for (std::uint32_t choice : choices_) {
        if (world[choice] == kOpen) world[choice] = favourite_[choice];
    }
    std::ranges::replace(world, kOpen, 0U);
    return world;
}

std::size_t BestWorlds::memory_bytes() const {
    constexpr std::size_t kNode = 64;  // of a multimap, beside what it holds
    return parts_.size() * (sizeof(Part) + kNode) + excluded_ * sizeof(std::uint32_t) +
           starts_ * favourite_.size() * sizeof(std::uint32_t);
}

std::optional<RankedWorld> BestWorlds::next(const std::function<bool()>& stop) {
    if (last_) {
        const auto& [part, world] = *last_;
        const auto start = std::make_shared<const World>(world);
        ++starts_;
        for (std::size_t i = part.fixed; i < choices_.size(); ++i) {
            if (stop && stop()) {
                parts_.clear();
                break;
            }
            Part next{start, i, {}};
            if (i == part.fixed) next.excluded = part.excluded;
            next.excluded.push_back(world[choices_[i]]);
            const double best = bound(next);
            if (best == -kInfinity) continue;
            excluded_ += next.excluded.size();
            parts_.emplace(best, std::move(next));
        }
        last_.reset();
    }
    if (parts_.empty()) return std::nullopt;
    auto entry = parts_.extract(parts_.begin());
    bound(entry.mapped());
    RankedWorld result{trace(), entry.key()};
    last_.emplace(std::move(entry.mapped()), result.world);
    return result;
}

WorldSampler::WorldSampler(const Circuit& circuit, CircuitNode root,
                           std::span<const double> weights, std::span<const std::uint32_t> choices)
    : circuit_(&circuit),
      root_(root),
      weights_(weights.begin(), weights.end()),
      choices_(choices.begin(), choices.end()),
      logs_(root + std::size_t{1}, -kInfinity) {
    assert(weights.size() == circuit.weight_count());
    if (root >= kTrue) logs_[kTrue] = 0;
    std::vector<double> terms;
    for (CircuitNode node = 2; node <= root; ++node) {
        terms.clear();
        for (const Edge& edge : circuit.edges(node)) {
            terms.push_back(logs_[edge.child] + (edge.weight == Circuit::kNoWeight
                                                     ? 0
                                                     : std::log(weights_[edge.weight])));
        }
        double& value = logs_[node];
        if (circuit.kind(node) == NodeKind::conjunction) {
            value = 0;
            for (double term : terms) value += term;
            continue;
        }
        const double top = *std::ranges::max_element(terms);
        if (top == -kInfinity) continue;
        double sum = 0;
        for (double term : terms) sum += std::exp(term - top);
        value = top + std::log(sum);
    }
}

bool WorldSampler::possible() const {
    return logs_[root_] > -kInfinity;
}

World WorldSampler::draw(std::mt19937_64& random) const {
    assert(possible());
    const auto uniform = [&] { return static_cast<double>(random() >> 11U) * 0x1.0p-53; };
    // An index in proportion to share(index).
    const auto pick = [&](std::size_t count, auto share) {
        double total = 0;
        for (std::size_t i = 0; i < count; ++i) total += share(i);
        double left = uniform() * total;
        std::size_t last = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const double mass = share(i);
            if (mass <= 0) continue;
            last = i;
            if (left < mass) break;
            left -= mass;
        }
        return last;
    };
    World world = descend(*circuit_, root_, [&](CircuitNode node) {
        const auto edges = circuit_->edges(node);
        return pick(edges.size(), [&](std::size_t i) {
            const Edge& edge = edges[i];
            const double weight = edge.weight == Circuit::kNoWeight ? 1 : weights_[edge.weight];
            return weight * std::exp(logs_[edge.child] - logs_[node]);
        });
    });
    for (std::uint32_t choice : choices_) {
        if (world[choice] != kOpen) continue;
        const std::uint32_t begin = circuit_->weight_offsets()[choice];
        world[choice] =
            static_cast<std::uint32_t>(pick(circuit_->weight_offsets()[choice + 1] - begin,
                                            [&](std::size_t k) { return weights_[begin + k]; }));
    }
    std::ranges::replace(world, kOpen, 0U);
    return world;
}

}  // namespace entail::circuit
