#pragma once
// Rules over numbers that are not known yet.
//
// A row may hold an expression over unknown numbers where another holds 3, and the two be equal in
// some worlds only: matching such columns by identity would miss that. So first the *open* columns
// are found, those that may hold something unknown (a fixpoint over the rules), then every place of
// a rule where an open column is met by a variable that is bound elsewhere, or by a number, gets a
// variable of its own and an equality between them, `F = X`, as a literal. What evaluation does
// with the equality, and with comparisons, is symbolic/eval/theory.h; negated atoms and the groups
// of aggregates over open columns are left to it as well.
//
// A variable is bound where that makes it most certain: by a column that is not open if there is
// one, else by the first open one in the order of the body. So an instance of a rule has the same
// bindings whichever literal evaluation begins with.
// Cost: linear in the rules, as often as columns turn out open.

#include <vector>

#include "symbolic/ir/binding.h"
#include "symbolic/ir/demand.h"

namespace entail::ir {

/// The literal by which `variable` is the unknown number of an instance of `choice`; which one it
/// is of Program::choices is left to the caller.
Literal unknown_literal(const ChoiceRule& choice, const Term& variable);

/// Makes instances of a free choice among numbers unknown numbers instead of choices. The choice
/// must have `numbers` and be no unknown yet.
void make_unknown(Program& program, std::uint32_t choice);

bool has_unknowns(const Program& program);

/// Would the numbers of a free choice, made unknown, meet nothing but comparisons, linear
/// arithmetic, sums and extrema where `calls` ask? A solver then has less to do with them than with
/// all their values.
bool is_only_compared(const Program& program, std::uint32_t choice, const std::vector<Call>& calls);

struct SeparatedRules {
    Specialised rules;
    std::vector<Positions> open;  ///< by predicate: the columns that may hold something unknown
};
SeparatedRules separate_unknowns(const Specialised& specialised, const ValueStore& values);
/// One more rule, where it is known which columns are open.
Rule separate_unknowns(const Rule& rule, const std::vector<Positions>& open,
                       const ValueStore& values);

}  // namespace entail::ir
