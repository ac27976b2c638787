#include "symbolic/eval/evaluator.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "symbolic/eval/aggregate.h"
#include "symbolic/eval/plan.h"
#include "symbolic/ir/arithmetic.h"

namespace entail::eval {

using ir::ArithmeticError;
using ir::Literal;
using provenance::ChoiceLiteral;
using provenance::kNone;
using provenance::NodeId;
using provenance::Premise;

namespace {

/// Computed weights may miss a sum of 1 by this much.
constexpr double kWeightTolerance = 1e-9;
/// Distinct partial sums of one aggregate: beyond, its law is not something to write down.
constexpr std::size_t kMaxAggregateStates = 2'000'000;
constexpr std::size_t kMaxRuntimeErrors = 20;

struct CompiledRule {
    const ir::Rule* rule;
    std::vector<std::pair<std::uint32_t, Plan>> fresh_plans;  // one for each atom of the body
    std::optional<Plan> once;                                 // of a rule without atoms
    bool done = false;
};

struct Group {
    std::vector<CompiledRule> rules;
    std::vector<ir::PredicateId> reads;   // by positive literals; ascending
    std::vector<Row> seen;                // of each: the rows that earlier rounds have looked at
    std::vector<ir::PredicateId> writes;  // ascending
};

void sort_unique(std::vector<ir::PredicateId>& ids) {
    std::ranges::sort(ids);
    auto repeated = std::ranges::unique(ids);
    ids.erase(repeated.begin(), repeated.end());
}

/// A limit was reached: unwinds to evaluate(), which names it.
struct LimitReached {
    std::string name;
};

class Evaluator {
public:
    Evaluator(const ir::Program& program, const ir::Specialised& specialised, ValueStore values,
              const Limits& limits, Diagnostics& diagnostics)
        : program_(program), limits_(limits), diagnostics_(diagnostics) {
        db_.values = std::move(values);
        db_.predicates = specialised.predicates;
        for (const ir::Predicate& p : specialised.predicates) db_.relations.emplace_back(p.arity);
        no_value_ = db_.values.atom("");
        groups_.resize(specialised.groups);
        for (const ir::SpecialisedRule& rule : specialised.rules) compile(rule);
        readers_.resize(db_.predicates.size());
        old_.resize(db_.predicates.size());
        now_.resize(db_.predicates.size());
        for (std::uint32_t g = 0; g < groups_.size(); ++g) {
            sort_unique(groups_[g].reads);
            sort_unique(groups_[g].writes);
            groups_[g].seen.resize(groups_[g].reads.size());
            for (ir::PredicateId p : groups_[g].reads) readers_[p].push_back(g);
            if (!groups_[g].rules.empty()) with_news_.insert(g);
        }
    }

    void add_fact(ir::PredicateId predicate, std::span<const Value> row) {
        Relation& relation = db_.relations[predicate];
        if (relation.find(row) == kNoRow) relation.add(row, kNone, 0);
    }

    void run() {
        try {
            while (!with_news_.empty()) {
                std::uint32_t lowest = *with_news_.begin();
                with_news_.erase(with_news_.begin());
                run_round(groups_[lowest]);
            }
        } catch (const LimitReached& limit) {
            db_.limits.push_back(limit.name);
        }
        db_.graph.freeze();
    }

    Database take() { return std::move(db_); }

private:
    void compile(const ir::SpecialisedRule& specialised) {
        CompiledRule compiled;
        compiled.rule = &specialised.rule;
        Group& group = groups_[specialised.group];
        for (const ir::Head& head : specialised.rule.heads) {
            group.writes.push_back(head.atom.predicate);
        }
        for (std::uint32_t i = 0; i < specialised.rule.body.size(); ++i) {
            const Literal& literal = specialised.rule.body[i];
            if (literal.kind != Literal::Kind::atom) continue;
            compiled.fresh_plans.emplace_back(i, make_plan(specialised.rule, i));
            group.reads.push_back(literal.atom.predicate);
        }
        if (compiled.fresh_plans.empty()) compiled.once = make_plan(specialised.rule, std::nullopt);
        group.rules.push_back(std::move(compiled));
    }

