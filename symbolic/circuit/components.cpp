#include "symbolic/circuit/components.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>
#include <tuple>

namespace entail::circuit {

Components::Components(const Problem& problem, const Residual& residual)
    : problem_(problem),
      residual_(residual),
      node_seen_(problem.node_count(), 0),
      choice_seen_(problem.choice_count(), 0),
      weight_seen_(problem.choice_of.size(), 0),
      node_owner_(problem.node_count(), 0),
      scores_(problem.choice_count()) {
    // One bit per choice, unless that would take more than 64 MiB.
    const std::size_t exact = (std::size_t{problem.used_choices} + 63) / 64;
    const std::size_t affordable = (std::size_t{1} << 23U) / (problem.order.size() + 1);
    words_ = std::max<std::size_t>(1, std::min(exact, affordable));
    bit_seen_.assign(words_ * 64, 0);
    bit_owner_.assign(words_ * 64, 0);
}

std::uint32_t Components::bit_of(ChoiceId c) const {
    const std::uint64_t bits = words_ * 64;
    const std::uint64_t rank = problem_.rank[c];
    return static_cast<std::uint32_t>(
        problem_.used_choices <= bits ? rank : rank * bits / problem_.used_choices);
}

template <class Visit>
void Components::for_each_open_literal(DerivationId d, Visit visit) const {
    for (Literal literal : problem_.literals(d)) {
        if (residual_.value(literal) == Truth::unknown) visit(residual_.resolved(literal));
    }
}

void Components::index_supports() {
    supports_.assign(problem_.order.size() * words_, 0);
    for (std::size_t begin = 0; begin < problem_.order.size();) {
        const std::uint32_t component = problem_.cycle[problem_.order[begin]];
        std::size_t end = begin;
        std::vector<std::uint64_t>& all = gathered_;
        all.assign(words_, 0);
        for (; end < problem_.order.size() && problem_.cycle[problem_.order[end]] == component;
             ++end) {
            const NodeId n = problem_.order[end];
            if (residual_.value(n) != Truth::unknown) continue;
            for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n);
                 ++d) {
                if (residual_.status(d) == Truth::no) continue;
                for_each_open_literal(d, [&](Literal literal) {
                    if (literal.is_node()) {
                        const auto below = support_of(literal.index());
                        for (std::size_t w = 0; w < words_; ++w) all[w] |= below[w];
                    } else {
                        const std::uint32_t bit = bit_of(problem_.choice_of[literal.index()]);
                        all[bit / 64] |= std::uint64_t{1} << bit % 64;
                    }
                });
            }
        }
        for (; begin < end; ++begin)
            std::ranges::copy(all, supports_.begin() + static_cast<std::ptrdiff_t>(begin * words_));
    }
}

std::vector<std::uint64_t> Components::support(std::span<const Goal> goals) const {
    std::vector<std::uint64_t> bits(words_, 0);
    const auto add_node = [&](NodeId n) {
        const auto below = support_of(n);
        for (std::size_t w = 0; w < words_; ++w) bits[w] |= below[w];
    };
    const auto add_choice = [&](ChoiceId c) {
        if (problem_.rank[c] == kNone) return;
        bits[bit_of(c) / 64] |= std::uint64_t{1} << bit_of(c) % 64;
    };
    for (Goal goal : goals) {
        if (goal.kind() == GoalKind::restricted) {
            add_choice(goal.id());
        } else if (goal.kind() == GoalKind::fails) {
            for_each_open_literal(goal.id(), [&](Literal literal) {
                if (literal.is_node()) {
                    add_node(literal.index());
                } else {
                    add_choice(problem_.choice_of[literal.index()]);
                }
            });
        } else {
            add_node(goal.id());
        }
    }
    return bits;
}

std::uint32_t Components::find(std::uint32_t goal) {
    while (parent_[goal] != goal) goal = parent_[goal] = parent_[parent_[goal]];
    return goal;
}

void Components::join(std::uint32_t a, std::uint32_t b) {
    a = find(a);
    b = find(b);
    if (a != b) parent_[std::max(a, b)] = std::min(a, b);
}

