#pragma once
// Facts that come and go: brings a database up to date without evaluating it anew.
//
// What follows positively from a changed fact is maintained. Facts that are added are new rows of a
// next round. Facts that are taken back are followed through the rows that may hang on them,
// guided by rounds: a row is suspect when an instance of a rule uses a row that has been erased and
// was older; suspects are looked at in the order of their rounds, so all that could support one
// from before is decided. One that has an instance whose premises are of lower rounds stays and
// nothing more is done; any other is erased and its conclusions become suspect. Erased rows that
// still follow, from rows of whatever round, come back in a next round. What depends on a change
// through a negation or an aggregate is cleared and its rules are run again.
//
// Source: the Backward/Forward algorithm (Motik, Nenov, Piro, Horrocks, AAAI 2015), with the order
// of rounds in the place of its backward search.
// Cost: instances of rules that touch suspect rows; a first removal makes the tables of rows by
// tuple, and indices, that evaluation did without.

#include "symbolic/eval/evaluator.h"

namespace entail::eval {

struct Change {
    std::vector<ExtraFact> added, removed;  ///< values are those of the database
};

/// Changes `database`, that evaluate() made of `specialised`, to what evaluate() would make of the
/// program and `extra` as they are now, after `change`. False if it has to be evaluated anew:
/// something uncertain depends on the change, or a limit or an error was met. It is then of no more
/// use.
bool update(const ir::Program& program, const ir::Specialised& specialised, Database& database,
            const std::vector<ExtraFact>& extra, const Change& change, const Limits& limits);

}  // namespace entail::eval
