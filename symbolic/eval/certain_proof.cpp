#include "symbolic/eval/certain_proof.h"

#include <algorithm>
#include <cassert>
#include <set>

#include "symbolic/eval/builtin_answers.h"
#include "symbolic/eval/integer_range.h"
#include "symbolic/ir/arithmetic.h"

namespace entail::eval {

using ir::ArithmeticError;
using ir::Literal;
using provenance::kNone;
using provenance::NodeId;
using provenance::Premise;

namespace {

/// Rows looked at for one instance: beyond, it is given up.
constexpr std::size_t kEffort = 5'000'000;

bool contains(std::span<const Premise> premises, Premise premise) {
    return std::ranges::binary_search(premises, premise);
}

}  // namespace

struct RuleMatcher::Cursor {
    bool started = false;
    bool is_lookup = false;
    std::span<const Row> list;  // of a lookup
    Row row = 0, end = 0;
    IntegerRange range;
    std::size_t position = 0;
    std::vector<std::pair<Value, NodeId>> outcomes;
    BuiltinAnswers answers;
    RuleInstance::Support support;
};

RuleMatcher::RuleMatcher(const ir::Program& program, const Database& database)
    : program_(program), database_(database), values_(database.values) {
    rules_of_.resize(program.predicates.size());
    for (ir::RuleId id = 0; id < program.rules.size(); ++id) {
        const auto& heads = program.rules[id].heads;
        for (std::uint32_t h = 0; h < heads.size(); ++h) {
            rules_of_[heads[h].atom.predicate].emplace_back(id, h);
        }
    }
}

std::optional<RuleInstance> RuleMatcher::certain(ir::RuleId rule, std::uint32_t head,
                                                 std::span<const Value> tuple,
                                                 std::uint32_t round) {
    if (program_.rules[rule].choice != ir::kNone) return std::nullopt;
    return match(rule, head, tuple, {Allowed::Rows::certain, round, {}, {}});
}

std::optional<RuleInstance> RuleMatcher::derived(const provenance::Derivation& derivation,
                                                 std::span<const Value> tuple) {
    const ir::Rule& rule = program_.rules[derivation.rule];
    Allowed allowed{Allowed::Rows::derivation, 0, database_.graph.premises(derivation), {}};
    std::uint32_t alternative = ir::kNone;
    if (rule.choice != ir::kNone) {
        const auto& choice = database_.graph.choice(derivation.choice.choice);
        assert(choice.key.size() == program_.choices[rule.choice].key.size());
        allowed.key = choice.key;
        alternative =
            database_.weights[derivation.choice.choice].alternatives[derivation.choice.alternative];
    }
    ir::PredicateId predicate = database_.origins[derivation.conclusion].predicate;
    for (std::uint32_t h = 0; h < rule.heads.size(); ++h) {
        const ir::Head& head = rule.heads[h];
        if (head.atom.predicate != predicate) continue;
        if (alternative != ir::kNone && head.alternative != alternative) continue;
        if (auto found = match(derivation.rule, h, tuple, allowed)) return found;
    }
    return std::nullopt;
}

std::optional<RuleMatcher::Obstacle> RuleMatcher::obstacle(ir::RuleId rule, std::uint32_t head,
                                                           std::span<const Value> tuple) {
    match(rule, head, tuple, {Allowed::Rows::any, 0, {}, {}});
    return std::move(obstacle_);
}

std::vector<Row> RuleMatcher::rows_with_prefix(ir::PredicateId predicate,
                                               std::span<const Value> prefix) {
    const Relation& relation = database_.relations[predicate];
    std::vector<Row> rows;
    if (prefix.empty()) {
        for (Row row = 0; row < relation.size(); ++row) rows.push_back(row);
    } else {
        Columns columns = 0;
        for (std::size_t c = 0; c < prefix.size(); ++c) columns |= Columns{1} << c;
        auto found = index(predicate, columns).rows(prefix);
        rows.assign(found.begin(), found.end());
    }
    std::erase_if(rows, [&](Row row) { return relation.is_dead(row); });
    std::ranges::sort(rows, [&](Row a, Row b) {
        auto left = relation[a], right = relation[b];
        for (std::size_t i = 0; i < left.size(); ++i) {
            if (int order = values_.compare(left[i], right[i]); order != 0) return order < 0;
        }
        return false;
    });
    return rows;
}

const Index& RuleMatcher::index(ir::PredicateId predicate, Columns columns) {
    auto& made = indices_[{predicate, columns}];
    if (!made) {
        made = std::make_unique<Index>(database_.relations[predicate], columns);
        made->catch_up(database_.relations[predicate].size());
    }
    return *made;
}

RuleMatcher::HeadPlan& RuleMatcher::plan(ir::RuleId id, std::uint32_t head, bool with_key) {
    auto& made = plans_[{id, head, with_key}];
    if (made) return *made;
    made = std::make_unique<HeadPlan>();
    made->rule = program_.rules[id];
    Literal known;  // what is known before: the head's terms, then the key
    const ir::Atom& atom = made->rule.heads[head].atom;
    for (std::uint32_t c = 0; c < atom.args.size(); ++c) {
        if (atom.args[c].is_constant()) continue;
        known.atom.args.push_back(atom.args[c]);
        made->columns.push_back(c);
    }
    if (with_key) {
        for (ir::VariableId v : program_.choices[made->rule.choice].key) {
            if (known.atom.args.size() == ir::kMaxArity) break;
            known.atom.args.push_back(ir::Term::make_variable(v));
            ++made->keys;
        }
    }
    made->rule.body.insert(made->rule.body.begin(), std::move(known));
    made->plan = make_plan(made->rule, {0, false}, database_.relations);
    return *made;
}

bool RuleMatcher::match_head(const HeadPlan& plan, std::span<const Value> tuple,
                             const Allowed& allowed) {
    auto value = [&](std::uint32_t column) {
        return column < plan.columns.size() ? tuple[plan.columns[column]]
                                            : allowed.key[column - plan.columns.size()];
    };
    return std::ranges::all_of(plan.plan.steps[0].matches, [&](const Step::Match& m) {
        return m.pattern.match(value(m.column), bindings_, values_);
    });
}

std::optional<RuleInstance> RuleMatcher::match(ir::RuleId id, std::uint32_t head,
                                               std::span<const Value> tuple,
                                               const Allowed& allowed) {
    obstacle_.reset();
    furthest_ = 0;
    work_ = 0;
    HeadPlan& prepared = plan(id, head, !allowed.key.empty());
    const ir::Atom& atom = prepared.rule.heads[head].atom;
    for (std::size_t c = 0; c < tuple.size(); ++c) {
        if (atom.args[c].is_constant() && atom.args[c].value != tuple[c]) return std::nullopt;
    }
    bindings_.assign(prepared.rule.variables.size(), Value());
    if (!match_head(prepared, tuple, allowed)) return std::nullopt;
    const std::vector<Step>& steps = prepared.plan.steps;
    std::vector<Cursor> cursors(steps.size());
    std::size_t depth = 1;
    if (depth < steps.size()) start(steps[depth], cursors[depth]);
    while (depth > 0) {
        if (depth == steps.size()) {
            if (uses_all(allowed, cursors, depth)) {
                return instance(prepared, id, depth, cursors);
            }
            if (--depth == 0) break;
        }
        if (allowed.rows == Allowed::Rows::any && depth > furthest_) {
            furthest_ = depth;
            obstacle_ = {
                instance(prepared, id, depth, cursors),
                static_cast<std::uint32_t>(steps[depth].literal - prepared.rule.body.data() - 1)};
        }
        if (work_ > kEffort) return std::nullopt;
        if (!advance(steps[depth], cursors[depth], allowed)) {
            --depth;
            continue;
        }
        if (++depth < steps.size()) start(steps[depth], cursors[depth]);
    }
    return std::nullopt;
}

bool RuleMatcher::uses_all(const Allowed& allowed, const std::vector<Cursor>& cursors,
                           std::size_t depth) const {
    if (allowed.rows != Allowed::Rows::derivation) return true;
    std::set<NodeId> used;
    for (std::size_t i = 1; i < depth; ++i) {
        if (cursors[i].support.node != kNone) used.insert(cursors[i].support.node);
    }
    std::set<NodeId> wanted;
    for (Premise premise : allowed.premises) wanted.insert(premise.node());
    return used == wanted;
}

RuleInstance RuleMatcher::instance(const HeadPlan& plan, ir::RuleId rule, std::size_t depth,
                                   const std::vector<Cursor>& cursors) const {
    RuleInstance result;
    result.rule = rule;
    result.bindings = bindings_;
    result.bound.assign(bindings_.size(), false);
    result.supports.resize(plan.rule.body.size() - 1);
    for (std::size_t i = 0; i < depth; ++i) {
        const Literal* literal = plan.plan.steps[i].literal;
        ir::bind(*literal, result.bound);
        if (i == 0) continue;
        result.supports[static_cast<std::size_t>(literal - plan.rule.body.data()) - 1] =
            cursors[i].support;
    }
    return result;
}

std::vector<Value> RuleMatcher::build_key(const Step& step) {
    std::vector<Value> key;
    key.reserve(step.key.size());
    for (const ir::Term& term : step.key) key.push_back(build(term, bindings_, values_));
    return key;
}

void RuleMatcher::start(const Step& step, Cursor& cursor) {
    cursor.started = false;
    cursor.support = {};
    if (step.literal->kind != Literal::Kind::atom) return;
    ir::PredicateId predicate = step.literal->atom.predicate;
    const Relation& relation = database_.relations[predicate];
    cursor.is_lookup = false;
    cursor.row = 0;
    cursor.end = relation.size();
    if (step.key.empty()) return;
    std::vector<Value> key = build_key(step);
    if (key.size() == relation.arity()) {
        Row found = relation.find(key);
        cursor.row = found == kNoRow ? cursor.end : found;
        cursor.end = found == kNoRow ? cursor.end : found + 1;
        return;
    }
    cursor.is_lookup = true;
    cursor.list = index(predicate, step.key_columns).rows(key);
}

bool RuleMatcher::advance(const Step& step, Cursor& cursor, const Allowed& allowed) {
    const Literal& literal = *step.literal;
    ++work_;
    switch (literal.kind) {
        case Literal::Kind::atom:
            return advance_atom(step, cursor, allowed);
        case Literal::Kind::in_range:
            if (!cursor.started && !start_range(step, cursor)) return false;
            while (!cursor.range.is_empty() && ++work_ <= kEffort) {
                Value value = values_.integer(cursor.range.take());
                if (fits(step, value)) return true;
            }
            return false;
        case Literal::Kind::in_values:
            if (!cursor.started) cursor.position = 0;
            cursor.started = true;
            while (cursor.position < literal.values.size()) {
                if (fits(step, literal.values[cursor.position++])) return true;
            }
            return false;
        case Literal::Kind::aggregate:
            if (!cursor.started) find_outcomes(step, cursor, allowed);
            while (cursor.position < cursor.outcomes.size()) {
                auto [value, node] = cursor.outcomes[cursor.position++];
                if (!fits(step, value)) continue;
                cursor.support = {kNoRow, node, value};
                return true;
            }
            return false;
        case Literal::Kind::builtin:
        case Literal::Kind::not_builtin: {
            bool is_negated = literal.kind == Literal::Kind::not_builtin;
            if (cursor.started && is_negated) return false;
            if (!cursor.started) {
                cursor.started = true;
                cursor.answers.open(step, bindings_, values_, [](const ir::BuiltinCall&) {});
            }
            return cursor.answers.next(step, bindings_, values_) != is_negated;
        }
        default:
            if (cursor.started) return false;
            cursor.started = true;
            return test(step, cursor, allowed);
    }
}

bool RuleMatcher::advance_atom(const Step& step, Cursor& cursor, const Allowed& allowed) {
    const Relation& relation = database_.relations[step.literal->atom.predicate];
    for (; ++work_ <= kEffort;) {
        if (cursor.is_lookup ? cursor.list.empty() : cursor.row >= cursor.end) return false;
        Row row = cursor.is_lookup ? cursor.list.front() : cursor.row++;
        if (cursor.is_lookup) cursor.list = cursor.list.subspan(1);
        if (relation.is_dead(row)) continue;
        NodeId node = relation.node(row);
        bool usable = node == kNone ? allowed.rows != Allowed::Rows::certain ||
                                          relation.round(row) < allowed.round
                                    : allowed.rows == Allowed::Rows::any ||
                                          contains(allowed.premises, Premise(node, false));
        if (!usable) continue;
        auto tuple = relation[row];
        bool matches = std::ranges::all_of(step.matches, [&](const Step::Match& m) {
            return m.pattern.match(tuple[m.column], bindings_, values_);
        });
        if (!matches) continue;
        cursor.support = {row, node, {}};
        return true;
    }
    return false;
}

std::optional<Value> RuleMatcher::number(const ir::Term& expression) {
    ArithmeticError error = ArithmeticError::none;
    Value value = ir::evaluate(expression, bindings_, values_, error);
    if (error != ArithmeticError::none) return std::nullopt;
    return value;
}

bool RuleMatcher::start_range(const Step& step, Cursor& cursor) {
    cursor.started = true;
    cursor.range = {};
    auto low = number(step.literal->right), high = number(step.literal->upper);
    if (!low || !high || values_.kind(*low) != ValueKind::integer ||
        values_.kind(*high) != ValueKind::integer) {
        return false;
    }
    std::optional<Value> given;
    if (step.result_is_bound) given = build(step.literal->left, bindings_, values_);
    cursor.range = {values_.as_integer(*low), values_.as_integer(*high), given, values_};
    return !cursor.range.is_empty();
}

void RuleMatcher::find_outcomes(const Step& step, Cursor& cursor, const Allowed& allowed) {
    cursor.started = true;
    cursor.position = 0;
    cursor.outcomes.clear();
    std::vector<Value> group = build_key(step);
    for (Premise premise : allowed.premises) {
        const NodeOrigin& origin = database_.origins[premise.node()];
        if (premise.negated() || origin.kind != NodeOrigin::Kind::aggregate) continue;
        const AggregateInstance& made = database_.aggregates[origin.row];
        if (made.predicate == step.literal->atom.predicate &&
            made.function == step.literal->function && made.group == group) {
            cursor.outcomes.emplace_back(origin.value, premise.node());
        }
    }
    if (auto value = certain_outcome(*step.literal, group))
        cursor.outcomes.emplace_back(*value, kNone);
}

std::optional<Value> RuleMatcher::certain_outcome(const Literal& literal,
                                                  std::span<const Value> group) {
    const Relation& relation = database_.relations[literal.atom.predicate];
    std::vector<Row> rows = rows_with_prefix(literal.atom.predicate, group);
    work_ += rows.size();
    ArithmeticError error = ArithmeticError::none;
    if (literal.function == ir::AggregateOp::sum || literal.function == ir::AggregateOp::count) {
        Value total = values_.integer(0);
        for (Row row : rows) {
            if (!relation.is_certain(row)) return std::nullopt;
            bool counts = literal.function == ir::AggregateOp::count;
            Value value = counts ? values_.integer(1) : relation[row][literal.grouped];
            total = ir::add(total, value, values_, error);
            if (error != ArithmeticError::none) return std::nullopt;
        }
        return total;
    }
    if (literal.function == ir::AggregateOp::list) {
        Value list = values_.nil();
        for (std::size_t i = rows.size(); i-- > 0;) {
            if (!relation.is_certain(rows[i])) return std::nullopt;
            Value cell[] = {relation[rows[i]][literal.grouped], list};
            list = values_.compound(values_.cons(), cell);
        }
        return list;
    }
    std::optional<Value> best;
    auto wins = [&](Value a, Value b) {
        int order = values_.compare(a, b);
        return literal.function == ir::AggregateOp::min ? order < 0 : order > 0;
    };
    for (Row row : rows) {
        Value value = relation[row][literal.grouped];
        if (relation.is_certain(row) && (!best || wins(value, *best))) best = value;
    }
    for (Row row : rows) {
        bool may_win =
            !relation.is_certain(row) && (!best || wins(relation[row][literal.grouped], *best));
        if (may_win) return std::nullopt;
    }
    return best;
}

bool RuleMatcher::test(const Step& step, Cursor& cursor, const Allowed& allowed) {
    const Literal& literal = *step.literal;
    switch (literal.kind) {
        case Literal::Kind::negated: {
            const Relation& relation = database_.relations[literal.atom.predicate];
            Row row = relation.find(build_key(step));
            if (row == kNoRow) return true;
            NodeId node = relation.node(row);
            if (node == kNone) return false;
            if (allowed.rows != Allowed::Rows::any &&
                !contains(allowed.premises, Premise(node, true))) {
                return false;
            }
            cursor.support = {row, node, {}};
            return true;
        }
        case Literal::Kind::compare: {
            auto left = number(literal.left), right = number(literal.right);
            if (!left || !right) return false;
            ArithmeticError error = ArithmeticError::none;
            return ir::compare(literal.op, *left, *right, values_, error);
        }
        case Literal::Kind::is: {
            auto value = number(literal.right);
            return value && fits(step, *value);
        }
        case Literal::Kind::unify:
            return fits(step, build(step.left_is_source ? literal.left : literal.right, bindings_,
                                    values_));
        case Literal::Kind::not_unify:
            return build(literal.left, bindings_, values_) !=
                   build(literal.right, bindings_, values_);
        default:
            return false;
    }
}

}  // namespace entail::eval