void Components::split(std::vector<Goal>& goals, std::vector<std::uint32_t>& ends) {
    ends.clear();
    std::ranges::sort(goals);
    const auto count = static_cast<std::uint32_t>(goals.size());
    if (count <= 1) {
        if (count == 1) ends.push_back(1);
        return;
    }
    ++stamp_;
    parent_.resize(count);
    std::iota(parent_.begin(), parent_.end(), 0U);
    for (std::uint32_t g = 0; g < count; ++g) {
        gathered_.assign(words_, 0);
        queue_.clear();
        const auto meet_bit = [&](std::uint32_t bit) {
            if (bit_seen_[bit] == stamp_) {
                join(bit_owner_[bit], g);
            } else {
                bit_seen_[bit] = stamp_;
                bit_owner_[bit] = g;
            }
        };
        const auto meet_node = [&](NodeId n) {
            if (residual_.value(n) != Truth::unknown) return;
            if (node_seen_[n] == stamp_) {
                join(node_owner_[n], g);
                return;
            }
            node_seen_[n] = stamp_;
            node_owner_[n] = g;
            if (!residual_.pristine(n)) {
                queue_.push_back(n);
                return;
            }
            const auto below = support_of(n);
            for (std::size_t w = 0; w < words_; ++w) {
                std::uint64_t fresh = below[w] & ~gathered_[w];
                gathered_[w] |= fresh;
                for (; fresh != 0; fresh &= fresh - 1)
                    meet_bit(static_cast<std::uint32_t>(w * 64) +
                             static_cast<std::uint32_t>(std::countr_zero(fresh)));
            }
        };
        const auto meet_body = [&](DerivationId d) {
            if (residual_.status(d) == Truth::no) return;
            for_each_open_literal(d, [&](Literal literal) {
                if (literal.is_node()) {
                    meet_node(literal.index());
                } else {
                    meet_bit(bit_of(problem_.choice_of[literal.index()]));
                }
            });
        };
        if (goals[g].kind() == GoalKind::restricted) {
            meet_bit(bit_of(goals[g].id()));
        } else if (goals[g].kind() == GoalKind::fails) {
            meet_body(goals[g].id());
        } else {
            meet_node(goals[g].id());
        }
        for (std::size_t i = 0; i < queue_.size(); ++i) {
            const NodeId n = queue_[i];
            for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n);
                 ++d)
                meet_body(d);
        }
    }
    // Components in the order of their first goals, which are their representatives.
    std::vector<std::uint32_t>& sizes = node_order_;
    sizes.assign(count, 0);
    for (std::uint32_t g = 0; g < count; ++g) ++sizes[find(g)];
    std::uint32_t begin = 0;
    for (std::uint32_t g = 0; g < count; ++g) {
        if (sizes[g] == 0) continue;
        const std::uint32_t size = sizes[g];
        sizes[g] = begin;
        begin += size;
        ends.push_back(begin);
    }
    sorted_ = goals;
    for (std::uint32_t g = 0; g < count; ++g) goals[sizes[find(g)]++] = sorted_[g];
}

// Adds to the rests what is open of a derivation that may still hold.
void Components::gather_rest(DerivationId d) {
    if (residual_.status(d) == Truth::no) return;
    const auto begin = static_cast<std::ptrdiff_t>(rest_words_.size());
    for_each_open_literal(d, [&](Literal literal) { rest_words_.push_back(literal.bits()); });
    std::ranges::sort(rest_words_.begin() + begin, rest_words_.end());
    rest_words_.erase(std::unique(rest_words_.begin() + begin, rest_words_.end()),
                      rest_words_.end());
    rest_ends_.push_back(static_cast<std::uint32_t>(rest_words_.size()));
}

// Writes the gathered rests as a set: their number, then length and literals of each in order.
void Components::write_rests(std::vector<std::uint32_t>& key) {
    rests_.clear();
    std::uint32_t begin = 0;
    for (std::uint32_t end : rest_ends_) {
        rests_.push_back(std::span(rest_words_).subspan(begin, end - begin));
        begin = end;
    }
    std::ranges::sort(rests_,
                      [](auto a, auto b) { return std::ranges::lexicographical_compare(a, b); });
    const auto same = [](auto a, auto b) { return std::ranges::equal(a, b); };
    rests_.erase(std::unique(rests_.begin(), rests_.end(), same), rests_.end());
    key.push_back(static_cast<std::uint32_t>(rests_.size()));
    for (auto rest : rests_) {
        key.push_back(static_cast<std::uint32_t>(rest.size()));
        key.insert(key.end(), rest.begin(), rest.end());
    }
    rest_words_.clear();
    rest_ends_.clear();
}

