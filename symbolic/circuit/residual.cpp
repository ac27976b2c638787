#include "symbolic/circuit/residual.h"

#include <algorithm>
#include <cassert>

namespace entail::circuit {

Residual::Residual(const Problem& problem)
    : problem_(problem),
      assignment_(problem.choice_count(), kNone),
      removed_(problem.choice_of.size(), 0),
      clamped_(problem.node_count(), 0),
      touched_(problem.node_count(), 1),
      base_value_(problem.node_count(), Truth::unknown),
      base_dead_(problem.derivation_count(), 0),
      alias_(problem.node_count(), kNone),
      node_users_(problem.node_count()),
      choice_users_(problem.choice_count()),
      in_scope_(problem.node_count(), 0),
      value_epoch_(problem.node_count(), 0),
      value_(problem.node_count(), Truth::unknown),
      supported_epoch_(problem.node_count(), 0),
      holds_seen_(problem.node_count(), 0),
      fails_seen_(problem.derivation_count(), 0),
      restricted_seen_(problem.choice_count(), 0) {
    for (ChoiceId c = 0; c < problem.choice_count(); ++c)
        allowed_.push_back(problem.weight_offsets[c + 1] - problem.weight_offsets[c]);
}

void Residual::make_base(std::span<const Goal> goals) {
    evaluate(goals);
    for (NodeId n : region_) {
        base_value_[n] = value_[n];
        for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d)
            base_dead_[d] = status(d) == Truth::no ? 1 : 0;
    }
    for (NodeId n = 0; n < problem_.node_count(); ++n) {
        if (clamped_[n] != 0) base_value_[n] = Truth::no;
    }
    has_base_ = true;
    set_scope(goals);
    std::ranges::fill(touched_, 0);
    // The search for ways must see every free choice, so that what is above one is never pristine.
    for (ChoiceId c = 0; c < problem_.choice_count(); ++c) {
        if (problem_.is_free[c] != 0 && !assigned(c)) touch_users_of_choice(c);
    }
    trail_.clear();
    ++epoch_;
}

void Residual::record(Change change, std::uint32_t id) {
    trail_.push_back(std::uint64_t{id} << 3U | static_cast<std::uint64_t>(change));
}

void Residual::undo(std::size_t mark) {
    while (trail_.size() > mark) {
        const auto id = static_cast<std::uint32_t>(trail_.back() >> 3U);
        switch (static_cast<Change>(trail_.back() & 7U)) {
            case Change::assign:
                assignment_[id] = kNone;
                break;
            case Change::remove:
                removed_[id] = 0;
                ++allowed_[problem_.choice_of[id]];
                break;
            case Change::clamp:
                clamped_[id] = 0;
                break;
            case Change::touch:
                touched_[id] = 0;
                break;
            case Change::alias:
                alias_[id] = alias_trail_.back();
                alias_trail_.pop_back();
                break;
        }
        trail_.pop_back();
    }
    ++epoch_;
}

void Residual::touch(NodeId n) {
    if (touched_[n] != 0 || base_value_[n] != Truth::unknown) return;
    touched_[n] = 1;
    record(Change::touch, n);
    touch_queue_.push_back(n);
}

void Residual::spread_touch() {
    while (!touch_queue_.empty()) {
        const Users& users = node_users_[touch_queue_.back()];
        touch_queue_.pop_back();
        if (users.scope != scope_) continue;
        for (std::uint32_t i = users.first; i != kNone; i = users_[i].next) touch(users_[i].node);
    }
}

void Residual::touch_users_of_node(NodeId n) {
    if (!has_base_) return;  // everything counts as touched
    if (!scope_built_) build_scope();
    touch_queue_.push_back(n);
    spread_touch();
}

void Residual::touch_users_of_choice(ChoiceId c) {
    if (!has_base_) return;
    if (!scope_built_) build_scope();
    const Users& users = choice_users_[c];
    if (users.scope != scope_) return;
    for (std::uint32_t i = users.first; i != kNone; i = users_[i].next) touch(users_[i].node);
    spread_touch();
}

void Residual::set_scope(std::span<const Goal> goals) {
    scope_goals_.assign(goals.begin(), goals.end());
    scope_built_ = false;
}

