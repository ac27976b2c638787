#include "symbolic/eval/join.h"

#include <algorithm>
#include <utility>

namespace entail::eval {

using ir::ArithmeticError;
using ir::Literal;
using provenance::kNone;
using provenance::NodeId;

namespace {

/// Distinct partial sums of one aggregate: beyond, its law is not something to write down.
constexpr std::size_t kMaxAggregateStates = 2'000'000;
/// Lists that one `findall` may give.
constexpr std::size_t kMaxLists = 100'000;

}  // namespace

void prepare(Plan& plan, std::vector<Relation>& relations, const Windows& windows) {
    auto ready = [&](const ir::Atom& atom, Columns columns) {
        Index& index = relations[atom.predicate].index(columns);
        index.catch_up(windows.now[atom.predicate]);
        return &index;
    };
    auto probes = [&](const ir::Atom& atom) {
        const Relation& relation = relations[atom.predicate];
        if (relation.size() != windows.now[atom.predicate] || !relation.all_certain()) {
            relation.prepare_to_find();
        }
    };
    for (Step& step : plan.steps) {
        const ir::Atom& atom = step.literal->atom;
        if (step.access == Step::Access::lookup) step.index = ready(atom, step.key_columns);
        if (step.access == Step::Access::probe) probes(atom);
        for (Step::Member& member : step.members) {
            member.index = ready(member.literal->atom, member.key_columns);
            probes(member.literal->atom);
        }
    }
}

Join::Join(Database& database, const Budget& budget, const Windows& windows, InstanceErrors* errors,
           AggregateCache* aggregates, Theory* theory)
    : database_(database),
      budget_(budget),
      windows_(windows),
      errors_(errors),
      aggregates_(aggregates),
      theory_(theory),
      no_value_(database.values.atom("")) {}

void Join::start(const ir::Rule& rule, const Plan& plan, Row first, Row end) {
    rule_ = &rule;
    plan_ = &plan;
    first_ = first;
    end_ = end;
    started_ = has_failed_ = false;
    depth_ = 0;
    bindings_.assign(rule.variables.size(), no_value_);
    if (cursors_.size() < plan.steps.size()) cursors_.resize(plan.steps.size());
    may_be_uncertain_ =
        rule.meets_unknowns || std::ranges::any_of(rule.body, [&](const Literal& literal) {
            return literal.atom.predicate != ir::kNone &&
                   (literal.kind == Literal::Kind::aggregate ||
                    !database_.relations[literal.atom.predicate].all_certain());
        });
}

bool Join::next() {
    const std::vector<Step>& steps = plan_->steps;
    if (!started_) {
        started_ = true;
        if (steps.empty()) return true;  // the empty body holds once
        open(steps[0], cursors_[0]);
    } else if (steps.empty()) {
        return false;
    }
    for (;;) {
        if (!advance(steps[depth_], cursors_[depth_])) {
            if (depth_ == 0) return false;
            --depth_;
            continue;
        }
        if (depth_ + 1 == steps.size()) return true;
        if (depth_ == plan_->head_step && head_is_known()) continue;
        ++depth_;
        open(steps[depth_], cursors_[depth_]);
    }
}

bool Join::head_is_known() {
    const Relation& relation = database_.relations[rule_->heads[0].atom.predicate];
    if (relation.all_certain()) return relation.contains(head());
    Row row = relation.find(head());
    return row != kNoRow && relation.is_certain(row);
}

std::span<const Value> Join::head() {
    head_.clear();
    for (const Operand& operand : *plan_->head) head_.push_back(operand.value(bindings_));
    return head_;
}

const std::vector<provenance::Premise>& Join::premises() {
    premises_.clear();
    if (!may_be_uncertain_) return premises_;
    for (std::size_t i = 0; i < plan_->steps.size(); ++i) {
        const auto& more = cursors_[i].premises;
        premises_.insert(premises_.end(), more.begin(), more.end());
    }
    return premises_;
}

void Join::build_key(const std::vector<ir::Term>& terms) {
    key_.clear();
    for (const ir::Term& term : terms) key_.push_back(build(term, bindings_, database_.values));
}

void Join::build_key(const std::vector<Operand>& operands) {
    key_.clear();
    for (const Operand& operand : operands) key_.push_back(operand.value(bindings_));
}

/// The rows of an ascending list that a step may look at.
std::span<const Row> Join::window(std::span<const Row> rows, const ir::Atom& atom,
                                  Rows which) const {
    Row first = windows_.first(atom, which), end = windows_.end(atom, which);
    if (rows.empty()) return rows;
    if (rows.back() >= end) {
        auto behind = std::ranges::lower_bound(rows, end) - rows.begin();
        rows = rows.first(static_cast<std::size_t>(behind));
    }
    if (first > 0) {
        auto before = std::ranges::lower_bound(rows, first) - rows.begin();
        rows = rows.subspan(static_cast<std::size_t>(before));
    }
    return rows;
}

void Join::open(const Step& step, Cursor& cursor) {
    cursor.started = false;
    cursor.premises.clear();
    const ir::Atom& atom = step.literal->atom;
    switch (step.access) {
        case Step::Access::other:
        case Step::Access::given:
        case Step::Access::probe:
            return;
        case Step::Access::scan:
            cursor.row = windows_.first(atom, step.rows);
            cursor.end = windows_.end(atom, step.rows);
            if (&step == plan_->steps.data()) {
                cursor.row = std::max(cursor.row, first_);
                cursor.end = std::min(cursor.end, end_);
            }
            return;
        case Step::Access::lookup:
            build_key(step.key);
            cursor.list = window(step.index->rows(key_), atom, step.rows);
            return;
        case Step::Access::intersect:
            open_intersection(step, cursor);
            return;
    }
}

void Join::open_intersection(const Step& step, Cursor& cursor) {
    for (std::size_t m = 0; m < step.members.size(); ++m) {
        const Step::Member& member = step.members[m];
        build_key(member.key);
        auto rows = window(member.index->rows(key_), member.literal->atom, member.rows);
        if (m > 0 && rows.size() >= cursor.list.size()) continue;
        cursor.list = rows;
        cursor.driver = m;
    }
}

bool Join::advance(const Step& step, Cursor& cursor) {
    switch (step.access) {
        case Step::Access::scan:
            return advance_scan(step, cursor);
        case Step::Access::lookup:
            return advance_lookup(step, cursor);
        case Step::Access::intersect:
            return advance_intersection(step, cursor);
        case Step::Access::probe:
            if (cursor.started) return false;
            cursor.started = true;
            tick();
            build_key(step.key);
            cursor.premises.clear();
            return probe(database_.relations[step.literal->atom.predicate], step.literal->atom,
                         step.rows, cursor);
        case Step::Access::given:
            return !std::exchange(cursor.started, true) && matches(step, given_);
        case Step::Access::other:
            break;
    }
    switch (step.literal->kind) {
        case Literal::Kind::in_range:
            return advance_range(step, cursor);
        case Literal::Kind::in_values:
            return advance_values(step, cursor);
        case Literal::Kind::aggregate:
            return advance_aggregate(step, cursor);
        case Literal::Kind::builtin:
            return advance_builtin(step, cursor);
        case Literal::Kind::not_builtin:
            return !cursor.started && !advance_builtin(step, cursor);
        default:
            if (cursor.started) return false;
            cursor.started = true;
            return test(step, cursor);
    }
}

bool Join::advance_scan(const Step& step, Cursor& cursor) {
    const Relation& relation = database_.relations[step.literal->atom.predicate];
    while (cursor.row < cursor.end) {
        if (take(step, relation, cursor.row++, cursor)) return true;
    }
    return false;
}

bool Join::advance_lookup(const Step& step, Cursor& cursor) {
    const Relation& relation = database_.relations[step.literal->atom.predicate];
    while (!cursor.list.empty()) {
        Row row = cursor.list.front();
        cursor.list = cursor.list.subspan(1);
        if (take(step, relation, row, cursor)) return true;
    }
    return false;
}

bool Join::matches(const Step& step, std::span<const Value> tuple) {
    return std::ranges::all_of(step.matches, [&](const Step::Match& m) {
        return m.pattern.match(tuple[m.column], bindings_, database_.values);
    });
}

/// Takes a row of an atom's relation, if it fits.
bool Join::take(const Step& step, const Relation& relation, Row row, Cursor& cursor) {
    tick();
    if (relation.is_dead(row) || !matches(step, relation[row])) return false;
    if (!may_be_uncertain_) return true;
    cursor.premises.clear();
    NodeId node = relation.node(row);
    if (node != kNone) cursor.premises.emplace_back(node, false);
    return true;
}

/// Is the tuple in key_ among the rows? Adds the premise if it is uncertain.
bool Join::probe(const Relation& relation, const ir::Atom& atom, Rows rows, Cursor& cursor) {
    // Only rows of rounds before count, lest premises be as young as conclusions. Where a certain
    // row is met as old and as fresh, the same row follows twice, which costs less than to look.
    if (relation.all_certain() && relation.size() == windows_.now[atom.predicate]) {
        return relation.contains(key_);
    }
    Row row = relation.find(key_);
    if (row == kNoRow || row < windows_.first(atom, rows) || row >= windows_.end(atom, rows)) {
        return false;
    }
    if (!relation.is_certain(row)) cursor.premises.emplace_back(relation.node(row), false);
    return true;
}

bool Join::advance_intersection(const Step& step, Cursor& cursor) {
    const Step::Member& driver = step.members[cursor.driver];
    const Relation& walked = database_.relations[driver.literal->atom.predicate];
    while (!cursor.list.empty()) {
        tick();
        Row row = cursor.list.front();
        cursor.list = cursor.list.subspan(1);
        if (walked.is_dead(row)) continue;
        bindings_[step.variable] = walked[row][driver.column];
        cursor.premises.clear();
        NodeId node = walked.node(row);
        if (node != kNone) cursor.premises.emplace_back(node, false);
        bool in_all = std::ranges::all_of(step.members, [&](const Step::Member& member) {
            if (&member == &driver) return true;
            build_key(member.tuple);
            const ir::Atom& atom = member.literal->atom;
            return probe(database_.relations[atom.predicate], atom, member.rows, cursor);
        });
        if (in_all) return true;
    }
    return false;
}

bool Join::advance_range(const Step& step, Cursor& cursor) {
    if (!cursor.started) {
        cursor.started = true;
        cursor.range = {};
        if (rule_->meets_unknowns && step.result_is_bound) return test_range(step, cursor);
        if (!start_range(step, cursor)) return false;
    }
    while (!cursor.range.is_empty()) {
        tick();
        if (match(step, database_.values.integer(cursor.range.take()))) return true;
    }
    return false;
}

/// `X in L..U` with something unknown: two comparisons.
bool Join::test_range(const Step& step, Cursor& cursor) {
    auto low = number(step.literal->right, step);
    auto high = number(step.literal->upper, step);
    if (!low || !high) return false;
    const ValueStore& values = database_.values;
    if (!values.is_integral(*low) || !values.is_integral(*high)) {
        report(ArithmeticError::needs_integers, step);
        return false;
    }
    Value given = build(step.literal->left, bindings_, database_.values);
    bool is_numeric = values.is_number(given) || values.is_unknown(given);
    return is_numeric && values.is_integral(given) &&
           theory_->require(ir::CompareOp::less_equal, *low, given, cursor.premises) &&
           theory_->require(ir::CompareOp::less_equal, given, *high, cursor.premises);
}

bool Join::start_range(const Step& step, Cursor& cursor) {
    cursor.range = {};
    auto low = number(step.literal->right, step);
    auto high = number(step.literal->upper, step);
    if (!low || !high) return false;
    if (database_.values.is_unknown(*low) || database_.values.is_unknown(*high)) {
        report(ArithmeticError::not_followed, step);
        return false;
    }
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
            build_key(step.key);
            const Relation& relation = database_.relations[literal.atom.predicate];
            if (rule_->meets_unknowns && theory_->is_open(literal.atom.predicate, key_)) {
                return theory_->require_absent(literal.atom.predicate, key_, cursor.premises);
            }
            if (relation.all_certain()) return !relation.contains(key_);
            Row row = relation.find(key_);
            if (row == kNoRow) return true;
            if (relation.is_certain(row)) return false;
            cursor.premises.assign(1, {relation.node(row), true});
            return true;
        }
        case Literal::Kind::compare: {
            auto left = number(literal.left, step);
            auto right = number(literal.right, step);
            if (!left || !right) return false;
            if (rule_->meets_unknowns) {
                return theory_->require(literal.op, *left, *right, cursor.premises);
            }
            ArithmeticError error = ArithmeticError::none;
            return ir::compare(literal.op, *left, *right, database_.values, error);
        }
        case Literal::Kind::is: {
            auto value = number(literal.right, step);
            return value && match(step, *value);
        }
        case Literal::Kind::unify:
            if (literal.only_tests) {
                return theory_->require_equal(build(literal.left, bindings_, database_.values),
                                              build(literal.right, bindings_, database_.values),
                                              cursor.premises);
            }
            return match(step, build(step.left_is_source ? literal.left : literal.right, bindings_,
                                     database_.values));
        case Literal::Kind::not_unify:
            if (rule_->meets_unknowns) {
                return theory_->require_unequal(build(literal.left, bindings_, database_.values),
                                                build(literal.right, bindings_, database_.values),
                                                cursor.premises);
            }
            return build(literal.left, bindings_, database_.values) !=
                   build(literal.right, bindings_, database_.values);
        case Literal::Kind::unknown:
            return advance_unknown(step);
        default:
            break;
    }
    return false;
}

