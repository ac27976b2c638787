#include "symbolic/circuit/variables.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <set>

namespace entail::circuit {

namespace {

/// More variables in its derivations than this, and a node that is no part of a group is added up
/// step by step.
constexpr std::size_t kWholeScope = 5;
/// Likewise a derivation of such a node with more literals.
constexpr std::size_t kWholeLiterals = 3;
/// A law that mentions more variables is not attempted as one tree.
constexpr std::size_t kWidestScope = 24;
/// Leaves that an attempt may make, by its literals; and of a step of a chain.
constexpr std::size_t kLeastLeaves = 256, kLeavesPerLiteral = 8, kChainLeaves = 4096;
/// Parts into which one law is taken apart.
constexpr std::size_t kMostParts = 8;
/// A test of a variable with more values is not followed into the laws that mention it.
constexpr std::uint32_t kFewValues = 64;
/// Choices of its own that one leaf may combine.
constexpr std::size_t kOwnChoices = 64;

std::size_t hash_bodies(const std::vector<std::vector<Literal>>& bodies) {
    std::size_t hash = bodies.size();
    for (const auto& body : bodies) {
        hash = (hash ^ body.size()) * 0x9E3779B97F4A7C15ULL;
        for (Literal literal : body) hash = (hash ^ literal.bits()) * 0xD6E8FEB86659FD93ULL;
        hash ^= hash >> 29U;
    }
    return hash;
}

}  // namespace

// The decision tree over the derivations of several families: every leaf fixes enough variables to
// tell which of them are true.
class Variables::Tree {
public:
    Tree(Variables& owner, std::span<const FamilyId> members) : owner_(owner), members_(members) {
        std::unordered_map<ChoiceId, std::uint32_t> mentions;
        for (std::uint32_t m = 0; m < members.size(); ++m) {
            std::set<ChoiceId> choices;
            for (const Body& body : owner.families_[members[m]].bodies) {
                cases_.push_back({m, body});
                literals_ += body.size();
                for (Literal literal : body) {
                    if (!literal.is_node())
                        choices.insert(owner.problem_.choice_of[literal.index()]);
                }
            }
            for (ChoiceId c : choices) ++mentions[c];
        }
        std::set<VariableId> scope;
        for (const auto& [choice, count] : mentions) {
            if (count == owner.uses_[choice] && !owner.watched_.contains(choice)) {
                own_.insert(choice);
            }
        }
        for (const Case& c : cases_) {
            for (Literal literal : c.literals) {
                if (is_own(literal)) continue;
                // A node that waits for its own variable cannot be told from here.
                if (variable(literal) == kNone) throw TooMuch();
                scope.insert(variable(literal));
                if (scope.size() > kWidestScope) throw TooMuch();
            }
        }
        scope_.assign(scope.begin(), scope.end());
    }

    /// Makes leaves, at most `limit`; TooMuch beyond.
    void grow(std::size_t limit) {
        limit_ = limit;
        std::vector<std::uint32_t> all(cases_.size());
        for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
        split(all);
    }
    std::size_t literals() const { return literals_; }
    const std::vector<VariableId>& scope() const { return scope_; }
    /// Pairs of members that some world makes true together.
    const std::set<std::pair<std::uint32_t, std::uint32_t>>& conflicts() const {
        return conflicts_;
    }
    std::vector<Variable::Leaf>& leaves() { return leaves_; }

private:
    bool is_own(Literal literal) const {
        return !literal.is_node() && own_.contains(owner_.problem_.choice_of[literal.index()]);
    }
    VariableId variable(Literal literal) {
        if (literal.is_node()) return owner_.families_[literal.index()].variable;
        return owner_.variable_of_choice(owner_.problem_.choice_of[literal.index()]);
    }
    std::uint32_t value(Literal literal) const {
        if (literal.is_node()) return owner_.families_[literal.index()].value;
        const ChoiceId choice = owner_.problem_.choice_of[literal.index()];
        return literal.index() - owner_.problem_.weight_offsets[choice];
    }
    const LeafTest* tested(VariableId v) const {
        const auto place = std::ranges::find(path_, v, &LeafTest::variable);
        return place == path_.end() ? nullptr : &*place;
    }