void Residual::build_scope() {
    scope_built_ = true;
    ++scope_;
    scope_nodes_.clear();
    users_.clear();
    const auto visit_node = [&](NodeId n) {
        if (base_value_[n] != Truth::unknown || in_scope_[n] == scope_) return;
        in_scope_[n] = scope_;
        scope_nodes_.push_back(n);
    };
    const auto add_user = [&](Users& users, NodeId n) {
        if (users.scope != scope_) users = {scope_, kNone};
        if (users.first != kNone && users_[users.first].node == n) return;
        users_.push_back({n, users.first});
        users.first = static_cast<std::uint32_t>(users_.size() - 1);
    };
    for (Goal goal : scope_goals_) {
        if (goal.kind() == GoalKind::fails) {
            for (Literal literal : problem_.literals(goal.id())) {
                if (literal.is_node()) visit_node(literal.index());
            }
        } else if (goal.kind() != GoalKind::restricted) {
            visit_node(goal.id());
        }
    }
    for (std::size_t i = 0; i < scope_nodes_.size(); ++i) {
        const NodeId n = scope_nodes_[i];
        for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d) {
            if (base_dead_[d] != 0) continue;
            for (Literal literal : problem_.literals(d)) {
                if (literal.is_node()) {
                    visit_node(literal.index());
                    add_user(node_users_[literal.index()], n);
                } else {
                    add_user(choice_users_[problem_.choice_of[literal.index()]], n);
                }
            }
        }
    }
}

bool Residual::assign(std::uint32_t weight) {
    const ChoiceId c = problem_.choice_of[weight];
    if (assignment_[c] != kNone) return assignment_[c] == weight;
    if (removed_[weight] != 0) return false;
    assignment_[c] = weight;
    record(Change::assign, c);
    touch_users_of_choice(c);
    return true;
}

bool Residual::remove(std::uint32_t weight) {
    const ChoiceId c = problem_.choice_of[weight];
    if (removed_[weight] != 0) return true;
    if (assignment_[c] != kNone) return assignment_[c] != weight;
    if (allowed_[c] == 1) return false;
    removed_[weight] = 1;
    --allowed_[c];
    record(Change::remove, weight);
    touch_users_of_choice(c);
    changed_ = true;
    if (allowed_[c] == 1) {
        std::uint32_t last = problem_.weight_offsets[c];
        while (removed_[last] != 0) ++last;
        return require(Literal::weight(last, false), true);
    }
    if (restricted_seen_[c] != round_) {
        restricted_seen_[c] = round_;
        kept_.push_back({GoalKind::restricted, c});
    }
    return true;
}

bool Residual::require(Literal literal, bool truth) {
    const bool positive = literal.negated() != truth;
    if (literal.is_node()) {
        work_.push_back({{GoalKind::holds, literal.index()}, !positive});
        return true;
    }
    if (!positive) return remove(literal.index());
    const ChoiceId c = problem_.choice_of[literal.index()];
    if (assignment_[c] == kNone) {
        changed_ = true;
        if (problem_.is_free[c] == 0) forced_->push_back(literal.index());
    }
    return assign(literal.index());
}

Truth Residual::value(Literal literal) const {
    Truth truth = Truth::unknown;
    if (literal.is_node()) {
        truth = value(literal.index());
    } else {
        const std::uint32_t taken = assignment_[problem_.choice_of[literal.index()]];
        if (taken == literal.index()) {
            truth = Truth::yes;
        } else if (taken != kNone || removed_[literal.index()] != 0) {
            truth = Truth::no;
        }
    }
    if (truth == Truth::unknown || !literal.negated()) return truth;
    return truth == Truth::yes ? Truth::no : Truth::yes;
}

Truth Residual::status(DerivationId d) const {
    if (base_dead_[d] != 0) return Truth::no;
    Truth result = Truth::yes;
    for (Literal literal : problem_.literals(d)) {
        const Truth truth = value(literal);
        if (truth == Truth::no) return Truth::no;
        if (truth == Truth::unknown) result = Truth::unknown;
    }
    return result;
}

void Residual::visit(NodeId n) {
    if (base_value_[n] != Truth::unknown || clamped_[n] != 0 || touched_[n] == 0 ||
        value_epoch_[n] == epoch_)
        return;
    value_epoch_[n] = epoch_;
    value_[n] = Truth::unknown;
    region_.push_back(n);
}

void Residual::set_alias(NodeId n, NodeId target) {
    if (!has_base_ || alias_[n] == target) return;
    alias_trail_.push_back(alias_[n]);
    alias_[n] = target;
    record(Change::alias, n);
}