// The words: goals that are no failures, failures, touched nodes with what is left of their
// derivations, choices with alternatives removed. Nodes that occur without a description of their
// own are pristine: their names say all.
bool Components::describe(std::span<const Goal> goals, std::vector<std::uint32_t>& key) {
    ++stamp_;
    free_met_.clear();
    queue_.clear();
    candidates_.clear();
    const auto meet_node = [&](NodeId n) {
        if (node_seen_[n] == stamp_) return;
        node_seen_[n] = stamp_;
        if (!residual_.pristine(n)) queue_.push_back(n);
    };
    const auto meet_choice = [&](ChoiceId c) {
        if (choice_seen_[c] == stamp_) return;
        choice_seen_[c] = stamp_;
        if (problem_.is_free[c] != 0) free_met_.push_back(c);
        if (residual_.allowed(c) < problem_.weight_offsets[c + 1] - problem_.weight_offsets[c])
            candidates_.push_back(c);
    };
    const auto write_and_meet = [&] {
        write_rests(key);
        for (auto rest : rests_) {
            for (std::uint32_t bits : rest) {
                const Literal literal = Literal::from_bits(bits);
                if (literal.is_node()) {
                    meet_node(literal.index());
                } else {
                    meet_choice(problem_.choice_of[literal.index()]);
                }
            }
        }
    };
    const std::size_t start = key.size();
    key.push_back(0);
    for (Goal goal : goals) {
        if (goal.kind() == GoalKind::fails) {
            gather_rest(goal.id());
            continue;
        }
        key.push_back(goal.bits());
        ++key[start];
        if (goal.kind() == GoalKind::restricted) {
            meet_choice(goal.id());
        } else {
            meet_node(goal.id());
        }
    }
    write_and_meet();
    for (std::size_t i = 0; i < queue_.size(); ++i) {
        const NodeId n = queue_[i];
        key.push_back(n);
        for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d)
            gather_rest(d);
        write_and_meet();
    }
    key.push_back(kNone);
    for (ChoiceId c : candidates_) {
        key.push_back(c);
        const std::uint32_t end = problem_.weight_offsets[c + 1];
        key.push_back(end - problem_.weight_offsets[c] - residual_.allowed(c));
        for (std::uint32_t w = problem_.weight_offsets[c]; w < end; ++w) {
            if (residual_.removed(w)) key.push_back(w);
        }
    }
    return !free_met_.empty();
}

std::uint32_t Components::weight_of(NodeId n) const {
    std::uint32_t weight = kNone;
    for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d) {
        if (residual_.status(d) == Truth::no) continue;
        std::uint32_t open = 0;
        std::uint32_t last = kNone;
        for_each_open_literal(d, [&](Literal literal) {
            ++open;
            last = literal.is_node() || literal.negated() ? kNone : literal.index();
        });
        if (open != 1 || last == kNone || (weight != kNone && weight != last)) return kNone;
        weight = last;
    }
    return weight;
}

ChoiceId Components::select_free(bool nearest) const {
    if (nearest) return free_met_.front();
    return *std::ranges::min_element(free_met_, {},
                                     [&](ChoiceId c) { return residual_.allowed(c); });
}

// A choice that all live derivations of a true node mention: each alternative leaves few of them.
// That with the fewest alternatives splits best (of "10 T + U = 57", first T).
ChoiceId Components::common_choice(NodeId n) {
    ++stamp_;
    candidates_.clear();
    std::uint32_t live = 0;
    for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d) {
        if (residual_.status(d) == Truth::no) continue;
        ++live;
        bool any = false;
        for_each_open_literal(d, [&](Literal literal) {
            if (literal.is_node()) return;
            const ChoiceId c = problem_.choice_of[literal.index()];
            if (choice_seen_[c] != stamp_) {
                choice_seen_[c] = stamp_;
                scores_[c] = {};
                if (live == 1) candidates_.push_back(c);
            }
            Scores& score = scores_[c];
            if (score.derivations + 1 == live) score.derivations = live;
            any = any || score.derivations == live;
            if (weight_seen_[literal.index()] != stamp_) {
                weight_seen_[literal.index()] = stamp_;
                ++score.alternatives;
            }
        });
        if (!any) return kNone;
    }
    std::erase_if(candidates_, [&](ChoiceId c) { return scores_[c].derivations != live; });
    if (candidates_.empty()) return kNone;
    return *std::ranges::min_element(candidates_, {}, [&](ChoiceId c) {
        return std::pair(scores_[c].alternatives, problem_.rank[c]);
    });
}