    void split(const std::vector<std::uint32_t>& open) {
        owner_.tick_();
        // The variable that most of them mention: in a functional law, all of them.
        std::map<VariableId, std::uint32_t> mentions;
        for (std::uint32_t i : open) {
            for (Literal literal : cases_[i].literals) {
                if (is_own(literal)) continue;
                const VariableId v = variable(literal);
                if (tested(v) == nullptr) ++mentions[v];
            }
        }
        const auto of_first = [&](std::uint32_t i) {
            return cases_[i].member == cases_[open.front()].member;
        };
        const bool settled = std::ranges::all_of(open, of_first) &&
                             std::ranges::any_of(open, [&](std::uint32_t i) { return is_done(i); });
        if (mentions.empty() || settled) {
            leaf(open);
            return;
        }
        const VariableId v =
            std::ranges::max_element(mentions, {}, [](const auto& m) { return m.second; })->first;
        const std::uint32_t size = owner_.variables_[v].size;
        std::map<std::uint32_t, std::vector<std::uint32_t>> by_value;
        std::vector<std::uint32_t> rest, negative;
        for (std::uint32_t i : open) {
            bool mentioned = false;
            for (Literal literal : cases_[i].literals) {
                if (is_own(literal) || variable(literal) != v) continue;
                by_value.try_emplace(value(literal));
                mentioned = true;
                if (literal.negated()) negative.push_back(i);
            }
            if (!mentioned) rest.push_back(i);
        }
        const auto holds_at = [&](std::uint32_t i, std::uint32_t k) {
            for (Literal literal : cases_[i].literals) {
                if (is_own(literal) || variable(literal) != v) continue;
                if ((value(literal) == k) == literal.negated()) return false;
            }
            return true;
        };
        if (rest.empty() && negative.empty()) {
            for (std::uint32_t i : open) {
                std::uint32_t at = kNone;
                for (Literal literal : cases_[i].literals) {
                    if (is_own(literal) || variable(literal) != v) continue;
                    at = at == kNone || at == value(literal) ? value(literal) : size;
                }
                if (at < size) by_value[at].push_back(i);
            }
        } else {
            for (auto& [k, cases] : by_value) {
                for (std::uint32_t i : open) {
                    if (holds_at(i, k)) cases.push_back(i);
                }
            }
        }
        std::vector<std::uint32_t> listed;
        std::uint32_t other = 0;  // the first value that is not mentioned
        for (const auto& [k, cases] : by_value) {
            if (k == other) ++other;
            listed.push_back(k);
            branch(v, std::span(&k, 1), false, cases);
        }
        if (listed.size() == size) return;
        std::vector<std::uint32_t> cases;
        for (std::uint32_t i : open) {
            if (holds_at(i, other)) cases.push_back(i);
        }
        branch(v, listed, true, cases);
    }

    void branch(VariableId v, std::span<const std::uint32_t> values, bool none_of,
                std::vector<std::uint32_t> cases) {
        auto& pool = owner_.leaf_values_;
        const auto begin = static_cast<std::uint32_t>(pool.size());
        pool.insert(pool.end(), values.begin(), values.end());
        path_.push_back({v, begin, static_cast<std::uint32_t>(pool.size()), none_of});
        if (possible(v)) {
            if (owner_.variables_[v].size <= kFewValues) drop_impossible(v, cases);
            split(cases);
        }
        path_.pop_back();
    }

    /// Whether `leaf` and the path can both be.
    bool agrees(const Variable::Leaf& leaf) const {
        return std::ranges::all_of(owner_.tests(leaf), [&](const LeafTest& test) {
            const LeafTest* here = tested(test.variable);
            return here == nullptr || owner_.any_value(test, [&](std::uint32_t k) {
                return owner_.satisfies(*here, k);
            });
        });
    }

