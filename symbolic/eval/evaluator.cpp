#include "symbolic/eval/evaluator.h"

#include <algorithm>
#include <set>

#include "symbolic/eval/choice_instances.h"
#include "symbolic/eval/join.h"

namespace entail::eval {

using ir::Literal;
using provenance::ChoiceLiteral;
using provenance::kNone;
using provenance::NodeId;
using provenance::Premise;

namespace {

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
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

Database empty_database(const ir::Specialised& specialised, ValueStore values) {
    Database database;
    database.values = std::move(values);
    database.predicates = specialised.predicates;
    for (const ir::Predicate& p : specialised.predicates) database.relations.emplace_back(p.arity);
    return database;
}

class Evaluator {
public:
    Evaluator(const ir::Program& program, const ir::Specialised& specialised, ValueStore values,
              const Limits& limits, Diagnostics& diagnostics)
        : db_(empty_database(specialised, std::move(values))),
          budget_(limits, diagnostics),
          errors_(diagnostics),
          join_(db_, budget_, errors_),
          choices_(program, db_, errors_) {
        groups_.resize(specialised.groups);
        for (const ir::SpecialisedRule& rule : specialised.rules) compile(rule);
        readers_.resize(db_.predicates.size());
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
        budget_.check(db_.values);
        for (std::size_t i = 0; i < group.reads.size(); ++i) {
            Row now = db_.relations[group.reads[i]].size();
            join_.set_window(group.reads[i], group.seen[i], now);
            group.seen[i] = now;
        }
        std::vector<Row> before;
        for (ir::PredicateId p : group.writes) before.push_back(db_.relations[p].size());
        for (CompiledRule& rule : group.rules) {
            if (rule.once && !rule.done) {
                rule.done = true;
                execute(*rule.rule, *rule.once);
            }
            for (const auto& [literal, plan] : rule.fresh_plans) {
                if (!join_.has_fresh(rule.rule->body[literal].atom.predicate)) continue;
                execute(*rule.rule, plan);
            }
        }
        for (std::size_t i = 0; i < group.writes.size(); ++i) {
            if (db_.relations[group.writes[i]].size() == before[i]) continue;
            const auto& readers = readers_[group.writes[i]];
            with_news_.insert(readers.begin(), readers.end());
        }
    }

    void execute(const ir::Rule& rule, const Plan& plan) {
        join_.start(rule, plan);
        while (join_.next()) conclude(rule);
    }

    void conclude(const ir::Rule& rule) {
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

    void insert(const ir::Rule& rule, const ir::Atom& head, const std::vector<Premise>& premises,
                ChoiceLiteral choice) {
        tuple_.clear();
        for (const ir::Term& term : head.args)
            tuple_.push_back(build(term, join_.bindings(), db_.values));
        Relation& relation = db_.relations[head.predicate];
        bool is_demand = db_.predicates[head.predicate].demand;
        bool is_certain = is_demand || (premises.empty() && choice.choice == kNone);
        Row row = relation.find(tuple_);
        if (row != kNoRow && relation.is_certain(row)) return;
        budget_.add_work(row == kNoRow ? tuple_.size() : 0);
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
        }
        // A node that turns out certain keeps its derivations; the one without premises makes it
        // true.
        if (node != kNone) db_.graph.add_derivation(node, rule.source, premises, choice);
    }

    Database db_;
    Budget budget_;
    InstanceErrors errors_;
    Join join_;
    ChoiceInstances choices_;
    std::vector<Group> groups_;
    std::set<std::uint32_t> with_news_;                // groups
    std::vector<std::vector<std::uint32_t>> readers_;  // groups, by predicate
    std::uint32_t round_ = 0;
    std::vector<Value> tuple_;
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