// The same one step further down, for a node that is no more than "one of these nodes": a choice
// that every live derivation of each of them mentions. Of steps that share their choices (those of
// one sum, say) all are taken at once.
ChoiceId Components::common_choice_below(NodeId n) {
    candidates_.clear();
    bool first = true;
    for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d) {
        if (residual_.status(d) == Truth::no) continue;
        NodeId below = kNone;
        std::uint32_t open = 0;
        for_each_open_literal(d, [&](Literal literal) {
            ++open;
            if (literal.is_node()) below = literal.index();
        });
        if (open != 1 || below == kNone) return kNone;
        ++stamp_;
        std::uint32_t live = 0;
        for (DerivationId e = problem_.first_derivation(below); e < problem_.last_derivation(below);
             ++e) {
            if (residual_.status(e) == Truth::no) continue;
            ++live;
            for_each_open_literal(e, [&](Literal literal) {
                if (literal.is_node()) return;
                const ChoiceId c = problem_.choice_of[literal.index()];
                if (choice_seen_[c] != stamp_) {
                    choice_seen_[c] = stamp_;
                    scores_[c] = {};
                    if (first && live == 1) candidates_.push_back(c);
                }
                if (scores_[c].derivations + 1 == live) scores_[c].derivations = live;
            });
        }
        first = false;
        std::erase_if(candidates_, [&](ChoiceId c) {
            return choice_seen_[c] != stamp_ || scores_[c].derivations != live;
        });
        if (candidates_.empty()) return kNone;
    }
    if (candidates_.empty()) return kNone;
    return *std::ranges::min_element(candidates_, {}, [&](ChoiceId c) { return problem_.rank[c]; });
}

// A choice that all derivations mention that must fail, where there is no other demand.
ChoiceId Components::common_choice_of_failures(std::span<const Goal> goals) {
    ++stamp_;
    candidates_.clear();
    std::uint32_t count = 0;
    for (Goal goal : goals) {
        if (goal.kind() == GoalKind::holds) return kNone;
        if (goal.kind() != GoalKind::fails) continue;
        ++count;
        bool any = false;
        for_each_open_literal(goal.id(), [&](Literal literal) {
            if (literal.is_node()) return;
            const ChoiceId c = problem_.choice_of[literal.index()];
            if (choice_seen_[c] != stamp_) {
                choice_seen_[c] = stamp_;
                scores_[c] = {};
                if (count == 1) candidates_.push_back(c);
            }
            if (scores_[c].derivations + 1 == count) scores_[c].derivations = count;
            any = any || scores_[c].derivations == count;
        });
        if (!any) return kNone;
    }
    std::erase_if(candidates_, [&](ChoiceId c) { return scores_[c].derivations != count; });
    if (candidates_.empty()) return kNone;
    return *std::ranges::min_element(candidates_, {}, [&](ChoiceId c) { return problem_.rank[c]; });
}

// Where at most one literal below the goal is not yet down to choices, deciding the choices beside
// it leaves that literal as the only goal: chains and trees are taken apart from the top.
ChoiceId Components::choice_beside_node(Goal goal) {
    ChoiceId best = kNone;
    if (goal.kind() == GoalKind::fails) {
        std::uint32_t nodes = 0;
        for_each_open_literal(goal.id(), [&](Literal literal) {
            if (literal.is_node()) {
                ++nodes;
                return;
            }
            const ChoiceId c = problem_.choice_of[literal.index()];
            if (best == kNone || problem_.rank[c] < problem_.rank[best]) best = c;
        });
        return nodes <= 1 ? best : kNone;
    }
    if (goal.kind() != GoalKind::holds) return kNone;
    ++stamp_;
    std::uint32_t with_nodes = 0;
    for (DerivationId d = problem_.first_derivation(goal.id());
         d < problem_.last_derivation(goal.id()) && with_nodes <= 1; ++d) {
        if (residual_.status(d) == Truth::no) continue;
        bool has_node = false;
        for_each_open_literal(d, [&](Literal l) { has_node = has_node || l.is_node(); });
        if (has_node) {
            ++with_nodes;
            continue;
        }
        for_each_open_literal(d, [&](Literal literal) {
            const ChoiceId c = problem_.choice_of[literal.index()];
            if (choice_seen_[c] != stamp_) {
                choice_seen_[c] = stamp_;
                scores_[c] = {};
            }
            ++scores_[c].derivations;
            const auto better = [&](ChoiceId x, ChoiceId y) {
                return std::tuple(scores_[y].derivations, problem_.rank[x]) <
                       std::tuple(scores_[x].derivations, problem_.rank[y]);
            };
            if (best == kNone || better(c, best)) best = c;
        });
    }
    return with_nodes <= 1 ? best : kNone;
}