    /// Whether the laws of the variables on the path allow the path, as far as one law can tell;
    /// `v` is what was added to it.
    bool possible(VariableId v) const {
        return std::ranges::all_of(path_, [&](const LeafTest& own) {
            const Variable& variable = owner_.variables_[own.variable];
            if (variable.choice != kNone) return true;
            if (own.variable != v && !std::ranges::binary_search(variable.scope, v)) return true;
            if (std::ranges::none_of(variable.scope, [&](VariableId u) { return tested(u); }))
                return true;
            return std::ranges::any_of(variable.leaves, [&](const Variable::Leaf& leaf) {
                return std::ranges::any_of(
                           owner_.cases(leaf),
                           [&](const LeafCase& c) { return owner_.satisfies(own, c.value); }) &&
                       agrees(leaf);
            });
        });
    }

    /// Drops cases that need a value which the laws exclude, now that `v` has been tested.
    void drop_impossible(VariableId v, std::vector<std::uint32_t>& cases) {
        std::map<VariableId, std::vector<char>> allowed;  // of variables whose law mentions v
        const auto needs_impossible = [&](std::uint32_t i) {
            return std::ranges::any_of(cases_[i].literals, [&](Literal literal) {
                if (is_own(literal) || !literal.is_node() || literal.negated()) return false;
                const VariableId u = variable(literal);
                const Variable& its = owner_.variables_[u];
                if (!std::ranges::binary_search(its.scope, v)) return false;
                const auto [place, fresh] = allowed.try_emplace(u);
                if (fresh) {
                    place->second.assign(its.size, 0);
                    for (const Variable::Leaf& leaf : its.leaves) {
                        if (!agrees(leaf)) continue;
                        for (const LeafCase& c : owner_.cases(leaf)) place->second[c.value] = 1;
                    }
                }
                return place->second[value(literal)] == 0;
            });
        };
        std::erase_if(cases, needs_impossible);
    }

    /// All but choices of its own is settled (and holds).
    bool is_done(std::uint32_t i) {
        for (Literal literal : cases_[i].literals) {
            if (is_own(literal) || tested(variable(literal)) == nullptr) return false;
        }
        return true;
    }

    using Rest = std::pair<std::uint32_t, std::vector<Literal>>;  // member, literals of its own

    void leaf(const std::vector<std::uint32_t>& open) {
        if (leaves_.size() >= limit_) throw TooMuch();
        std::vector<Rest> rests;
        std::set<ChoiceId> choices;
        for (std::uint32_t i : open) {
            rests.push_back({cases_[i].member, {}});
            bool possible = true;
            for (Literal literal : cases_[i].literals) {
                if (is_own(literal)) {
                    rests.back().second.push_back(literal);
                    choices.insert(owner_.problem_.choice_of[literal.index()]);
                } else {
                    possible = possible && tested(variable(literal)) != nullptr;
                }
            }
            // When one member is settled, others of its derivations need no look.
            if (!possible) rests.pop_back();
        }
        if (choices.size() > kOwnChoices) throw TooMuch();
        std::vector<LeafCase> cases;
        for (const auto& [value, node] : law(rests)) cases.push_back({value, node});
        leaves_.push_back(owner_.add_leaf(path_, cases));
    }

