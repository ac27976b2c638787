#include "symbolic/eval/rounds.h"

#include <algorithm>
#include <bit>
#include <thread>
#include <utility>

#include "symbolic/ir/unknowns.h"

namespace entail::eval {

using ir::Literal;
using provenance::ChoiceLiteral;
using provenance::kNone;
using provenance::NodeId;
using provenance::Premise;

namespace {

void sort_unique(std::vector<ir::PredicateId>& ids) {
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace

Rounds::Rounds(const ir::Program& program, const ir::Specialised& specialised, Database& database,
               const Limits& limits, Diagnostics& diagnostics, From from)
    : db_(database),
      budget_(limits, diagnostics, db_),
      errors_(diagnostics),
      theory_(program, db_),
      aggregates_(db_, theory_, limits.law_from),
      windows_{std::vector<Row>(db_.predicates.size()), std::vector<Row>(db_.predicates.size())},
      join_(db_, budget_, windows_, &errors_, &aggregates_, &theory_),
      threads_(limits.threads == 0 ? std::thread::hardware_concurrency() : limits.threads),
      choices_(program, db_, errors_, theory_) {
    if (ir::has_unknowns(program)) {
        ir::SeparatedRules separated = ir::separate_unknowns(specialised, db_.values);
        separated_ = std::move(separated.rules.rules);
        db_.open_columns = std::move(separated.open);
    }
    groups_.resize(specialised.groups);
    const auto& rules = separated_.empty() ? specialised.rules : separated_;
    for (const ir::SpecialisedRule& rule : rules) compile(rule);
    readers_.resize(db_.predicates.size());
    best_.resize(db_.predicates.size());
    for (const ir::Improving& improving : program.improving) {
        best_[improving.predicate] = std::make_unique<BestValues>(improving);
    }
    for (std::uint32_t g = 0; g < groups_.size(); ++g) {
        Group& group = groups_[g];
        sort_unique(group.reads);
        sort_unique(group.writes);
        group.seen.resize(group.reads.size());
        for (ir::PredicateId p : group.reads) readers_[p].push_back(g);
        if (from == From::nothing && !group.rules.empty()) with_news_.insert(g);
    }
    if (from == From::nothing) return;
    for (const Relation& relation : db_.relations) {
        round_ = std::max(round_, relation.last_round() + 1);
    }
    for (Group& group : groups_) {
        for (std::size_t i = 0; i < group.reads.size(); ++i) {
            group.seen[i] = db_.relations[group.reads[i]].size();
        }
        for (CompiledRule& rule : group.rules) rule.done = true;
    }
}

void Rounds::add_fact(ir::PredicateId predicate, std::span<const Value> row) {
    Relation& relation = db_.relations[predicate];
    if (relation.contains(row)) return;
    relation.add(row, kNone, round_);
    with_news_.insert(readers_[predicate].begin(), readers_[predicate].end());
}

void Rounds::run_again(const std::vector<bool>& predicates) {
    for (std::uint32_t g = 0; g < groups_.size(); ++g) {
        Group& group = groups_[g];
        if (std::ranges::none_of(group.writes, [&](ir::PredicateId p) { return predicates[p]; })) {
            continue;
        }
        std::ranges::fill(group.seen, 0);
        for (CompiledRule& rule : group.rules) rule.done = false;
        with_news_.insert(g);
    }
}

void Rounds::run() {
    while (!with_news_.empty()) {
        std::uint32_t lowest = *with_news_.begin();
        with_news_.erase(with_news_.begin());
        run_round(groups_[lowest]);
    }
}

void Rounds::compile(const ir::SpecialisedRule& specialised) {
    CompiledRule compiled;
    compiled.rule = &specialised.rule;
    Group& group = groups_[specialised.group];
    for (const ir::Head& head : specialised.rule.heads) {
        group.writes.push_back(head.atom.predicate);
    }
    for (std::uint32_t i = 0; i < specialised.rule.body.size(); ++i) {
        const Literal& literal = specialised.rule.body[i];
        if (literal.kind != Literal::Kind::atom) continue;
        compiled.atoms.push_back(i);
        group.reads.push_back(literal.atom.predicate);
    }
    compiled.fresh_plans.resize(compiled.atoms.size());
    group.rules.push_back(std::move(compiled));
}

void Rounds::run_round(Group& group) {
    ++round_;
    budget_.check();
    for (std::size_t i = 0; i < group.reads.size(); ++i) {
        ir::PredicateId p = group.reads[i];
        windows_.old[p] = std::exchange(group.seen[i], db_.relations[p].size());
        windows_.now[p] = group.seen[i];
    }
    std::vector<Row> before;
    for (ir::PredicateId p : group.writes) before.push_back(db_.relations[p].size());
    for (CompiledRule& rule : group.rules) run_rule(rule);
    for (std::size_t i = 0; i < group.writes.size(); ++i) {
        if (db_.relations[group.writes[i]].size() == before[i]) continue;
        const auto& readers = readers_[group.writes[i]];
        with_news_.insert(readers.begin(), readers.end());
    }
}

void Rounds::run_rule(CompiledRule& compiled) {
    if (compiled.atoms.empty()) {
        if (!std::exchange(compiled.done, true)) execute(compiled, compiled.whole_plan, {});
        return;
    }
    auto predicate = [&](std::uint32_t i) { return compiled.rule->body[i].atom.predicate; };
    auto is_empty = [&](std::uint32_t i) { return windows_.now[predicate(i)] == 0; };
    auto was_empty = [&](std::uint32_t i) { return windows_.old[predicate(i)] == 0; };
    if (std::ranges::any_of(compiled.atoms, is_empty)) return;
    if (std::ranges::all_of(compiled.atoms, was_empty)) {
        execute(compiled, compiled.whole_plan, {});
        return;
    }
    for (std::size_t k = 0; k < compiled.atoms.size(); ++k) {
        std::uint32_t i = compiled.atoms[k];
        if (windows_.has_fresh(predicate(i))) {
            execute(compiled, compiled.fresh_plans[k], {i, true});
        }
        if (was_empty(i)) return;  // later plans look at the old rows of this atom
    }
}

/// The plan is made anew when some relation has become several times larger.
Plan& Rounds::plan(const CompiledRule& compiled, CachedPlan& cached, Start start) {
    constexpr int kSteps = 3;  // in powers of two
    auto size = [&](std::size_t k) {
        return db_.relations[compiled.rule->body[compiled.atoms[k]].atom.predicate].size();
    };
    bool fits = cached.plan.has_value();
    for (std::size_t k = 0; fits && k < cached.sizes.size(); ++k) {
        fits = std::bit_width(size(k)) < std::bit_width(cached.sizes[k]) + kSteps;
    }
    if (fits) return *cached.plan;
    cached.sizes.clear();
    for (std::size_t k = 0; k < compiled.atoms.size(); ++k) cached.sizes.push_back(size(k));
    return cached.plan.emplace(make_plan(*compiled.rule, start, db_.relations));
}

void Rounds::execute(const CompiledRule& compiled, CachedPlan& cached, Start start) {
    const ir::Rule& rule = *compiled.rule;
    Plan& chosen = plan(compiled, cached, start);
    prepare(chosen, db_.relations, windows_);
    if (threads_ > 1 && chosen.only_reads && chosen.steps.size() > 1 &&
        chosen.steps[0].access == Step::Access::scan) {
        const ir::Atom& atom = chosen.steps[0].literal->atom;
        Row first = windows_.first(atom, chosen.steps[0].rows);
        Row end = windows_.end(atom, chosen.steps[0].rows);
        if (end - first >= ParallelJoin::kWorthwhile) {
            if (!parallel_) parallel_.emplace(threads_, db_, budget_, windows_);
            parallel_->run(rule, chosen, first, end,
                           [&](const Found& found) { take(rule, chosen, found); });
            return;
        }
    }
    execute(rule, chosen, 0, kNoRow);
}

void Rounds::execute(const ir::Rule& rule, const Plan& plan, Row first, Row end) {
    join_.start(rule, plan, first, end);
    if (!plan.head) {
        while (join_.next()) conclude(rule);
        return;
    }
    ir::PredicateId predicate = rule.heads[0].atom.predicate;
    while (join_.next()) {
        bool is_certain = insert(rule, predicate, join_.head(), join_.premises(), {});
        if (is_certain) join_.skip_same_head();
    }
}

void Rounds::take(const ir::Rule& rule, const Plan& plan, const Found& found) {
    if (!found.is_complete) {
        execute(rule, plan, found.first, found.end);
        return;
    }
    ir::PredicateId predicate = rule.heads[0].atom.predicate;
    std::size_t arity = rule.heads[0].atom.args.size(), begin = 0;
    for (std::size_t i = 0; i < found.count; ++i) {
        std::size_t premises_end = i < found.ends.size() ? found.ends[i] : begin;
        insert(rule, predicate, {found.tuples.data() + i * arity, arity},
               {found.premises.data() + begin, premises_end - begin}, {});
        begin = premises_end;
    }
}

void Rounds::conclude(const ir::Rule& rule) {
    const std::vector<Premise>& premises = join_.premises();
    if (rule.choice == ir::kNone) {
        for (const ir::Head& head : rule.heads) insert(rule, head.atom, premises, {});
        return;
    }
    const ChoiceInstances::Made* choice = choices_.get(join_.instance());
    if (choice == nullptr) return;
    for (const ir::Head& head : rule.heads) {
        std::uint32_t alternative = choice->alternative_of[head.alternative];
        if (alternative == ir::kNone) continue;
        insert(rule, head.atom, premises, {choice->id, alternative});
    }
}

void Rounds::insert(const ir::Rule& rule, const ir::Atom& head,
                    const std::vector<Premise>& premises, ChoiceLiteral choice) {
    tuple_.clear();
    for (const ir::Term& term : head.args)
        tuple_.push_back(build(term, join_.bindings(), db_.values));
    insert(rule, head.predicate, tuple_, premises, choice);
}

/// Returns whether the tuple is certain now.
bool Rounds::insert(const ir::Rule& rule, ir::PredicateId predicate, std::span<const Value> tuple,
                    std::span<const Premise> premises, ChoiceLiteral choice) {
    Relation& relation = db_.relations[predicate];
    bool is_certain =
        (premises.empty() && choice.choice == kNone) || db_.predicates[predicate].demand;
    if (best_[predicate] && !improves(*best_[predicate], tuple, is_certain)) return true;
    if (is_certain && relation.all_certain()) {
        relation.insert(tuple, round_);
        return true;
    }
    Row row = relation.find(tuple);
    if (row != kNoRow && relation.is_certain(row)) return true;
    NodeId node = kNone;
    if (row != kNoRow) {
        node = relation.node(row);
    } else {
        if (!is_certain) {
            node = db_.graph.add_node();
            db_.origins.push_back({NodeOrigin::Kind::fact, predicate, relation.size(), {}});
        }
        relation.add(tuple, node, round_);
    }
    // A node that turns out certain keeps its derivations; the one without premises makes it
    // true.
    if (node != kNone) db_.graph.add_derivation(node, rule.source, premises, choice);
    return is_certain;
}

/// Is the row worth keeping? Reports what such a recursion cannot do.
bool Rounds::improves(BestValues& best, std::span<const Value> tuple, bool is_certain) {
    const ir::Improving& improving = best.improving();
    const bool is_open =
        std::ranges::any_of(tuple, [&](Value v) { return db_.values.has_unknown(v); });
    is_certain = is_certain && !is_open;
    const char* extremum = improving.function == ir::AggregateOp::min ? "least" : "greatest";
    auto answer = is_open ? BestValues::Answer::improves : best.offer(tuple, round_, db_.values);
    if (answer == BestValues::Answer::does_not) return false;
    if (is_certain && answer == BestValues::Answer::improves) return true;
    auto code = is_certain ? DiagnosticCode::endless_extremum : DiagnosticCode::uncertain_extremum;
    errors_.report(join_.instance(), code, improving.span, extremum);
    throw LimitReached{"recursion"};
}

}  // namespace entail::eval