    void run_round(Group& group) {
        ++round_;
        check_limits();
        for (std::size_t i = 0; i < group.reads.size(); ++i) {
            old_[group.reads[i]] = group.seen[i];
            now_[group.reads[i]] = group.seen[i] = db_.relations[group.reads[i]].size();
        }
        std::vector<Row> before;
        for (ir::PredicateId p : group.writes) before.push_back(db_.relations[p].size());
        for (CompiledRule& rule : group.rules) {
            rule_ = rule.rule;
            if (rule.once && !rule.done) {
                rule.done = true;
                execute(*rule.once);
            }
            for (const auto& [literal, plan] : rule.fresh_plans) {
                ir::PredicateId p = rule_->body[literal].atom.predicate;
                if (old_[p] < now_[p]) execute(plan);
            }
        }
        for (std::size_t i = 0; i < group.writes.size(); ++i) {
            if (db_.relations[group.writes[i]].size() == before[i]) continue;
            const auto& readers = readers_[group.writes[i]];
            with_news_.insert(readers.begin(), readers.end());
        }
    }

    void check_limits() {
        if (limits_.interrupt != nullptr && limits_.interrupt->load(std::memory_order_relaxed)) {
            throw LimitReached{"interrupted"};
        }
        if (limits_.deadline && std::chrono::steady_clock::now() > *limits_.deadline) {
            throw LimitReached{"time"};
        }
        if (work_ > limits_.max_derivations) throw LimitReached{"derivations"};
        // A row costs its values, its place in the set and an index; a derivation its premises.
        std::size_t bytes = values_written_ * 8 + work_ * 48 + db_.values.size() * 64;
        if (bytes > limits_.max_memory) throw LimitReached{"memory"};
        if (diagnostics_.error_count() >= kMaxRuntimeErrors) throw LimitReached{"errors"};
    }

    // --- joins ---

    struct Cursor {
        bool started = false;
        Relation::Index* index = nullptr;
        Row row = 0, first = 0, end = 0;
        std::int64_t number = 0;
        std::uint64_t remaining = 0;
        std::size_t position = 0;
        std::vector<Aggregate::Outcome> outcomes;
        std::optional<Premise> premise;
    };

    void execute(const Plan& plan) {
        bindings_.assign(rule_->variables.size(), no_value_);
        if (cursors_.size() < plan.steps.size()) cursors_.resize(plan.steps.size());
        if (plan.steps.empty()) {
            depth_ = 0;
            conclude();
            return;
        }
        std::size_t depth = 0;
        start(plan.steps[0], cursors_[0]);
        for (;;) {
            if (!advance(plan.steps[depth], cursors_[depth])) {
                if (depth-- == 0) return;
                continue;
            }
            if (depth + 1 < plan.steps.size()) {
                ++depth;
                start(plan.steps[depth], cursors_[depth]);
                continue;
            }
            depth_ = plan.steps.size();
            conclude();
        }
    }

    void build_key(const Step& step) {
        key_.clear();
        for (const ir::Term& term : step.key) key_.push_back(build(term, bindings_, db_.values));
    }

