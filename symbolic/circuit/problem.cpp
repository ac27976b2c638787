#include "symbolic/circuit/problem.h"

#include <algorithm>

namespace entail::circuit {

using provenance::Derivation;
using provenance::DerivationGraph;
using provenance::Premise;

namespace {

/// For each node the literal it is another name of, or itself.
std::vector<Literal> resolve_names(const DerivationGraph& graph) {
    enum : char { unseen, on_path, done };
    std::vector<char> state(graph.node_count(), unseen);
    std::vector<Literal> name;
    name.reserve(graph.node_count());
    for (NodeId n = 0; n < graph.node_count(); ++n) name.push_back(Literal::node(n, false));
    std::vector<NodeId> path;
    for (NodeId start = 0; start < graph.node_count(); ++start) {
        path.clear();
        NodeId n = start;
        while (state[n] == unseen) {
            state[n] = on_path;
            path.push_back(n);
            const auto [first, last] = graph.derivations(n);
            if (last - first != 1) break;
            const Derivation& d = graph.derivation(first);
            const auto premises = graph.premises(d);
            const bool has_choice = d.choice.choice != kNone;
            if (premises.size() + (has_choice ? 1 : 0) != 1) break;
            if (has_choice) {
                name[n] = Literal::weight(
                    graph.weight_offset(d.choice.choice) + d.choice.alternative, false);
                break;
            }
            name[n] = Literal::node(premises[0].node(), premises[0].negated());
            n = premises[0].node();
            if (state[n] == on_path) {  // a loop of names: they stay, and are found unfounded
                for (NodeId m : path) name[m] = Literal::node(m, false);
                break;
            }
        }
        for (std::size_t i = path.size(); i-- > 0;) {
            const NodeId m = path[i];
            state[m] = done;
            if (name[m].is_node() && name[m].index() != m)
                name[m] = name[name[m].index()].flipped(name[m].negated());
        }
    }
    return name;
}

/// Counting sort of (key, item) pairs given by two passes of `visit`.
template <class Visit>
Lists group(std::size_t keys, Visit visit) {
    Lists lists;
    lists.begins.assign(keys + 1, 0);
    visit([&](std::uint32_t key, std::uint32_t) { ++lists.begins[key + 1]; });
    for (std::size_t i = 0; i < keys; ++i) lists.begins[i + 1] += lists.begins[i];
    lists.items.resize(lists.begins[keys]);
    std::vector<std::uint32_t> next(lists.begins.begin(), lists.begins.end() - 1);
    visit([&](std::uint32_t key, std::uint32_t item) { lists.items[next[key]++] = item; });
    return lists;
}

}  // namespace

Problem::Problem(const DerivationGraph& graph, std::span<const NodeId> goals) {
    copy(graph);
    find_cycles(goals);
    order_within_cycles();
    measure_heights();
    index_uses();
}

bool Problem::normalise(std::vector<Literal>& body) const {
    for (Literal& literal : body) {
        if (literal.is_node() || !literal.negated()) continue;
        const ChoiceId c = choice_of[literal.index()];
        if (weight_offsets[c + 1] - weight_offsets[c] != 2) continue;
        literal =
            Literal::weight(weight_offsets[c] + weight_offsets[c + 1] - 1 - literal.index(), false);
    }
    std::ranges::sort(body, {}, [](Literal l) { return std::pair(l.is_node(), l); });
    body.erase(std::unique(body.begin(), body.end()), body.end());
    const auto contradict = [&](Literal a, Literal b) {
        if (a.index() == b.index() && a.is_node() == b.is_node()) return true;
        return !a.is_node() && !b.is_node() && !a.negated() && !b.negated() &&
               choice_of[a.index()] == choice_of[b.index()];
    };
    return std::ranges::adjacent_find(body, contradict) == body.end();
}

void Problem::copy(const DerivationGraph& graph) {
    weight_offsets.push_back(0);
    for (ChoiceId c = 0; c < graph.choice_count(); ++c) {
        weight_offsets.push_back(weight_offsets.back() + graph.choice(c).size);
        choice_of.insert(choice_of.end(), graph.choice(c).size, c);
        is_free.push_back(graph.choice(c).free ? 1 : 0);
        any_free = any_free || graph.choice(c).free;
    }
    const std::vector<Literal> name = resolve_names(graph);
    derivation_begins.push_back(0);
    std::vector<Literal> body;
    for (NodeId n = 0; n < graph.node_count(); ++n) {
        const auto [first, last] = graph.derivations(n);
        for (DerivationId id = first; id < last; ++id) {
            const Derivation& d = graph.derivation(id);
            body.clear();
            if (d.choice.choice != kNone) {
                body.push_back(
                    Literal::weight(weight_offsets[d.choice.choice] + d.choice.alternative, false));
            }
            for (const Premise& p : graph.premises(d))
                body.push_back(name[p.node()].flipped(p.negated()));
            if (!normalise(body)) continue;
            literals_.insert(literals_.end(), body.begin(), body.end());
            literal_begins_.push_back(static_cast<std::uint32_t>(literals_.size()));
            conclusion.push_back(n);
        }
        derivation_begins.push_back(static_cast<std::uint32_t>(conclusion.size()));
    }
}

// Tarjan's strongly connected components over all premises, with an explicit stack. A negated
// premise never closes a cycle, so every component's cycles are positive.
void Problem::find_cycles(std::span<const NodeId> goals) {
    const std::size_t nodes = derivation_begins.size() - 1;
    position.assign(nodes, kNone);
    cycle.assign(nodes, kNone);
    struct Visit {
        NodeId node;
        DerivationId derivation;
        std::uint32_t literal;
    };
    std::vector<std::uint32_t> index(nodes, kNone), low(nodes, 0);
    std::vector<NodeId> open;
    std::vector<Visit> stack;
    std::uint32_t next_index = 0;
    const auto enter = [&](NodeId n) {
        index[n] = low[n] = next_index++;
        open.push_back(n);
        stack.push_back({n, first_derivation(n), 0});
    };
    for (NodeId goal : goals) {
        if (index[goal] != kNone) continue;
        enter(goal);
        while (!stack.empty()) {
            Visit& top = stack.back();
            const NodeId n = top.node;
            if (top.derivation < last_derivation(n)) {
                const auto body = literals(top.derivation);
                if (top.literal == body.size()) {
                    ++top.derivation;
                    top.literal = 0;
                    continue;
                }
                const Literal literal = body[top.literal++];
                if (!literal.is_node()) continue;
                const NodeId m = literal.index();
                if (index[m] == kNone) {
                    enter(m);
                } else if (cycle[m] == kNone) {
                    low[n] = std::min(low[n], index[m]);
                }
                continue;
            }
            stack.pop_back();
            if (!stack.empty()) low[stack.back().node] = std::min(low[stack.back().node], low[n]);
            if (low[n] != index[n]) continue;
            const auto component = static_cast<std::uint32_t>(cyclic.size());
            const std::size_t begin = order.size();
            NodeId member;
            do {
                member = open.back();
                open.pop_back();
                cycle[member] = component;
                order.push_back(member);
            } while (member != n);
            bool loops = order.size() - begin > 1;
            for (DerivationId d = first_derivation(n); !loops && d < last_derivation(n); ++d)
                loops = std::ranges::count(literals(d), Literal::node(n, false)) > 0;
            cyclic.push_back(loops ? 1 : 0);
        }
    }
}

// Breadth first from the nodes that have support from outside the cycle, one of them at a time: a
// search that decides choices in this order sweeps a front through the cycle.
void Problem::order_within_cycles() {
    consumers = group(node_count(), [&](auto add) {
        for (NodeId n : order) {
            for (DerivationId d = first_derivation(n); d < last_derivation(n); ++d) {
                for (Literal literal : literals(d)) {
                    if (literal.is_node()) add(literal.index(), d);
                }
            }
        }
    });
    std::vector<char> placed(node_count(), 0);
    std::vector<NodeId> sweep, members;
    for (std::size_t begin = 0; begin < order.size();) {
        const std::uint32_t component = cycle[order[begin]];
        std::size_t end = begin + 1;
        while (end < order.size() && cycle[order[end]] == component) ++end;
        if (end - begin > 1) {
            members.assign(order.begin() + static_cast<std::ptrdiff_t>(begin),
                           order.begin() + static_cast<std::ptrdiff_t>(end));
            std::ranges::sort(members);
            sweep.clear();
            const auto inside = [&](Literal l) {
                return l.is_node() && cycle[l.index()] == component;
            };
            const auto seed = [&](NodeId n) {
                for (DerivationId d = first_derivation(n); d < last_derivation(n); ++d) {
                    if (std::ranges::none_of(literals(d), inside)) return true;
                }
                return false;
            };
            std::size_t reached = 0;
            const auto place = [&](NodeId n) {
                if (placed[n] != 0) return;
                placed[n] = 1;
                sweep.push_back(n);
            };
            for (bool only_seeds : {true, false}) {
                for (NodeId n : members) {
                    if (placed[n] != 0 || (only_seeds && !seed(n))) continue;
                    place(n);
                    for (; reached < sweep.size(); ++reached) {
                        for (DerivationId d : consumers[sweep[reached]]) {
                            if (cycle[conclusion[d]] == component) place(conclusion[d]);
                        }
                    }
                }
            }
            std::ranges::copy(sweep, order.begin() + static_cast<std::ptrdiff_t>(begin));
        }
        begin = end;
    }
    for (std::size_t i = 0; i < order.size(); ++i)
        position[order[i]] = static_cast<std::uint32_t>(i);
}

void Problem::measure_heights() {
    height.assign(node_count(), 0);
    for (std::size_t begin = 0; begin < order.size();) {
        const std::uint32_t component = cycle[order[begin]];
        std::size_t end = begin;
        std::uint32_t highest = 0;
        for (; end < order.size() && cycle[order[end]] == component; ++end) {
            const NodeId n = order[end];
            for (DerivationId d = first_derivation(n); d < last_derivation(n); ++d) {
                for (Literal literal : literals(d)) {
                    if (literal.is_node()) highest = std::max(highest, height[literal.index()] + 1);
                }
            }
        }
        for (; begin < end; ++begin) height[order[begin]] = highest;
    }
}

void Problem::index_uses() {
    rank.assign(choice_count(), kNone);
    weight_uses = group(choice_of.size(), [&](auto add) {
        for (NodeId n : order) {
            for (DerivationId d = first_derivation(n); d < last_derivation(n); ++d) {
                for (Literal literal : literals(d)) {
                    if (!literal.is_node()) add(literal.index(), d);
                }
            }
        }
    });
    for (NodeId n : order) {
        for (DerivationId d = first_derivation(n); d < last_derivation(n); ++d) {
            for (Literal literal : literals(d)) {
                if (literal.is_node()) continue;
                std::uint32_t& place = rank[choice_of[literal.index()]];
                if (place == kNone) place = used_choices++;
            }
        }
    }
}

}  // namespace entail::circuit
