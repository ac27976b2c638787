#include "symbolic/eval/join.h"

#include <algorithm>

namespace entail::eval {

using ir::ArithmeticError;
using ir::Literal;
using provenance::kNone;
using provenance::NodeId;

namespace {

/// Distinct partial sums of one aggregate: beyond, its law is not something to write down.
constexpr std::size_t kMaxAggregateStates = 2'000'000;

}  // namespace

Join::Join(Database& database, Budget& budget, InstanceErrors& errors)
    : database_(database),
      budget_(budget),
      errors_(errors),
      no_value_(database.values.atom("")),
      old_(database.predicates.size()),
      now_(database.predicates.size()) {}

void Join::start(const ir::Rule& rule, const Plan& plan) {
    rule_ = &rule;
    plan_ = &plan;
    started_ = false;
    bindings_.assign(rule.variables.size(), no_value_);
    if (cursors_.size() < plan.steps.size()) cursors_.resize(plan.steps.size());
}

bool Join::next() {
    const std::vector<Step>& steps = plan_->steps;
    std::size_t depth = steps.size();  // one beyond the deepest cursor: behind a match
    if (!started_) {
        started_ = true;
        if (steps.empty()) return true;  // the empty body holds once
        depth = 0;
        open(steps[0], cursors_[0]);
    } else if (depth-- == 0) {
        return false;
    }
    for (;;) {
        if (!advance(steps[depth], cursors_[depth])) {
            if (depth-- == 0) return false;
            continue;
        }
        if (++depth == steps.size()) return true;
        open(steps[depth], cursors_[depth]);
    }
}

const std::vector<provenance::Premise>& Join::premises() {
    premises_.clear();
    for (std::size_t i = 0; i < plan_->steps.size(); ++i) {
        if (cursors_[i].premise) premises_.push_back(*cursors_[i].premise);
    }
    return premises_;
}

void Join::build_key(const Step& step) {
    key_.clear();
    for (const ir::Term& term : step.key) key_.push_back(build(term, bindings_, database_.values));
}

void Join::open(const Step& step, Cursor& cursor) {
    cursor.started = false;
    cursor.premise.reset();
    if (step.literal->kind != Literal::Kind::atom) return;
    ir::PredicateId p = step.literal->atom.predicate;
    Relation& relation = database_.relations[p];
    cursor.first = step.rows == Rows::fresh ? old_[p] : 0;
    cursor.end = step.rows == Rows::old ? old_[p] : now_[p];
    cursor.index = nullptr;
    if (step.key.empty()) {
        cursor.row = cursor.first;
        return;
    }
    build_key(step);
    if (step.key.size() == relation.arity()) {
        Row found = relation.find(key_);
        bool usable = found != kNoRow && found >= cursor.first && found < cursor.end;
        cursor.row = usable ? found : cursor.end;
        cursor.end = usable ? found + 1 : cursor.end;
        return;
    }
    cursor.index = &relation.index(step.key_columns);
    cursor.row = cursor.index->first(key_);
}

bool Join::advance(const Step& step, Cursor& cursor) {
    const Literal& literal = *step.literal;
    if (literal.kind == Literal::Kind::atom) return advance_atom(step, cursor);
    if (literal.kind == Literal::Kind::in_range) return advance_range(step, cursor);
    if (literal.kind == Literal::Kind::in_values) return advance_values(step, cursor);
    if (literal.kind == Literal::Kind::aggregate) return advance_aggregate(step, cursor);
    if (cursor.started) return false;
    cursor.started = true;
    return test(step, cursor);
}

bool Join::advance_atom(const Step& step, Cursor& cursor) {
    budget_.step(database_.values);
    Relation& relation = database_.relations[step.literal->atom.predicate];
    for (;;) {
        Row row = cursor.row;
        if (cursor.index != nullptr) {
            // Chains run from new to old.
            if (row == kNoRow || row < cursor.first) return false;
            cursor.row = cursor.index->next(row);
            if (row >= cursor.end) continue;
        } else {
            if (row >= cursor.end) return false;
            ++cursor.row;
        }
        auto tuple = relation[row];
        bool fits = std::ranges::all_of(step.matches, [&](const Step::Match& m) {
            return m.pattern.match(tuple[m.column], bindings_, database_.values);
        });
        if (!fits) continue;
        NodeId node = relation.node(row);
        cursor.premise.reset();
        if (node != kNone) cursor.premise.emplace(node, false);
        return true;
    }
}

bool Join::advance_range(const Step& step, Cursor& cursor) {
    if (!cursor.started) {
        cursor.started = true;
        if (!start_range(step, cursor)) return false;
    }
    while (!cursor.range.is_empty()) {
        budget_.step(database_.values);
        if (match(step, database_.values.integer(cursor.range.take()))) return true;
    }
    return false;
}

bool Join::start_range(const Step& step, Cursor& cursor) {
    cursor.range = {};
    auto low = number(step.literal->right, step);
    auto high = number(step.literal->upper, step);
    if (!low || !high) return false;
    if (database_.values.kind(*low) != ValueKind::integer ||
        database_.values.kind(*high) != ValueKind::integer) {
        report(ArithmeticError::needs_integers, step);
        return false;
    }
    std::optional<Value> given;
    if (step.result_is_bound) given = build(step.literal->left, bindings_, database_.values);
    cursor.range = {database_.values.as_integer(*low), database_.values.as_integer(*high), given,
                    database_.values};
    return !cursor.range.is_empty();
}

std::optional<Value> Join::number(const ir::Term& expression, const Step& step) {
    ArithmeticError error = ArithmeticError::none;
    Value value = ir::evaluate(expression, bindings_, database_.values, error);
    if (error == ArithmeticError::none) return value;
    report(error, step);
    return std::nullopt;
}

bool Join::test(const Step& step, Cursor& cursor) {
    const Literal& literal = *step.literal;
    switch (literal.kind) {
        case Literal::Kind::negated: {
            build_key(step);
            const Relation& relation = database_.relations[literal.atom.predicate];
            Row row = relation.find(key_);
            if (row == kNoRow) return true;
            if (relation.is_certain(row)) return false;
            cursor.premise.emplace(relation.node(row), true);
            return true;
        }
        case Literal::Kind::compare: {
            auto left = number(literal.left, step);
            auto right = number(literal.right, step);
            if (!left || !right) return false;
            ArithmeticError error = ArithmeticError::none;
            return ir::compare(literal.op, *left, *right, database_.values, error);
        }
        case Literal::Kind::is: {
            auto value = number(literal.right, step);
            return value && match(step, *value);
        }
        case Literal::Kind::unify:
            return match(step, build(step.left_is_source ? literal.left : literal.right, bindings_,
                                     database_.values));
        case Literal::Kind::not_unify:
            return build(literal.left, bindings_, database_.values) !=
                   build(literal.right, bindings_, database_.values);
        default:
            break;
    }
    return false;
}

bool Join::advance_aggregate(const Step& step, Cursor& cursor) {
    if (!cursor.started) {
        cursor.started = true;
        cursor.position = 0;
        cursor.outcomes.clear();
        Aggregate& aggregate = aggregate_of(step);
        bool exceeded = false;
        if (aggregate.error() == ArithmeticError::none) {
            if (step.result_is_bound) {
                Value value = build(step.literal->left, bindings_, database_.values);
                auto outcome = aggregate.outcome(value, kMaxAggregateStates, exceeded);
                if (outcome) cursor.outcomes.push_back(*outcome);
            } else {
                cursor.outcomes = aggregate.outcomes(kMaxAggregateStates, exceeded);
            }
        }
        if (exceeded) throw LimitReached{"aggregate"};
        if (aggregate.error() != ArithmeticError::none) {
            report(aggregate.error(), step);
            return false;
        }
    }
    while (cursor.position < cursor.outcomes.size()) {
        const auto& outcome = cursor.outcomes[cursor.position++];
        if (!match(step, outcome.value)) continue;
        cursor.premise.reset();
        if (outcome.node != kNone) cursor.premise.emplace(outcome.node, false);
        return true;
    }
    return false;
}

void Join::report(ArithmeticError error, const Step& step) {
    // What later steps have bound is left over from an instance before this one.
    ir::Bound bound(bindings_.size(), false);
    for (const Step* before = plan_->steps.data(); before != &step; ++before) {
        ir::bind(*before->literal, bound);
    }
    std::vector<Value> current = bindings_;
    for (std::size_t v = 0; v < current.size(); ++v) {
        if (!bound[v]) current[v] = no_value_;
    }
    errors_.report({*rule_, current, no_value_, database_.values}, error, step.literal->span);
}

Aggregate& Join::aggregate_of(const Step& step) {
    const Literal& literal = *step.literal;
    build_key(step);
    auto function = literal.function;
    auto key = std::tuple(literal.atom.predicate, function, std::vector<std::uint32_t>{});
    for (Value value : key_) std::get<2>(key).push_back(value.bits());
    if (auto known = aggregates_.find(key); known != aggregates_.end()) return known->second;
    Relation& relation = database_.relations[literal.atom.predicate];
    std::vector<Row> members;
    if (key_.empty()) {
        for (Row row = 0; row < relation.size(); ++row) members.push_back(row);
    } else {
        Relation::Index& index = relation.index(step.key_columns);
        for (Row row = index.first(key_); row != kNoRow; row = index.next(row)) {
            members.push_back(row);
        }
    }
    std::ranges::sort(members, [&](Row a, Row b) {
        for (std::uint32_t c = 0; c < relation.arity(); ++c) {
            int order = database_.values.compare(relation[a][c], relation[b][c]);
            if (order != 0) return order < 0;
        }
        return false;
    });
    auto instance = static_cast<std::uint32_t>(database_.aggregates.size());
    database_.aggregates.push_back({literal.atom.predicate, function, key_});
    return aggregates_
        .try_emplace(std::move(key), database_, instance, function, relation, members,
                     literal.grouped)
        .first->second;
}

bool Join::advance_values(const Step& step, Cursor& cursor) {
    if (!cursor.started) cursor.position = 0;
    cursor.started = true;
    const std::vector<Value>& all = step.literal->values;
    while (cursor.position < all.size()) {
        if (match(step, all[cursor.position++])) return true;
    }
    return false;
}

}  // namespace entail::eval