    void start(const Step& step, Cursor& cursor) {
        cursor.started = false;
        cursor.premise.reset();
        if (step.literal->kind != Literal::Kind::atom) return;
        ir::PredicateId p = step.literal->atom.predicate;
        Relation& relation = db_.relations[p];
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

    bool advance(const Step& step, Cursor& cursor) {
        const Literal& literal = *step.literal;
        if (literal.kind == Literal::Kind::atom) return advance_atom(step, cursor);
        if (literal.kind == Literal::Kind::in_range) return advance_range(step, cursor);
        if (literal.kind == Literal::Kind::in_values) {
            if (!cursor.started) cursor.position = 0;
            cursor.started = true;
            while (cursor.position < literal.values.size()) {
                if (match(step, literal.values[cursor.position++])) return true;
            }
            return false;
        }
        if (literal.kind == Literal::Kind::aggregate) return advance_aggregate(step, cursor);
        if (cursor.started) return false;
        cursor.started = true;
        return test(step, cursor);
    }

    bool match(const Step& step, Value value) {
        return step.pattern->match(value, bindings_, db_.values);
    }

    bool advance_atom(const Step& step, Cursor& cursor) {
        if (++steps_ % 65536 == 0) check_limits();
        Relation& relation = db_.relations[step.literal->atom.predicate];
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
                return m.pattern.match(tuple[m.column], bindings_, db_.values);
            });
            if (!fits) continue;
            NodeId node = relation.node(row);
            cursor.premise.reset();
            if (node != kNone) cursor.premise.emplace(node, false);
            return true;
        }
    }

    bool advance_range(const Step& step, Cursor& cursor) {
        if (!cursor.started) {
            cursor.started = true;
            if (!start_range(step, cursor)) return false;
        }
        while (cursor.remaining > 0) {
            if (++steps_ % 65536 == 0) check_limits();
            Value value = db_.values.integer(cursor.number);
            // The last one may be the largest integer there is.
            if (--cursor.remaining > 0) ++cursor.number;
            if (match(step, value)) return true;
        }
        return false;
    }