void Residual::evaluate(std::span<const Goal> goals) {
    ++epoch_;
    region_.clear();
    const auto visit_body = [&](DerivationId d) {
        for (Literal literal : problem_.literals(d)) {
            if (literal.is_node()) visit(literal.index());
        }
    };
    for (Goal goal : goals) {
        if (goal.kind() == GoalKind::fails) {
            visit_body(goal.id());
        } else if (goal.kind() != GoalKind::restricted) {
            visit(goal.id());
        }
    }
    for (std::size_t i = 0; i < region_.size(); ++i) {
        const NodeId n = region_[i];
        if (alias_[n] != kNone) {
            set_alias(n, resolved(n));
            visit(alias_[n]);
            continue;
        }
        looked_at_ += problem_.last_derivation(n) - problem_.first_derivation(n);
        for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d) {
            // Nodes not reached yet count as unknown here, so only what is ruled out is left out.
            if (status(d) != Truth::no) visit_body(d);
        }
    }
    std::ranges::sort(region_, {}, [&](NodeId n) { return problem_.position[n]; });
    for (std::size_t i = 0; i < region_.size();) {
        const std::uint32_t component = problem_.cycle[region_[i]];
        if (problem_.cyclic[component] == 0) {
            solve_single(region_[i++]);
            continue;
        }
        std::size_t end = i + 1;
        while (end < region_.size() && problem_.cycle[region_[end]] == component) ++end;
        solve_cycle(std::span(region_).subspan(i, end - i));
        i = end;
    }
}

void Residual::solve_single(NodeId n) {
    if (alias_[n] != kNone) {
        value_[n] = value(alias_[n]);
        return;
    }
    bool possible = false, alias = true;
    NodeId target = kNone;
    for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d) {
        if (base_dead_[d] != 0) continue;
        Truth truth = Truth::yes;
        NodeId last = kNone;  // the only open literal, if that is a positive premise
        for (Literal literal : problem_.literals(d)) {
            const Truth part = value(literal);
            if (part == Truth::yes) continue;
            const NodeId node =
                literal.is_node() && !literal.negated() ? resolved(literal.index()) : kNone;
            last = truth == Truth::yes || last == node ? node : kNone;
            truth = part;
            if (truth == Truth::no) break;
        }
        if (truth == Truth::yes) {
            value_[n] = Truth::yes;
            return;
        }
        if (truth == Truth::no) continue;
        alias = alias && last != kNone && (!possible || last == target);
        target = last;
        possible = true;
    }
    if (!possible) {
        value_[n] = Truth::no;
    } else if (alias) {
        set_alias(n, target);
    }
}

void Residual::solve_cycle(std::span<const NodeId> nodes) {
    const std::uint32_t component = problem_.cycle[nodes.front()];
    const auto inside = [&](NodeId n) {
        return problem_.cycle[n] == component && value_epoch_[n] == epoch_;
    };
    // Least fixpoint of what is certain.
    queue_.clear();
    const auto derive = [&](DerivationId d) {
        const NodeId n = problem_.conclusion[d];
        if (value_[n] == Truth::yes || status(d) != Truth::yes) return;
        value_[n] = Truth::yes;
        queue_.push_back(n);
    };
    for (NodeId n : nodes) {
        for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d)
            derive(d);
    }
    while (!queue_.empty()) {
        const NodeId n = queue_.back();
        queue_.pop_back();
        for (DerivationId d : problem_.consumers[n]) {
            if (inside(problem_.conclusion[d])) derive(d);
        }
    }
    // Least fixpoint of what is possible; what is outside it is false.
    const auto possible = [&](DerivationId d) {
        if (base_dead_[d] != 0) return false;
        for (Literal literal : problem_.literals(d)) {
            const Truth truth = value(literal);
            if (truth == Truth::no) return false;
            if (truth == Truth::unknown && literal.is_node() && inside(literal.index()) &&
                supported_epoch_[literal.index()] != epoch_)
                return false;
        }
        return true;
    };
    const auto support = [&](DerivationId d) {
        const NodeId n = problem_.conclusion[d];
        if (value_[n] == Truth::yes || supported_epoch_[n] == epoch_ || !possible(d)) return;
        supported_epoch_[n] = epoch_;
        queue_.push_back(n);
    };
    for (NodeId n : nodes) {
        for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d)
            support(d);
    }
    while (!queue_.empty()) {
        const NodeId n = queue_.back();
        queue_.pop_back();
        for (DerivationId d : problem_.consumers[n]) {
            if (inside(problem_.conclusion[d])) support(d);
        }
    }
    for (NodeId n : nodes) {
        if (value_[n] != Truth::yes && supported_epoch_[n] != epoch_) value_[n] = Truth::no;
    }
}