// A choice in a derivation whose premises are all settled, the earliest in the static order: values
// are decided from the leaves up and, in a positive cycle, along a front.
ChoiceId Components::frontier_choice(std::span<const Goal> goals) {
    ++stamp_;
    queue_.clear();
    ChoiceId best = kNone;
    const auto meet_node = [&](NodeId n) {
        if (node_seen_[n] == stamp_ || residual_.value(n) != Truth::unknown) return;
        node_seen_[n] = stamp_;
        queue_.push_back(n);
    };
    const auto meet_body = [&](DerivationId d) {
        if (residual_.status(d) == Truth::no) return;
        bool settled = true;
        ChoiceId first = kNone;
        for_each_open_literal(d, [&](Literal literal) {
            if (literal.is_node()) {
                settled = false;
                meet_node(literal.index());
                return;
            }
            const ChoiceId c = problem_.choice_of[literal.index()];
            if (first == kNone || problem_.rank[c] < problem_.rank[first]) first = c;
        });
        if (!settled || first == kNone) return;
        if (best == kNone || problem_.rank[first] < problem_.rank[best]) best = first;
    };
    ChoiceId restricted = kNone;
    for (Goal goal : goals) {
        if (goal.kind() == GoalKind::restricted) {
            restricted = goal.id();
        } else if (goal.kind() == GoalKind::fails) {
            meet_body(goal.id());
        } else {
            meet_node(goal.id());
        }
    }
    for (std::size_t i = 0; i < queue_.size(); ++i) {
        const NodeId n = queue_[i];
        for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d)
            meet_body(d);
    }
    return best != kNone ? best : restricted;
}

ChoiceId Components::select_weighted(std::span<const Goal> goals) {
    // The topmost first: what it leaves are goals nearer to the others.
    sorted_.clear();
    for (Goal goal : goals) {
        if (goal.kind() == GoalKind::holds) sorted_.push_back(goal);
    }
    std::ranges::sort(sorted_, std::greater{},
                      [&](Goal goal) { return std::pair(problem_.height[goal.id()], goal); });
    for (Goal goal : sorted_) {
        const ChoiceId choice = common_choice(goal.id());
        if (choice != kNone) return choice;
    }
    if (goals.size() == 1) {
        const ChoiceId choice = choice_beside_node(goals.front());
        if (choice != kNone) return choice;
    }
    for (Goal goal : sorted_) {
        const ChoiceId choice = common_choice_below(goal.id());
        if (choice != kNone) return choice;
    }
    const ChoiceId choice = common_choice_of_failures(goals);
    return choice != kNone ? choice : frontier_choice(goals);
}

void Components::alternatives(ChoiceId choice, std::vector<std::uint32_t>& weights,
                              std::vector<std::uint32_t>& group) const {
    weights.clear();
    group.clear();
    std::uint32_t unmentioned = kNone;
    for (std::uint32_t w = problem_.weight_offsets[choice]; w < problem_.weight_offsets[choice + 1];
         ++w) {
        if (residual_.removed(w)) {
            group.push_back(kNone);
            continue;
        }
        const bool mentioned = std::ranges::any_of(problem_.weight_uses[w], [&](DerivationId d) {
            return residual_.value(problem_.conclusion[d]) != Truth::yes &&
                   residual_.status(d) != Truth::no;
        });
        if (!mentioned && unmentioned != kNone) {
            group.push_back(unmentioned);
            continue;
        }
        group.push_back(static_cast<std::uint32_t>(weights.size()));
        if (!mentioned) unmentioned = group.back();
        weights.push_back(w);
    }
}

}  // namespace entail::circuit