    bool start_range(const Step& step, Cursor& cursor) {
        cursor.remaining = 0;
        auto low = number(step.literal->right, *step.literal);
        auto high = number(step.literal->upper, *step.literal);
        if (!low || !high) return false;
        if (db_.values.kind(*low) != ValueKind::integer ||
            db_.values.kind(*high) != ValueKind::integer) {
            arithmetic_error(*step.literal, ArithmeticError::needs_integers);
            return false;
        }
        std::int64_t first = db_.values.as_integer(*low), last = db_.values.as_integer(*high);
        if (step.result_is_bound) {
            Value value = build(step.literal->left, bindings_, db_.values);
            if (db_.values.kind(value) != ValueKind::integer) return false;
            std::int64_t given = db_.values.as_integer(value);
            if (given < first || given > last) return false;
            first = last = given;
        }
        if (first > last) return false;
        cursor.number = first;
        cursor.remaining = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first);
        // All 2^64 integers are one too many to count; nobody will see the end of them.
        if (cursor.remaining < UINT64_MAX) ++cursor.remaining;
        return true;
    }

    std::optional<Value> number(const ir::Term& expression, const Literal& literal) {
        ArithmeticError error = ArithmeticError::none;
        Value value = ir::evaluate(expression, bindings_, db_.values, error);
        if (error == ArithmeticError::none) return value;
        arithmetic_error(literal, error);
        return std::nullopt;
    }

    bool test(const Step& step, Cursor& cursor) {
        const Literal& literal = *step.literal;
        switch (literal.kind) {
            case Literal::Kind::negated: {
                build_key(step);
                const Relation& relation = db_.relations[literal.atom.predicate];
                Row row = relation.find(key_);
                if (row == kNoRow) return true;
                if (relation.is_certain(row)) return false;
                cursor.premise.emplace(relation.node(row), true);
                return true;
            }
            case Literal::Kind::compare: {
                auto left = number(literal.left, literal);
                auto right = number(literal.right, literal);
                if (!left || !right) return false;
                ArithmeticError error = ArithmeticError::none;
                return ir::compare(literal.op, *left, *right, db_.values, error);
            }
            case Literal::Kind::is: {
                auto value = number(literal.right, literal);
                return value && match(step, *value);
            }
            case Literal::Kind::unify:
                return match(step, build(step.left_is_source ? literal.left : literal.right,
                                         bindings_, db_.values));
            case Literal::Kind::not_unify:
                return build(literal.left, bindings_, db_.values) !=
                       build(literal.right, bindings_, db_.values);
            default:
                break;
        }
        return false;
    }

    bool advance_aggregate(const Step& step, Cursor& cursor) {
        if (!cursor.started) {
            cursor.started = true;
            cursor.position = 0;
            cursor.outcomes.clear();
            Aggregate& aggregate = aggregate_of(step);
            bool exceeded = false;
            if (aggregate.error() == ArithmeticError::none) {
                if (step.result_is_bound) {
                    Value value = build(step.literal->left, bindings_, db_.values);
                    auto outcome = aggregate.outcome(value, kMaxAggregateStates, exceeded);
                    if (outcome) cursor.outcomes.push_back(*outcome);
                } else {
                    cursor.outcomes = aggregate.outcomes(kMaxAggregateStates, exceeded);
                }
            }
            if (exceeded) throw LimitReached{"aggregate"};
            if (aggregate.error() != ArithmeticError::none) {
                arithmetic_error(*step.literal, aggregate.error());
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

    Aggregate& aggregate_of(const Step& step) {
        const Literal& literal = *step.literal;
        build_key(step);
        auto function = literal.function;
        auto key = std::tuple(literal.atom.predicate, function, std::vector<std::uint32_t>{});
        for (Value value : key_) std::get<2>(key).push_back(value.bits());
        if (auto known = aggregates_.find(key); known != aggregates_.end()) return known->second;
        Relation& relation = db_.relations[literal.atom.predicate];
        std::vector<Row> members;
        if (key_.empty()) {
            for (Row row = 0; row < relation.size(); ++row) members.push_back(row);
        } else {
            Relation::Index& index = relation.index(step.key_columns);
            for (Row row = index.first(key_); row != kNoRow; row = index.next(row)) {
                members.push_back(row);
            }
        }
        std::ranges::sort(members, [&](Row a, Row b) { return less(relation[a], relation[b]); });
        auto instance = static_cast<std::uint32_t>(db_.aggregates.size());
        db_.aggregates.push_back({literal.atom.predicate, function, key_});
        return aggregates_
            .try_emplace(std::move(key), db_, instance, function, relation, members,
                         literal.grouped)
            .first->second;
    }

    bool less(std::span<const Value> a, std::span<const Value> b) const {
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (int order = db_.values.compare(a[i], b[i]); order != 0) return order < 0;
        }
        return false;
    }

    // --- heads ---

    void conclude() {
        premises_.clear();
        for (std::size_t i = 0; i < depth_; ++i) {
            if (cursors_[i].premise) premises_.push_back(*cursors_[i].premise);
        }
        if (rule_->choice == ir::kNone) {
            for (const ir::Head& head : rule_->heads) insert(head.atom, {});
            return;
        }
        const ChoiceRule* choice = instance_choice();
        if (choice == nullptr) return;
        for (const ir::Head& head : rule_->heads) {
            std::uint32_t alternative = choice->of_weight[head.alternative];
            if (alternative != ir::kNone) insert(head.atom, {choice->id, alternative});
        }
    }

    /// The choice of one instance; weights of zero leave no alternative behind.
    struct ChoiceRule {
        provenance::ChoiceId id;
        std::vector<std::uint32_t> of_weight;  // by weight of the ir::ChoiceRule: its alternative
    };

    const ChoiceRule* instance_choice() {
        const ir::ChoiceRule& rule = program_.choices[rule_->choice];
        key_.clear();
        for (ir::VariableId v : rule.key) key_.push_back(bindings_[v]);
        auto key = std::pair(rule_->choice, std::vector<std::uint32_t>{});
        for (Value value : key_) key.second.push_back(value.bits());
        auto [place, added] = choices_.try_emplace(std::move(key));
        if (added && !make_choice(rule, place->second)) {
            place->second.of_weight.clear();  // reported; has no alternatives
        }
        return place->second.of_weight.empty() ? nullptr : &place->second;
    }

    bool make_choice(const ir::ChoiceRule& rule, ChoiceRule& made) {
        ChoiceWeights weights;
        bool is_constant = true, is_computed = false;
        double sum = 0;
        for (std::uint32_t k = 0; k < rule.weights.size(); ++k) {
            const ir::Weight& weight = rule.weights[k];
            double value = weight.value;
            if (weight.kind == ir::Weight::Kind::computed) {
                is_computed = true;
                ArithmeticError error = ArithmeticError::none;
                Value computed = ir::evaluate(weight.expression, bindings_, db_.values, error);
                if (error != ArithmeticError::none) {
                    report(DiagnosticCode::arithmetic_error, rule.span, ir::describe(error));
                    return false;
                }
                value = db_.values.as_double(computed);
                if (value < 0 || value > 1 + kWeightTolerance) {
                    report(DiagnosticCode::weight_out_of_range, rule.span,
                           db_.values.print(computed));
                    return false;
                }
            } else if (weight.kind != ir::Weight::Kind::constant) {
                is_constant = false;
            }
            made.of_weight.push_back(ir::kNone);
            bool exists = weight.kind == ir::Weight::Kind::parameter ||
                          weight.kind == ir::Weight::Kind::network ||
                          weight.kind == ir::Weight::Kind::free || value > 0;
            if (!exists) continue;
            sum += value;
            made.of_weight.back() = static_cast<std::uint32_t>(weights.alternatives.size());
            weights.constants.push_back(value);
            weights.alternatives.push_back(k);
        }
        bool silent = rule.silent;
        if (is_computed) {
            if (sum > 1 + kWeightTolerance) {
                report(DiagnosticCode::weights_exceed_one, rule.span, fmt::format("{:.9g}", sum));
                return false;
            }
            silent = !is_constant || sum < 1 - kWeightTolerance;
        }
        if (silent) {
            weights.constants.push_back(std::max(0.0, 1 - sum));
            weights.alternatives.push_back(ir::kNone);
        } else if (is_computed && is_constant) {
            for (double& value : weights.constants) value /= sum;
        }
        if (rule.module != ir::kNone) weights.input = build(rule.input, bindings_, db_.values);
        made.id = db_.graph.intern_choice(rule_->choice, key_,
                                          static_cast<std::uint32_t>(weights.alternatives.size()),
                                          rule.kind == ir::ChoiceRule::Kind::free);
        db_.weights.push_back(std::move(weights));
        return true;
    }

    void insert(const ir::Atom& head, ChoiceLiteral choice) {
        tuple_.clear();
        for (const ir::Term& term : head.args) tuple_.push_back(build(term, bindings_, db_.values));
        Relation& relation = db_.relations[head.predicate];
        bool is_demand = db_.predicates[head.predicate].demand;
        bool is_certain = is_demand || (premises_.empty() && choice.choice == kNone);
        Row row = relation.find(tuple_);
        if (row != kNoRow && relation.is_certain(row)) return;
        ++work_;
        NodeId node = kNone;
        if (row != kNoRow) {
            node = relation.node(row);
        } else {
            if (!is_certain) {
                node = db_.graph.add_node();
                db_.origins.push_back(
                    {NodeOrigin::Kind::fact, head.predicate, relation.size(), {}});
            }
            relation.add(tuple_, node, round_);
            values_written_ += tuple_.size();
        }
        // A node that turns out certain keeps its derivations; the one without premises makes it
        // true.
        if (node != kNone) db_.graph.add_derivation(node, rule_->source, premises_, choice);
    }

    // --- errors of instances ---

    void arithmetic_error(const Literal& literal, ArithmeticError error) {
        report(DiagnosticCode::arithmetic_error, literal.span, ir::describe(error));
    }

    template <typename... Args>
    void report(DiagnosticCode code, SourceSpan span, const Args&... args) {
        if (!reported_.insert({code, span.source, span.begin}).second) return;
        std::string instance;
        for (std::size_t v = 0; v < rule_->variables.size(); ++v) {
            if (rule_->variables[v] == "_" || bindings_[v] == no_value_) continue;
            instance += fmt::format("{}{} = {}", instance.empty() ? "with " : ", ",
                                    rule_->variables[v], db_.values.print(bindings_[v]));
            if (instance.size() > 200) break;
        }
        diagnostics_.report(code, span, args...).hint = instance;
    }

    const ir::Program& program_;
    const Limits& limits_;
    Diagnostics& diagnostics_;
    Database db_;
    std::vector<Group> groups_;
    std::set<std::uint32_t> with_news_;                // groups
    std::vector<std::vector<std::uint32_t>> readers_;  // groups, by predicate
    Value no_value_;
    std::uint32_t round_ = 0;
    std::size_t work_ = 0, values_written_ = 0, steps_ = 0;

    // The rule that is running.
    const ir::Rule* rule_ = nullptr;
    std::vector<Row> old_,
        now_;  // by predicate that its group reads: rows before and in this round
    std::vector<Value> bindings_, key_, tuple_;
    std::vector<Cursor> cursors_;
    std::vector<Premise> premises_;
    std::size_t depth_ = 0;

    std::map<std::tuple<ir::PredicateId, ir::AggregateOp, std::vector<std::uint32_t>>, Aggregate>
        aggregates_;
    std::map<std::pair<std::uint32_t, std::vector<std::uint32_t>>, ChoiceRule> choices_;
    std::set<std::tuple<DiagnosticCode, std::uint32_t, std::uint32_t>> reported_;
};

}  // namespace