bool Join::advance_unknown(const Step& step) {
    build_key(step.key);
    auto value = theory_->unknown(step.literal->choice, key_);
    if (value) return match(step, *value);
    has_failed_ = true;
    if (errors_ == nullptr) return false;
    std::vector<Value> bindings = bound_before(step);
    errors_->report_same_instance({*rule_, bindings, no_value_, database_.values},
                                  step.literal->span);
    return false;
}

bool Join::advance_aggregate(const Step& step, Cursor& cursor) {
    if (!cursor.started) {
        cursor.started = true;
        cursor.position = 0;
        cursor.outcomes.clear();
        build_key(step.key);
        if (step.literal->function == ir::AggregateOp::list) {
            bool exceeded = false;
            ArithmeticError error = ArithmeticError::none;
            cursor.outcomes = aggregates_->lists(*step.literal, key_, kMaxLists, exceeded, error);
            if (exceeded) throw LimitReached{"findall"};
            if (error != ArithmeticError::none) {
                report(error, step);
                return false;
            }
            return advance_aggregate(step, cursor);
        }
        Aggregate& aggregate = aggregates_->get(*step.literal, key_);
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
        cursor.premises.clear();
        if (outcome.node != kNone) cursor.premises.emplace_back(outcome.node, false);
        return true;
    }
    return false;
}

