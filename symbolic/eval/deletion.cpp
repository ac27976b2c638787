#include "symbolic/eval/deletion.h"

#include <algorithm>

namespace entail::eval {

using ir::Literal;

Deletion::Deletion(const ir::Specialised& specialised, Database& database, const Budget& budget,
                   AggregateCache& aggregates, const std::vector<bool>& affected,
                   IsStated is_stated)
    : database_(database),
      is_maintained_(affected),
      is_stated_(std::move(is_stated)),
      younger_(database.relations.size()),
      any_age_(database, budget, all_, nullptr, &aggregates, nullptr),
      from_older_(database, budget, older_, nullptr, &aggregates, nullptr),
      backward_(database.relations.size()),
      forward_(database.relations.size()),
      is_suspect_(database.relations.size()),
      piles_(database.relations.size()) {
    all_.old.resize(database.relations.size());
    for (const Relation& relation : database.relations) all_.now.push_back(relation.size());
    older_ = all_;
    for (ir::PredicateId p = 0; p < affected.size(); ++p) {
        if (database.predicates[p].demand) is_maintained_[p] = false;
    }
    for (const ir::SpecialisedRule& rule : specialised.rules) add_rule(rule.rule);
}

void Deletion::add_rule(const ir::Rule& rule) {
    auto add = [&](std::vector<PreparedRule>& rules, Start start) {
        rules.push_back({&rule, make_plan(rule, start, database_.relations)});
        prepare(rules.back().plan, database_.relations, all_);
    };
    bool matters = false;
    for (const ir::Head& head : rule.heads) {
        if (!is_maintained_[head.atom.predicate]) continue;
        matters = true;
        Start start;
        start.given = &head.atom;
        start.intersect = false;  // with the head bound it is hardly worth its indices
        add(backward_[head.atom.predicate], start);
    }
    if (!matters) return;
    for (std::uint32_t i = 0; i < rule.body.size(); ++i) {
        const Literal& literal = rule.body[i];
        if (literal.kind != Literal::Kind::atom || !is_maintained_[literal.atom.predicate]) {
            continue;
        }
        Start start;
        start.fresh = i;
        start.any_age = true;
        add(forward_[literal.atom.predicate], start);
    }
}

void Deletion::suspect(ir::PredicateId predicate, Row row) {
    const Relation& relation = database_.relations[predicate];
    auto& marks = is_suspect_[predicate];
    if (marks.empty()) marks.resize(relation.size());
    if (marks[row]) return;
    marks[row] = true;
    Pile& pile = piles_[predicate];
    if (row < pile.first || row >= pile.end) {
        auto rows = relation.round_of(row);
        pile = {rows.first, rows.end, &suspects_[rows.round]};
    }
    pile.suspects->emplace_back(predicate, row);
}

void Deletion::run() {
    while (!suspects_.empty()) {
        auto [round, suspects] = std::move(*suspects_.begin());
        suspects_.erase(suspects_.begin());
        // Of predicates that do not change now too: a row must be younger than all it rests on, or
        // later changes of those would not find it.
        for (ir::PredicateId p = 0; p < younger_.size(); ++p) {
            older_.now[p] = database_.relations[p].first_row_since(round);
            younger_[p] = database_.relations[p].first_row_since(round + 1);
            if (piles_[p].first < younger_[p]) piles_[p] = {};  // suspects to come are younger
        }
        for (auto [predicate, row] : suspects) examine(predicate, row);
    }
}

void Deletion::examine(ir::PredicateId predicate, Row row) {
    Relation& relation = database_.relations[predicate];
    auto known = relation[row];
    tuple_.assign(known.begin(), known.end());
    if (is_stated_(predicate, tuple_)) return;
    // Of most rows that go nothing is left that they follow from; that costs less to see.
    bool may_return = follows(any_age_, predicate, tuple_);
    if (may_return && follows(from_older_, predicate, tuple_)) return;
    suspect_conclusions(predicate, row);
    relation.erase(row);
    if (may_return) may_return_.push_back({predicate, tuple_});
}

bool Deletion::follows(Join& join, ir::PredicateId predicate, std::span<const Value> tuple) {
    return std::ranges::any_of(backward_[predicate], [&](const PreparedRule& rule) {
        join.start(*rule.rule, rule.plan, tuple);
        return join.next();
    });
}

void Deletion::suspect_conclusions(ir::PredicateId predicate, Row row) {
    std::vector<Value> tuple;
    for (const auto& [rule, plan] : forward_[predicate]) {
        any_age_.start(*rule, plan, row, row + 1);
        while (any_age_.next()) {
            if (plan.head) {
                suspect_conclusion(rule->heads[0].atom.predicate, any_age_.head());
                continue;
            }
            for (const ir::Head& head : rule->heads) {
                tuple.clear();
                for (const ir::Term& term : head.atom.args) {
                    tuple.push_back(build(term, any_age_.bindings(), database_.values));
                }
                suspect_conclusion(head.atom.predicate, tuple);
            }
        }
    }
}

void Deletion::suspect_conclusion(ir::PredicateId predicate, std::span<const Value> tuple) {
    if (!is_maintained_[predicate]) return;
    Row row = database_.relations[predicate].find(tuple);
    if (row != kNoRow && row >= younger_[predicate]) suspect(predicate, row);
}

std::vector<Deletion::Erased> Deletion::returning() {
    std::erase_if(may_return_, [&](const Erased& erased) {
        return !follows(any_age_, erased.predicate, erased.tuple);
    });
    return std::move(may_return_);
}

}  // namespace entail::eval