Database evaluate(const ir::Program& program, const ir::Specialised& specialised, ValueStore values,
                  const std::vector<ExtraFact>& extra, const Limits& limits,
                  Diagnostics& diagnostics) {
    Evaluator evaluator(program, specialised, std::move(values), limits, diagnostics);
    for (const ir::Fact& fact : program.facts) {
        evaluator.add_fact(fact.predicate, {program.fact_values.data() + fact.row,
                                            program.predicates[fact.predicate].arity});
    }
    for (const ExtraFact& fact : extra) evaluator.add_fact(fact.predicate, fact.row);
    for (const ir::Fact& seed : specialised.seeds) {
        evaluator.add_fact(seed.predicate, {specialised.seed_values.data() + seed.row,
                                            specialised.predicates[seed.predicate].arity});
    }
    evaluator.run();
    return evaluator.take();
}

std::vector<Row> matching_rows(const Database& database, const ir::Atom& atom,
                               std::size_t variables) {
    ir::Bound bound(variables, false);
    std::vector<Pattern> patterns;
    for (const ir::Term& argument : atom.args) patterns.emplace_back(argument, bound);
    std::vector<Value> bindings(variables);
    const Relation& relation = database.relations[atom.predicate];
    std::vector<Row> rows;
    if (std::ranges::all_of(atom.args, &ir::Term::is_constant)) {
        std::vector<Value> tuple;
        for (const ir::Term& argument : atom.args) tuple.push_back(argument.value);
        Row row = relation.find(tuple);
        if (row != kNoRow) rows.push_back(row);
        return rows;
    }
    for (Row row = 0; row < relation.size(); ++row) {
        bool fits = true;
        for (std::size_t i = 0; fits && i < patterns.size(); ++i) {
            fits = patterns[i].match(relation[row][i], bindings, database.values);
        }
        if (fits) rows.push_back(row);
    }
    std::ranges::sort(rows, [&](Row a, Row b) {
        for (std::size_t i = 0; i < relation.arity(); ++i) {
            int order = database.values.compare(relation[a][i], relation[b][i]);
            if (order != 0) return order < 0;
        }
        return false;
    });
    return rows;
}

}  // namespace entail::eval
