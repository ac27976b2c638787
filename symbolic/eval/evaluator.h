#pragma once
// Evaluation: the least model, bottom-up and semi-naive (rounds.h), with derivations for what is
// uncertain.

#include "symbolic/base/diagnostic.h"
#include "symbolic/eval/budget.h"
#include "symbolic/eval/database.h"

namespace entail::eval {

/// A fact from outside the program: an input, a row of a file.
struct ExtraFact {
    ir::PredicateId predicate;
    std::vector<Value> row;
};

/// Evaluates `specialised`, a specialisation of `program`. Errors of instances (overflow, weights
/// beyond 1) go into `diagnostics`; a limit that was reached is named in Database::limits, and what
/// was found until then is no model. `values` holds the values of program and extra facts.
Database evaluate(const ir::Program& program, const ir::Specialised& specialised, ValueStore values,
                  const std::vector<ExtraFact>& extra, const Limits& limits,
                  Diagnostics& diagnostics);

/// Calls `visit(predicate, row)` for everything that is stated: facts of the program, extra ones,
/// and what the queries ask for.
template <typename Visit>
void for_each_fact(const ir::Program& program, const ir::Specialised& specialised,
                   const std::vector<ExtraFact>& extra, const Visit& visit) {
    auto visit_twins = [&](ir::PredicateId predicate, std::span<const Value> row) {
        visit(predicate, row);
        auto twin = program.twins.find(predicate);
        if (twin != program.twins.end()) visit(twin->second, row);
    };
    for (const ir::Fact& fact : program.facts) {
        visit_twins(fact.predicate, {program.fact_values.data() + fact.row,
                                     program.predicates[fact.predicate].arity});
    }
    for (const ExtraFact& fact : extra) visit_twins(fact.predicate, fact.row);
    for (const ir::Fact& seed : specialised.seeds) {
        visit(seed.predicate, std::span<const Value>(specialised.seed_values.data() + seed.row,
                                                     specialised.predicates[seed.predicate].arity));
    }
}

/// The rows of `atom`'s relation that match it, in standard order of their tuples.
std::vector<Row> matching_rows(const Database& database, const ir::Atom& atom,
                               std::size_t variables);

}  // namespace entail::eval