    /// Which member is true, over choices of its own: in ascending order, `none` last.
    std::map<std::uint32_t, CircuitNode> law(const std::vector<Rest>& rests) {
        owner_.tick_();
        const auto none = static_cast<std::uint32_t>(members_.size());
        if (rests.empty()) return {{none, kTrue}};
        std::set<std::uint32_t> settled;
        std::map<ChoiceId, std::uint32_t> mentions;
        for (const auto& [member, literals] : rests) {
            if (literals.empty()) settled.insert(member);
            for (Literal literal : literals) ++mentions[owner_.problem_.choice_of[literal.index()]];
        }
        if (!settled.empty()) {
            // What is still open is possible, since these choices are independent.
            const std::uint32_t first = *settled.begin();
            for (const auto& [member, literals] : rests) {
                if (member != first)
                    conflicts_.emplace(std::min(first, member), std::max(first, member));
            }
            return {{first, kTrue}};
        }
        if (++laws_ > 64 * (literals_ + limit_)) throw TooMuch();
        const ChoiceId choice =
            std::ranges::max_element(mentions, {}, [](const auto& m) { return m.second; })->first;
        const std::uint32_t offset = owner_.problem_.weight_offsets[choice];
        const std::uint32_t end = owner_.problem_.weight_offsets[choice + 1];
        std::map<std::uint32_t, std::vector<Edge>> edges;
        std::map<std::uint32_t, CircuitNode> unmentioned;
        bool unmentioned_known = false;
        for (std::uint32_t w = offset; w < end; ++w) {
            bool mentioned = false;
            std::vector<Rest> left;
            for (const auto& [member, literals] : rests) {
                bool holds = true;
                std::vector<Literal> others;
                for (Literal literal : literals) {
                    if (owner_.problem_.choice_of[literal.index()] != choice) {
                        others.push_back(literal);
                        continue;
                    }
                    mentioned = mentioned || literal.index() == w;
                    holds = holds && (literal.index() == w) != literal.negated();
                }
                if (holds) left.emplace_back(member, std::move(others));
            }
            if (mentioned || !unmentioned_known) {
                auto below = law(left);
                for (const auto& [value, node] : below) edges[value].push_back({w, node});
                if (!mentioned) {
                    unmentioned = std::move(below);
                    unmentioned_known = true;
                }
            } else {
                for (const auto& [value, node] : unmentioned) edges[value].push_back({w, node});
            }
        }
        std::map<std::uint32_t, CircuitNode> result;
        for (const auto& [value, list] : edges) result[value] = owner_.builder_.decision(list);
        return result;
    }

    Variables& owner_;
    std::span<const FamilyId> members_;
    std::vector<Case> cases_;
    std::size_t literals_ = 0, limit_ = 0, laws_ = 0;
    std::set<ChoiceId> own_;
    std::vector<VariableId> scope_;
    std::vector<LeafTest> path_;
    std::set<std::pair<std::uint32_t, std::uint32_t>> conflicts_;
    std::vector<Variable::Leaf> leaves_;
};

Variables::Variables(const Problem& problem, std::span<const NodeId> nodes,
                     std::span<const NodeId> watched, CircuitBuilder& builder,
                     std::function<void()> tick)
    : problem_(problem), builder_(builder), tick_(std::move(tick)) {
    simplify(nodes);
    for (NodeId n : watched) {
        const auto place = name_.find(n);
        if (place != name_.end() && !place->second.is_node())
            watched_[problem.choice_of[place->second.index()]] = 1;
    }
    count_uses();
    make_groups();
    for (const auto& [choice, unused] : watched_) variable_of_choice(choice);
}

// Constants, names and repetitions leave the derivations, premises first.
void Variables::simplify(std::span<const NodeId> nodes) {
    std::unordered_multimap<std::size_t, FamilyId> known;
    for (NodeId n : nodes) {
        tick_();
        std::vector<Body> bodies;
        bool is_true = false;
        for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d) {
            Body body;
            bool possible = true;
            for (Literal literal : problem_.literals(d)) {
                if (literal.is_node()) {
                    const NodeId m = literal.index();
                    if (const auto c = constant_.find(m); c != constant_.end()) {
                        possible = possible && (c->second == Constant::yes) != literal.negated();
                        continue;
                    }
                    literal = name_.at(m).flipped(literal.negated());
                }
                body.push_back(literal);
            }
            if (!possible || !problem_.normalise(body)) continue;
            is_true = is_true || body.empty();
            bodies.push_back(std::move(body));
        }
        std::ranges::sort(bodies);
        bodies.erase(std::unique(bodies.begin(), bodies.end()), bodies.end());
        if (is_true || bodies.empty()) {
            constant_.emplace(n, is_true ? Constant::yes : Constant::no);
            continue;
        }
        if (bodies.size() == 1 && bodies.front().size() == 1) {
            name_.emplace(n, bodies.front().front());
            continue;
        }
        const std::size_t hash = hash_bodies(bodies);
        const auto [first, last] = known.equal_range(hash);
        const auto same = std::find_if(first, last, [&](const auto& entry) {
            return families_[entry.second].bodies == bodies;
        });
        FamilyId family = 0;
        if (same != last) {
            family = same->second;
        } else {
            family = add_step(std::move(bodies));
            known.emplace(hash, family);
        }
        name_.emplace(n, Literal::node(family, false));
    }
}