// A derivation must fail: with one open literal, that literal must.
bool Residual::demand_failure(DerivationId d) {
    if (fails_seen_[d] == round_) return true;
    fails_seen_[d] = round_;
    const Truth truth = status(d);
    if (truth != Truth::unknown) return truth == Truth::no;
    std::uint32_t open = 0;
    Literal last = Literal::node(0, false);
    for (Literal literal : problem_.literals(d)) {
        if (value(literal) != Truth::unknown) continue;
        literal = resolved(literal);
        if (open > 0 && literal == last) continue;
        ++open;
        last = literal;
    }
    if (open == 1) return require(last, false);
    kept_.push_back({GoalKind::fails, d});
    return true;
}

// A node must be false: it counts as false from now on, on the condition that its derivations fail.
// (In a world where they do, its least model is the one computed with the node left out.)
bool Residual::demand_false(NodeId n) {
    const Truth truth = value(n);
    if (truth != Truth::unknown) return truth == Truth::no;
    if (alias_[n] != kNone) {
        work_.push_back({{GoalKind::holds, resolved(n)}, true});
        return true;
    }
    clamped_[n] = 1;
    record(Change::clamp, n);
    touch_users_of_node(n);
    changed_ = true;
    for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n); ++d) {
        if (status(d) != Truth::no) work_.push_back({{GoalKind::fails, d}, false});
    }
    return true;
}

// A node must be true: with one live derivation, all of that must hold.
bool Residual::demand_true(NodeId n) {
    const Truth truth = value(n);
    if (truth != Truth::unknown) return truth == Truth::yes;
    if (alias_[n] != kNone) {
        work_.push_back({{GoalKind::holds, resolved(n)}, false});
        return true;
    }
    if (holds_seen_[n] == round_) return true;
    holds_seen_[n] = round_;
    std::uint32_t live = 0;
    DerivationId only = kNone;
    for (DerivationId d = problem_.first_derivation(n); d < problem_.last_derivation(n) && live < 2;
         ++d) {
        if (status(d) == Truth::no) continue;
        ++live;
        only = d;
    }
    if (live == 0) return false;
    // In a cycle, only fresh values tell that the derivation is not circular.
    const bool stale = changed_ && problem_.cyclic[problem_.cycle[n]] != 0;
    if (live > 1 || stale) {
        kept_.push_back({GoalKind::holds, n});
        return true;
    }
    for (Literal literal : problem_.literals(only)) {
        // What was assigned for one literal may contradict the next.
        const Truth part = value(literal);
        if (part == Truth::no) return false;
        if (part == Truth::unknown && !require(literal, true)) return false;
    }
    return true;
}

bool Residual::meet(Demand demand) {
    const std::uint32_t id = demand.goal.id();
    switch (demand.goal.kind()) {
        case GoalKind::watched:
            kept_.push_back({GoalKind::watched, resolved(id)});
            return true;
        case GoalKind::restricted:
            if (assigned(id) || restricted_seen_[id] == round_) return true;
            restricted_seen_[id] = round_;
            kept_.push_back(demand.goal);
            return true;
        case GoalKind::fails:
            return demand_failure(id);
        case GoalKind::holds:
            return demand.node_fails ? demand_false(id) : demand_true(id);
    }
    return true;
}

bool Residual::simplify(std::vector<Goal>& goals, std::vector<std::uint32_t>& forced,
                        std::span<const NodeId> false_nodes) {
    forced_ = &forced;
    work_.clear();
    for (NodeId n : false_nodes) work_.push_back({{GoalKind::holds, n}, true});
    if (false_nodes.empty()) {
        evaluate(goals);
    } else {
        std::vector<Goal> all = goals;
        for (NodeId n : false_nodes) all.push_back({GoalKind::watched, n});
        evaluate(all);
    }
    for (;;) {
        ++round_;
        changed_ = false;
        kept_.clear();
        for (Goal goal : goals) work_.push_back({goal, false});
        for (std::size_t i = 0; i < work_.size(); ++i) {
            const Demand demand = work_[i];  // a copy: work_ grows
            if (!meet(demand)) return false;
        }
        goals.assign(kept_.begin(), kept_.end());
        if (!changed_) return true;
        work_.clear();
        evaluate(goals);
    }
}

}  // namespace entail::circuit
