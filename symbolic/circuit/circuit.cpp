#include "symbolic/circuit/circuit.h"

#include <algorithm>
#include <cassert>

namespace entail::circuit {

namespace {

std::uint64_t hash_node(NodeKind kind, std::span<const Edge> edges) {
    std::uint64_t hash = static_cast<std::uint64_t>(kind) + edges.size() * 0x9E3779B97F4A7C15ULL;
    for (const Edge& edge : edges) {
        hash ^= std::uint64_t{edge.weight} << 32U | edge.child;
        hash *= 0xD6E8FEB86659FD93ULL;
        hash ^= hash >> 32U;
    }
    return hash;
}

}  // namespace

CircuitBuilder::CircuitBuilder(std::vector<std::uint32_t> weight_offsets) : table_(1024, 0) {
    assert(!weight_offsets.empty());
    choice_of_weight_.resize(weight_offsets.back());
    for (std::uint32_t choice = 0; choice + 1 < weight_offsets.size(); ++choice) {
        for (std::uint32_t w = weight_offsets[choice]; w < weight_offsets[choice + 1]; ++w)
            choice_of_weight_[w] = choice;
    }
    circuit_.weight_offsets_ = std::move(weight_offsets);
}

void CircuitBuilder::grow() {
    std::vector<std::uint32_t> table(table_.size() * 2, 0);
    const std::size_t mask = table.size() - 1;
    for (CircuitNode node : table_) {
        if (node == 0) continue;
        std::size_t place = hash_node(circuit_.kind(node), circuit_.edges(node)) & mask;
        while (table[place] != 0) place = (place + 1) & mask;
        table[place] = node;
    }
    table_ = std::move(table);
}

CircuitNode CircuitBuilder::intern(NodeKind kind, std::span<const Edge> edges) {
    if (2 * circuit_.size() >= table_.size()) grow();
    const std::size_t mask = table_.size() - 1;
    std::size_t place = hash_node(kind, edges) & mask;
    for (; table_[place] != 0; place = (place + 1) & mask) {
        const CircuitNode node = table_[place];
        if (circuit_.kind(node) == kind && std::ranges::equal(circuit_.edges(node), edges))
            return node;
    }
    const auto node = static_cast<CircuitNode>(circuit_.size());
    table_[place] = node;
    circuit_.kinds_.push_back(kind);
    circuit_.edges_.insert(circuit_.edges_.end(), edges.begin(), edges.end());
    circuit_.begins_.push_back(static_cast<std::uint32_t>(circuit_.edges_.size()));
    return node;
}

CircuitNode CircuitBuilder::decision(std::span<const Edge> edges) {
    scratch_.clear();
    for (const Edge& edge : edges) {
        if (edge.child != kFalse) scratch_.push_back(edge);
    }
    if (scratch_.empty()) return kFalse;
    const std::uint32_t choice = choice_of_weight_[scratch_.front().weight];
    const std::size_t size =
        circuit_.weight_offsets_[choice + 1] - circuit_.weight_offsets_[choice];
    const CircuitNode child = scratch_.front().child;
    if (scratch_.size() == size &&
        std::ranges::all_of(scratch_, [&](const Edge& edge) { return edge.child == child; }))
        return child;
    return intern(NodeKind::decision, scratch_);
}

CircuitNode CircuitBuilder::literal(std::uint32_t weight) {
    const Edge edge{weight, kTrue};
    return decision({&edge, 1});
}

CircuitNode CircuitBuilder::conjunction(std::span<const CircuitNode> factors) {
    scratch_.clear();
    for (CircuitNode factor : factors) {
        if (factor == kFalse) return kFalse;
        if (factor != kTrue) scratch_.push_back({Circuit::kNoWeight, factor});
    }
    if (scratch_.empty()) return kTrue;
    if (scratch_.size() == 1) return scratch_.front().child;
    std::ranges::sort(scratch_, {}, &Edge::child);
    return intern(NodeKind::conjunction, scratch_);
}

CircuitNode CircuitBuilder::sum(std::span<const CircuitNode> terms) {
    scratch_.clear();
    for (CircuitNode term : terms) {
        if (term != kFalse) scratch_.push_back({Circuit::kNoWeight, term});
    }
    if (scratch_.empty()) return kFalse;
    if (scratch_.size() == 1) return scratch_.front().child;
    std::ranges::sort(scratch_, {}, &Edge::child);
    std::vector<Edge> merged;
    std::uint32_t choice = kNoChoice;
    for (const Edge& term : scratch_) {
        if (circuit_.kind(term.child) != NodeKind::decision) {
            choice = kNoChoice;
            break;
        }
        const auto edges = circuit_.edges(term.child);
        const std::uint32_t its = choice_of_weight_[edges.front().weight];
        if (choice != kNoChoice && its != choice) {
            choice = kNoChoice;
            break;
        }
        choice = its;
        merged.insert(merged.end(), edges.begin(), edges.end());
    }
    if (choice != kNoChoice) {
        std::ranges::sort(merged, {}, &Edge::weight);
        if (std::ranges::adjacent_find(merged, {}, &Edge::weight) == merged.end())
            return decision(merged);
    }
    return intern(NodeKind::sum, scratch_);
}

std::uint32_t CircuitBuilder::literal_choice(CircuitNode node) const {
    if (circuit_.kind(node) != NodeKind::decision) return kNoChoice;
    const auto edges = circuit_.edges(node);
    if (edges.size() != 1 || edges.front().child != kTrue) return kNoChoice;
    return choice_of_weight_[edges.front().weight];
}

CircuitNode CircuitBuilder::sum_of_products(std::span<std::vector<CircuitNode>> products) {
    if (products.empty()) return kFalse;
    if (products.size() == 1) return conjunction(products.front());
    std::uint32_t choice = kNoChoice;
    for (CircuitNode factor : products.front()) {
        const std::uint32_t candidate = literal_choice(factor);
        if (candidate == kNoChoice) continue;
        const bool in_all = std::ranges::all_of(products, [&](const auto& product) {
            return std::ranges::any_of(
                product, [&](CircuitNode f) { return literal_choice(f) == candidate; });
        });
        if (in_all) choice = candidate;
        if (in_all) break;
    }
    if (choice == kNoChoice) {
        std::vector<CircuitNode> terms;
        for (const auto& product : products) terms.push_back(conjunction(product));
        return sum(terms);
    }
    std::vector<std::pair<std::uint32_t, std::vector<CircuitNode>>> rests;
    for (auto& product : products) {
        const auto literal = std::ranges::find_if(
            product, [&](CircuitNode f) { return literal_choice(f) == choice; });
        const std::uint32_t weight = circuit_.edges(*literal).front().weight;
        product.erase(literal);
        rests.emplace_back(weight, std::move(product));
    }
    std::ranges::sort(rests);
    std::vector<Edge> edges;
    std::vector<std::vector<CircuitNode>> same;
    for (std::size_t i = 0; i < rests.size();) {
        const std::uint32_t weight = rests[i].first;
        same.clear();
        for (; i < rests.size() && rests[i].first == weight; ++i)
            same.push_back(std::move(rests[i].second));
        edges.push_back({weight, sum_of_products(same)});
    }
    return decision(edges);
}

CircuitNode CircuitBuilder::restricted(CircuitNode root, std::uint32_t weight) {
    const std::uint32_t choice = choice_of_weight_[weight];
    ++stamp_;
    met_.resize(circuit_.size(), 0);
    image_.resize(circuit_.size(), 0);
    std::vector<CircuitNode> below{root};
    met_[root] = stamp_;
    for (std::size_t i = 0; i < below.size(); ++i) {
        for (const Edge& edge : circuit_.edges(below[i])) {
            if (met_[edge.child] == stamp_) continue;
            met_[edge.child] = stamp_;
            below.push_back(edge.child);
        }
    }
    std::ranges::sort(below);  // children first
    const auto image = [&](CircuitNode node) {
        if (node == kFalse || image_[node] != kNoImage) return image_[node];
        const Edge edge{weight, node};
        return decision({&edge, 1});
    };
    std::vector<Edge> edges;
    std::vector<CircuitNode> factors;
    for (CircuitNode node : below) {
        image_[node] = node == kFalse ? kFalse : kNoImage;
        const auto old = circuit_.edges(node);
        edges.assign(old.begin(), old.end());
        if (circuit_.kind(node) == NodeKind::decision &&
            choice_of_weight_[edges.front().weight] == choice) {
            std::erase_if(edges, [&](const Edge& edge) { return edge.weight != weight; });
            image_[node] = decision(edges);
            continue;
        }
        if (std::ranges::all_of(edges,
                                [&](const Edge& edge) { return image_[edge.child] == kNoImage; }))
            continue;
        if (circuit_.kind(node) == NodeKind::sum) {
            factors.clear();
            for (const Edge& edge : edges) factors.push_back(image(edge.child));
            image_[node] = sum(factors);
            continue;
        }
        if (circuit_.kind(node) == NodeKind::conjunction) {
            factors.clear();
            for (const Edge& edge : edges) {
                const CircuitNode factor = image_[edge.child];
                factors.push_back(factor == kNoImage ? edge.child : factor);
            }
            image_[node] = conjunction(factors);
            continue;
        }
        for (Edge& edge : edges) edge.child = image(edge.child);
        image_[node] = decision(edges);
    }
    return image(root);
}

std::size_t CircuitBuilder::memory_bytes() const {
    return circuit_.kinds_.capacity() + sizeof(std::uint32_t) * circuit_.begins_.capacity() +
           sizeof(Edge) * circuit_.edges_.capacity() + sizeof(std::uint32_t) * table_.capacity() +
           sizeof(std::uint64_t) * met_.capacity() + sizeof(CircuitNode) * image_.capacity();
}

Circuit CircuitBuilder::finish(std::span<const CircuitNode> roots) const {
    std::vector<CircuitNode> renamed(circuit_.size(), 0);
    renamed[kFalse] = renamed[kTrue] = 1;  // as a mark: wanted
    for (CircuitNode root : roots) renamed[root] = 1;
    for (std::size_t node = circuit_.size(); node-- > 2;) {
        if (renamed[node] == 0) continue;
        for (const Edge& edge : circuit_.edges(static_cast<CircuitNode>(node)))
            renamed[edge.child] = 1;
    }
    Circuit result;
    result.weight_offsets_ = circuit_.weight_offsets_;
    renamed[kFalse] = kFalse;
    renamed[kTrue] = kTrue;
    for (CircuitNode node = 2; node < circuit_.size(); ++node) {
        if (renamed[node] == 0) continue;
        renamed[node] = static_cast<CircuitNode>(result.size());
        result.kinds_.push_back(circuit_.kind(node));
        for (const Edge& edge : circuit_.edges(node))
            result.edges_.push_back({edge.weight, renamed[edge.child]});
        result.begins_.push_back(static_cast<std::uint32_t>(result.edges_.size()));
    }
    for (CircuitNode root : roots) result.roots_.push_back(renamed[root]);
    return result;
}

std::string validate(const Circuit& circuit) {
    const auto offsets = circuit.weight_offsets();
    const std::size_t choices = offsets.size() - 1;
    const auto choice_of = [&](std::uint32_t weight) {
        return static_cast<std::size_t>(std::ranges::upper_bound(offsets, weight) -
                                        offsets.begin()) -
               1;
    };
    const auto broken = [](CircuitNode node, const char* what) {
        return "node " + std::to_string(node) + ": " + what;
    };
    std::vector<std::vector<bool>> support(circuit.size(), std::vector<bool>(choices, false));
    std::vector<bool> used(circuit.size(), false);
    for (CircuitNode node = 2; node < circuit.size(); ++node) {
        const auto edges = circuit.edges(node);
        if (edges.empty()) return broken(node, "no edges");
        const bool decision = circuit.kind(node) == NodeKind::decision;
        const bool sum = circuit.kind(node) == NodeKind::sum;
        if (!decision && edges.size() < 2) return broken(node, "an And or Sum of one");
        auto add = [&](std::vector<bool>& to, const std::vector<bool>& from) {
            bool overlap = false;
            for (std::size_t c = 0; c < choices; ++c) {
                overlap = overlap || (to[c] && from[c]);
                to[c] = to[c] || from[c];
            }
            return overlap;
        };
        for (std::size_t i = 0; i < edges.size(); ++i) {
            if (edges[i].child >= node) return broken(node, "a child does not stand before it");
            if (edges[i].child == kFalse) return broken(node, "false is a child");
            used[edges[i].child] = true;
            const auto& below = support[edges[i].child];
            if (!decision) {
                if (edges[i].child == kTrue) return broken(node, "true is a factor or term");
                if (add(support[node], below) && !sum)
                    return broken(node, "factors share a choice");
                if (i > 0 && edges[i].child <= edges[i - 1].child)
                    return broken(node, "factors or terms do not ascend");
                continue;
            }
            if (edges[i].weight >= circuit.weight_count()) return broken(node, "no such weight");
            if (i > 0 && edges[i].weight <= edges[i - 1].weight)
                return broken(node, "alternatives do not ascend");
            if (choice_of(edges[i].weight) != choice_of(edges[0].weight))
                return broken(node, "edges of two choices");
            if (below[choice_of(edges[0].weight)])
                return broken(node, "its choice is decided again below");
            add(support[node], below);
        }
        if (!decision) continue;
        const std::size_t choice = choice_of(edges[0].weight);
        support[node][choice] = true;
        if (edges.size() == offsets[choice + 1] - offsets[choice] &&
            std::ranges::all_of(edges, [&](const Edge& e) { return e.child == edges[0].child; }))
            return broken(node, "all alternatives lead to the same child");
    }
    for (CircuitNode root : circuit.roots()) used[root] = true;
    std::vector<CircuitNode> order;
    for (CircuitNode node = 2; node < circuit.size(); ++node) {
        if (!used[node]) return broken(node, "not below a root");
        order.push_back(node);
    }
    const auto less = [&](CircuitNode a, CircuitNode b) {
        if (circuit.kind(a) != circuit.kind(b)) return circuit.kind(a) < circuit.kind(b);
        const auto x = circuit.edges(a), y = circuit.edges(b);
        return std::lexicographical_compare(
            x.begin(), x.end(), y.begin(), y.end(), [](const Edge& e, const Edge& f) {
                return e.weight != f.weight ? e.weight < f.weight : e.child < f.child;
            });
    };
    std::ranges::sort(order, less);
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (!less(order[i - 1], order[i])) return broken(order[i], "equal to another node");
    }
    return "";
}

}  // namespace entail::circuit