Variables::FamilyId Variables::add_step(std::vector<Body> bodies) {
    Family family;
    for (const Body& body : bodies) {
        for (Literal literal : body) {
            if (literal.is_node())
                family.height = std::max(family.height, families_[literal.index()].height + 1);
        }
    }
    family.bodies = std::move(bodies);
    families_.push_back(std::move(family));
    return static_cast<FamilyId>(families_.size() - 1);
}

void Variables::count_uses() {
    std::unordered_map<ChoiceId, FamilyId> last;
    for (FamilyId f = 0; f < families_.size(); ++f) {
        for (const Body& body : families_[f].bodies) {
            for (Literal literal : body) {
                if (literal.is_node()) continue;
                const ChoiceId choice = problem_.choice_of[literal.index()];
                const auto [place, fresh] = last.try_emplace(choice, f);
                if (!fresh && place->second == f) continue;
                place->second = f;
                ++uses_[choice];
            }
        }
    }
}

VariableId Variables::variable_of_choice(ChoiceId choice) {
    const auto [place, fresh] =
        choice_variable_.try_emplace(choice, static_cast<VariableId>(variables_.size()));
    if (fresh) {
        Variable variable;
        variable.choice = choice;
        variable.size = problem_.weight_offsets[choice + 1] - problem_.weight_offsets[choice];
        variables_.push_back(std::move(variable));
    }
    return place->second;
}

bool Variables::is_own_choice(ChoiceId choice) const {
    return uses_.at(choice) <=
               problem_.weight_offsets[choice + 1] - problem_.weight_offsets[choice] &&
           !watched_.contains(choice);
}

// Candidates for one group share a choice of their own: one that no more nodes mention than it has
// alternatives, as the heads of a disjunction do. Those that have none rest on the same variables.
void Variables::make_groups() {
    const auto count = static_cast<FamilyId>(families_.size());
    std::vector<FamilyId> parent(count);
    for (FamilyId f = 0; f < count; ++f) parent[f] = f;
    const auto find = [&](FamilyId f) {
        while (parent[f] != f) f = parent[f] = parent[parent[f]];
        return f;
    };
    std::vector<char> has_own(count, 0);
    std::unordered_map<ChoiceId, FamilyId> by_choice;
    for (FamilyId f = 0; f < count; ++f) {
        for (const Body& body : families_[f].bodies) {
            for (Literal literal : body) {
                if (literal.is_node()) continue;
                const ChoiceId choice = problem_.choice_of[literal.index()];
                if (!is_own_choice(choice)) continue;
                has_own[f] = 1;
                const auto [place, fresh] = by_choice.try_emplace(choice, f);
                if (!fresh) parent[find(f)] = find(place->second);
            }
        }
    }
    // What rests on itself is no group. What is left is done lowest first.
    const auto measure = [&] {
        std::vector<std::vector<FamilyId>> users(count);
        std::vector<std::uint32_t> waits(count, 0), height(count, 0);
        for (FamilyId f = 0; f < count; ++f) {
            for (const Body& body : families_[f].bodies) {
                for (Literal literal : body) {
                    if (!literal.is_node()) continue;
                    users[find(literal.index())].push_back(find(f));
                    ++waits[find(f)];
                }
            }
        }
        std::vector<FamilyId> ready;
        std::vector<char> done(count, 0);
        for (FamilyId f = 0; f < count; ++f) {
            if (find(f) == f && waits[f] == 0) ready.push_back(f);
        }
        for (std::size_t i = 0; i < ready.size(); ++i) {
            done[ready[i]] = 1;
            for (FamilyId user : users[ready[i]]) {
                height[user] = std::max(height[user], height[ready[i]] + 1);
                if (--waits[user] == 0) ready.push_back(user);
            }
        }
        bool all_done = true;
        std::vector<FamilyId> roots(count);
        for (FamilyId f = 0; f < count; ++f) roots[f] = find(f);
        for (FamilyId f = 0; f < count; ++f) {
            families_[f].height = height[roots[f]];
            if (done[roots[f]] != 0) continue;
            all_done = false;
            parent[f] = f;
        }
        return all_done;
    };
    if (!measure()) measure();

    std::map<std::uint32_t, std::vector<FamilyId>> by_height;
    // When the first user of a node is done, the node must have its variable.
    std::vector<std::uint32_t> needed(count, kNone);
    for (FamilyId f = 0; f < count; ++f) {
        by_height[families_[f].height].push_back(f);
        for (const Body& body : families_[f].bodies) {
            for (Literal literal : body) {
                if (!literal.is_node()) continue;
                std::uint32_t& first = needed[literal.index()];
                first = std::min(first, families_[f].height);
            }
        }
    }
    // Nodes without a choice of their own wait for others that rest on the same variables.
    std::map<std::vector<VariableId>, std::vector<FamilyId>> waiting;
    for (const auto& [height, families] : by_height) {
        for (auto place = waiting.begin(); place != waiting.end();) {
            const bool due =
                std::ranges::any_of(place->second, [&](FamilyId f) { return needed[f] <= height; });
            if (due) make_group(place->second);
            place = due ? waiting.erase(place) : std::next(place);
        }
        std::map<FamilyId, std::vector<FamilyId>> clusters;
        for (FamilyId f : families) {
            if (has_own[f] != 0) {
                clusters[find(f)].push_back(f);
            } else {
                waiting[scope_of(std::span(&f, 1))].push_back(f);
            }
        }
        for (const auto& [root, members] : clusters) {
            const auto others = waiting.find(scope_of(members));
            if (others == waiting.end()) {
                make_group(members);
                continue;
            }
            std::vector<FamilyId> all = members;
            all.insert(all.end(), others->second.begin(), others->second.end());
            try_group(all, members.size());
            std::vector<FamilyId> left;
            for (FamilyId f : members) {
                if (families_[f].variable == kNone) left.push_back(f);
            }
            make_group(left);
            std::erase_if(others->second,
                          [&](FamilyId f) { return families_[f].variable != kNone; });
            if (others->second.empty()) waiting.erase(others);
        }
    }
    for (const auto& [scope, members] : waiting) make_group(members);
}

