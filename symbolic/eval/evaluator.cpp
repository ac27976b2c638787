#include "symbolic/eval/evaluator.h"

#include <algorithm>

#include "symbolic/eval/rounds.h"

namespace entail::eval {

namespace {

/// The largest of the predicates that grew in the last rounds, by name and arity, or that what is
/// asked of one grew.
std::string growing(const Database& database) {
    std::uint32_t last = 0;
    for (const Relation& relation : database.relations) {
        last = std::max(last, relation.last_round());
    }
    std::string name;
    Row largest = 0;
    for (ir::PredicateId p = 0; p < database.relations.size(); ++p) {
        const Relation& relation = database.relations[p];
        bool grows = relation.last_round() + 1 >= last && relation.size() > largest;
        const ir::Predicate& predicate = database.predicates[p];
        if (!grows || (predicate.internal && !predicate.demand)) continue;
        largest = relation.size();
        name = predicate.name;
        if (!predicate.demand) name += "/" + std::to_string(predicate.arity);
    }
    return name;
}

}  // namespace

Database evaluate(const ir::Program& program, const ir::Specialised& specialised, ValueStore values,
                  const std::vector<ExtraFact>& extra, const Limits& limits,
                  Diagnostics& diagnostics) {
    Database database;
    database.values = std::move(values);
    database.predicates = specialised.predicates;
    for (const ir::Predicate& p : specialised.predicates) database.relations.emplace_back(p.arity);
    Rounds rounds(program, specialised, database, limits, diagnostics, Rounds::From::nothing);
    for_each_fact(program, specialised, extra,
                  [&](ir::PredicateId p, std::span<const Value> row) { rounds.add_fact(p, row); });
    try {
        rounds.run();
    } catch (const LimitReached& limit) {
        database.limits.push_back(limit.name);
        database.growing = growing(database);
        return database;  // nobody asks a graph that is not whole, and to sort it takes time
    }
    database.graph.freeze();
    return database;
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
        bool fits = !relation.is_dead(row);
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
