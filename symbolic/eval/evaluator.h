#pragma once
// Evaluation: the least model, bottom-up and semi-naive, with derivations for what is uncertain.
//
// Rules run in rounds. A round of a group (see ir/demand.h) looks at the rows that arrived since
// the group's last round; after each round the lowest group with news runs next, so that a group
// with negations or aggregates meets complete relations below it. A rule instance whose premises
// are all certain and that makes no choice gives a certain row; any other gives a derivation of a
// node.
//
// Source: semi-naive evaluation, Bancilhon and Ramakrishnan (SIGMOD 1986).
// Cost: every rule instance is found once.

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

/// The rows of `atom`'s relation that match it, in standard order of their tuples.
std::vector<Row> matching_rows(const Database& database, const ir::Atom& atom,
                               std::size_t variables);

}  // namespace entail::eval