/// The variables that are not the families' own, ascending.
std::vector<VariableId> Variables::scope_of(std::span<const FamilyId> families) {
    std::set<VariableId> scope;
    for (FamilyId f : families) {
        for (const Body& body : families_[f].bodies) {
            for (Literal literal : body) {
                if (literal.is_node()) {
                    scope.insert(families_[literal.index()].variable);
                } else if (const ChoiceId c = problem_.choice_of[literal.index()];
                           !is_own_choice(c)) {
                    scope.insert(variable_of_choice(c));
                }
            }
        }
    }
    return {scope.begin(), scope.end()};
}

void Variables::make_group(std::span<const FamilyId> members) {
    if (members.size() > 1) try_group(members, 0);
    for (FamilyId f : members) {
        if (families_[f].variable == kNone) make_single(f);
    }
}

// Makes one group of the members, or several where they do not exclude each other. With `core` > 0:
// one group only, of the first `core` members and of those of the others that exclude them.
bool Variables::try_group(std::span<const FamilyId> members, std::size_t core) {
    const LeafSizes before = leaf_sizes();
    std::vector<std::vector<FamilyId>> parts;
    try {
        Tree tree(*this, members);
        tree.grow(kLeastLeaves + kLeavesPerLiteral * tree.literals());
        if (tree.conflicts().empty()) {
            const VariableId made = add_group(tree, members.size());
            for (std::uint32_t m = 0; m < members.size(); ++m) {
                families_[members[m]].variable = made;
                families_[members[m]].value = m;
            }
            return true;
        }
        // Each goes into the first part that holds no rival of it.
        std::vector<std::vector<std::uint32_t>> rivals(members.size());
        for (const auto& [a, b] : tree.conflicts()) rivals[b].push_back(a);
        std::vector<std::uint32_t> part_of(members.size());
        for (std::uint32_t m = 0; m < members.size(); ++m) {
            std::set<std::uint32_t> taken;
            for (std::uint32_t r : rivals[m]) taken.insert(part_of[r]);
            std::uint32_t part = 0;
            while (taken.contains(part)) ++part;
            part_of[m] = part;
            if (part == parts.size()) parts.emplace_back();
            parts[part].push_back(members[m]);
            if (m < core && part > 0) throw TooMuch();
        }
    } catch (const TooMuch&) {
        forget_leaves(before);
        return false;
    }
    forget_leaves(before);
    if (core > 0) return try_group(parts.front(), 0);
    for (const auto& part : parts) {
        if (part.size() > 1) try_group(part, 0);
    }
    return true;
}