bool Join::advance_builtin(const Step& step, Cursor& cursor) {
    tick();
    if (!cursor.started) {
        cursor.started = true;
        if (rule_->meets_unknowns && !can_follow(step)) {
            // Of a negated one, too, nothing follows.
            cursor.answers = {};
            report(ArithmeticError::not_followed, step);
            return step.literal->kind == Literal::Kind::not_builtin;
        }
        auto failed = [&](const ir::BuiltinCall& call) {
            has_failed_ = true;
            if (errors_ == nullptr) return;
            std::vector<Value> bindings = bound_before(step);
            errors_->report({*rule_, bindings, no_value_, database_.values}, call, *step.literal);
        };
        if (cursor.answers.open(step, bindings_, database_.values, failed)) {
            throw LimitReached{"answers of a built-in"};
        }
    }
    return cursor.answers.next(step, bindings_, database_.values);
}

/// Numbers that are not known yet may be inside what a built-in does not look into.
bool Join::can_follow(const Step& step) {
    const ValueStore& values = database_.values;
    std::uint64_t given = 0;
    bool has_unknown = false;
    for (std::size_t i = 0, k = 0; i < step.literal->atom.args.size(); ++i) {
        if ((step.key_columns >> i & 1U) == 0) continue;
        Value value = build(step.key[k++], bindings_, database_.values);
        has_unknown = has_unknown || values.has_unknown(value);
        ValueKind kind = values.kind(value);
        // An atom is never equal to a number: to be compared with it does no harm.
        bool is_mere_test = kind == ValueKind::atom || kind == ValueKind::string;
        if (!is_mere_test || step.literal->atom.args.size() == 1) given |= std::uint64_t{1} << i;
    }
    return !has_unknown || step.literal->builtin->follows_unknown(given);
}

std::vector<Value> Join::bound_before(const Step& step) const {
    // What later steps have bound is left over from an instance before this one.
    ir::Bound bound(bindings_.size(), false);
    for (const Step* before = plan_->steps.data(); before != &step; ++before) {
        ir::bind(*before->literal, bound);
    }
    std::vector<Value> current = bindings_;
    for (std::size_t v = 0; v < current.size(); ++v) {
        if (!bound[v]) current[v] = no_value_;
    }
    return current;
}

void Join::report(ArithmeticError error, const Step& step) {
    has_failed_ = true;
    if (errors_ == nullptr) return;
    std::vector<Value> bindings = bound_before(step);
    errors_->report({*rule_, bindings, no_value_, database_.values}, error, step.literal->span);
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
