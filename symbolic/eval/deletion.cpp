#include "symbolic/eval/deletion.h"

#include <algorithm>

namespace entail::eval {

using ir::Literal;

Deletion::Deletion(const ir::Specialised& specialised, Database& database, const Budget& budget,
                   AggregateCache& aggregates, const std::vector<bool>& affected,
                   IsStated is_stated)
    : database_(database),
      is_stated_(std::move(is_stated)),
      older_{std::vector<Row>(database.relations.size()),
             std::vector<Row>(database.relations.size())},
      any_age_(database, budget, all_, nullptr, &aggregates, nullptr),
      from_older_(database, budget, older_, nullptr, &aggregates, nullptr),
      backward_(database.relations.size()),
      forward_(database.relations.size()),
      is_suspect_(database.relations.size()) {
    all_.old.resize(database.relations.size());
    for (const Relation& relation : database.relations) all_.now.push_back(relation.size());
    for (const ir::SpecialisedRule& specialised_rule : specialised.rules) {
        const ir::Rule& rule = specialised_rule.rule;
        for (std::uint32_t h = 0; h < rule.heads.size(); ++h) {
            const ir::Atom& head = rule.heads[h].atom;
            if (!affected[head.predicate] || database.predicates[head.predicate].demand) continue;
            Start start;
            start.given = &head;
            backward_[head.predicate].push_back(
                {&rule, make_plan(rule, start, database.relations), h});
        }
        if (!affected[rule.heads[0].atom.predicate] ||
            database.predicates[rule.heads[0].atom.predicate].demand) {
            continue;
        }
        for (std::uint32_t i = 0; i < rule.body.size(); ++i) {
            const Literal& literal = rule.body[i];
            if (literal.kind != Literal::Kind::atom || !affected[literal.atom.predicate]) continue;
            Start start;
            start.fresh = i;
            start.any_age = true;
            forward_[literal.atom.predicate].push_back(
                {&rule, make_plan(rule, start, database.relations), 0});
        }
    }
    for (auto* side : {&backward_, &forward_}) {
        for (auto& rules : *side) {
            for (PreparedRule& rule : rules) prepare(rule.plan, database.relations, all_);
        }
    }
}

void Deletion::suspect(ir::PredicateId predicate, Row row) {
    const Relation& relation = database_.relations[predicate];
    auto& marks = is_suspect_[predicate];
    if (marks.empty()) marks.resize(relation.size());
    if (marks[row]) return;
    marks[row] = true;
    suspects_[relation.round(row)].emplace_back(predicate, row);
}

void Deletion::run() {
    while (!suspects_.empty()) {
        auto [round, rows] = std::move(*suspects_.begin());
        suspects_.erase(suspects_.begin());
        for (ir::PredicateId p = 0; p < older_.now.size(); ++p) {
            older_.now[p] = database_.relations[p].first_row_since(round);
        }
        for (auto [predicate, row] : rows) examine(predicate, row, round);
    }
}

void Deletion::examine(ir::PredicateId predicate, Row row, std::uint32_t round) {
    Relation& relation = database_.relations[predicate];
    auto known = relation[row];
    tuple_.assign(known.begin(), known.end());
    if (is_stated_(predicate, tuple_) || follows(from_older_, predicate, tuple_)) return;
    bool may_return = follows(any_age_, predicate, tuple_);
    suspect_conclusions(predicate, row, round);
    relation.erase(row);
    if (may_return) may_return_.push_back({predicate, tuple_});
}

bool Deletion::follows(Join& join, ir::PredicateId predicate, std::span<const Value> tuple) {
    return std::ranges::any_of(backward_[predicate], [&](const PreparedRule& rule) {
        join.start(*rule.rule, rule.plan, tuple);
        return join.next();
    });
}

void Deletion::suspect_conclusions(ir::PredicateId predicate, Row row, std::uint32_t round) {
    std::vector<Value> tuple;
    for (const PreparedRule& rule : forward_[predicate]) {
        any_age_.start(*rule.rule, rule.plan, row, row + 1);
        while (any_age_.next()) {
            for (const ir::Head& head : rule.rule->heads) {
                tuple.clear();
                for (const ir::Term& term : head.atom.args) {
                    tuple.push_back(build(term, any_age_.bindings(), database_.values));
                }
                const Relation& relation = database_.relations[head.atom.predicate];
                Row conclusion = relation.find(tuple);
                if (conclusion != kNoRow && relation.round(conclusion) > round) {
                    suspect(head.atom.predicate, conclusion);
                }
            }
        }
    }
}

std::vector<Deletion::Erased> Deletion::returning() {
    std::erase_if(may_return_, [&](const Erased& erased) {
        return !follows(any_age_, erased.predicate, erased.tuple);
    });
    return std::move(may_return_);
}

}  // namespace entail::eval