void Variables::make_single(FamilyId family) {
    std::set<std::uint32_t> scope;
    bool short_bodies = true;
    for (const Body& body : families_[family].bodies) {
        short_bodies = short_bodies && body.size() <= kWholeLiterals + 1;
        for (Literal literal : body) {
            if (literal.is_node()) {
                scope.insert(families_[literal.index()].variable << 1U);
            } else if (const ChoiceId c = problem_.choice_of[literal.index()];
                       uses_[c] != 1 || watched_.contains(c)) {
                scope.insert(c << 1U | 1U);
            }
        }
    }
    if (scope.size() > kWholeScope || !short_bodies) {
        make_chain(family);
        return;
    }
    const LeafSizes before = leaf_sizes();
    try {
        std::size_t literals = 0;
        for (const Body& body : families_[family].bodies) literals += body.size();
        make_law(family, kLeastLeaves + kLeavesPerLiteral * literals);
    } catch (const TooMuch&) {
        forget_leaves(before);
        if (families_[family].bodies.size() == 1 && families_[family].bodies[0].size() <= 2) throw;
        make_chain(family);
    }
}

// n ← b1; b2; …; bk as o2 ← b1; b2, o3 ← o2; b3, …: and long bodies likewise. A choice that two of
// these mention is a variable from now on.
void Variables::make_chain(FamilyId family) {
    std::vector<Body> bodies = families_[family].bodies;
    std::unordered_map<ChoiceId, std::uint32_t> mentions;
    for (const Body& body : bodies) {
        for (Literal literal : body) {
            if (!literal.is_node()) ++mentions[problem_.choice_of[literal.index()]];
        }
    }
    for (const auto& [choice, count] : mentions) {
        if (count > 1) uses_[choice] += count - 1;
    }
    const auto step = [&](std::vector<Body> made) {
        const FamilyId f = add_step(std::move(made));
        make_law(f, kChainLeaves);
        return Literal::node(f, false);
    };
    const auto shorten = [&](Body body, std::size_t length) {
        while (body.size() > length) {
            const std::size_t taken = std::min(body.size() - length + 1, kWholeLiterals);
            Body first(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(taken));
            body.erase(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(taken));
            body.insert(body.begin(), step({std::move(first)}));
        }
        return body;
    };
    if (bodies.size() == 1) {
        // The last two parts make the family itself.
        families_[family].bodies = {shorten(bodies.front(), 2)};
    } else {
        Body sum = shorten(bodies.front(), kWholeLiterals);
        for (std::size_t i = 1; i + 1 < bodies.size(); ++i)
            sum = {step({std::move(sum), shorten(bodies[i], kWholeLiterals)})};
        families_[family].bodies = {std::move(sum), shorten(bodies.back(), kWholeLiterals)};
    }
    make_law(family, kChainLeaves);
}

// The law of a group of one.
void Variables::make_law(FamilyId family, std::size_t most_leaves) {
    Tree tree(*this, std::span(&family, 1));
    tree.grow(most_leaves);
    families_[family].variable = add_group(tree, 1);
}

Variable::Leaf Variables::add_leaf(const std::vector<LeafTest>& tests,
                                   const std::vector<LeafCase>& cases) {
    Variable::Leaf leaf{};
    leaf.tests_begin = static_cast<std::uint32_t>(leaf_tests_.size());
    leaf_tests_.insert(leaf_tests_.end(), tests.begin(), tests.end());
    leaf.tests_end = static_cast<std::uint32_t>(leaf_tests_.size());
    leaf.cases_begin = static_cast<std::uint32_t>(leaf_cases_.size());
    leaf_cases_.insert(leaf_cases_.end(), cases.begin(), cases.end());
    leaf.cases_end = static_cast<std::uint32_t>(leaf_cases_.size());
    return leaf;
}

// A law that asks for different variables in different cases (the last operator is a plus: what is
// left and right of it; the first one is: other parts) would be one table over all of them. It is
// taken apart by which variables a leaf tests: each part is a variable with the values of the
// group, and `idle` where another part has the say.
VariableId Variables::add_group(Tree& tree, std::size_t members) {
    Variable group;
    group.size = static_cast<std::uint32_t>(members) + 1;
    std::map<std::vector<VariableId>, std::vector<std::size_t>> parts;
    const std::vector<Variable::Leaf> leaves = std::move(tree.leaves());
    double rows = 0;
    const auto combinations = [&](const std::vector<VariableId>& scope) {
        double product = 1;
        for (VariableId v : scope) product *= variables_[v].size;
        return product;
    };
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        std::vector<VariableId> tested;
        double fixed = 1;
        for (const LeafTest& test : tests(leaves[i])) {
            tested.push_back(test.variable);
            if (!test.none_of) fixed *= variables_[test.variable].size;
        }
        std::ranges::sort(tested);
        rows += combinations(tree.scope()) / fixed;
        parts[std::move(tested)].push_back(i);
    }
    double split_rows = 0;
    for (const auto& [scope, unused] : parts) split_rows += combinations(scope) + group.size;
    if (parts.size() < 2 || parts.size() > kMostParts || rows < 1000 || rows < 4 * split_rows) {
        group.scope = tree.scope();
        group.leaves = leaves;
        variables_.push_back(std::move(group));
        return static_cast<VariableId>(variables_.size() - 1);
    }
    const std::uint32_t idle = group.size;
    for (const auto& [scope, own] : parts) {
        Variable part;
        part.size = group.size + 1;
        part.scope = scope;
        part.overlaps = true;
        for (std::size_t i : own) part.leaves.push_back(leaves[i]);
        // Where leaves of other parts lie, as far as this part's variables tell.
        std::set<std::vector<std::uint32_t>> seen;
        std::vector<LeafTest> kept;
        for (const auto& [other_scope, others] : parts) {
            if (other_scope == scope) continue;
            for (std::size_t i : others) {
                tick_();
                kept.clear();
                std::vector<std::uint32_t> key;
                for (const LeafTest& test : tests(leaves[i])) {
                    if (!std::ranges::binary_search(scope, test.variable)) continue;
                    kept.push_back(test);
                    key.insert(key.end(), {test.variable, test.begin, test.end});
                }
                if (!seen.insert(std::move(key)).second) continue;
                part.leaves.push_back(add_leaf(kept, {{idle, kTrue}}));
            }
        }
        group.scope.push_back(static_cast<VariableId>(variables_.size()));
        variables_.push_back(std::move(part));
    }
    for (std::size_t active = 0; active < group.scope.size(); ++active) {
        for (std::uint32_t k = 0; k < group.size; ++k) {
            std::vector<LeafTest> one_active;
            for (std::size_t p = 0; p < group.scope.size(); ++p) {
                const auto begin = static_cast<std::uint32_t>(leaf_values_.size());
                leaf_values_.push_back(p == active ? k : idle);
                one_active.push_back({group.scope[p], begin, begin + 1});
            }
            group.leaves.push_back(add_leaf(one_active, {{k, kTrue}}));
        }
    }
    variables_.push_back(std::move(group));
    return static_cast<VariableId>(variables_.size() - 1);
}

Test Variables::test(NodeId n) const {
    if (const auto c = constant_.find(n); c != constant_.end())
        return {kNone, 0, c->second != Constant::yes};
    const Literal literal = name_.at(n);
    if (literal.is_node()) {
        const Family& family = families_[literal.index()];
        assert(family.variable != kNone);
        return {family.variable, family.value, literal.negated()};
    }
    const ChoiceId choice = problem_.choice_of[literal.index()];
    return {choice_variable_.at(choice), literal.index() - problem_.weight_offsets[choice],
            literal.negated()};
}

}  // namespace entail::circuit
