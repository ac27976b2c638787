#pragma once
// Clauses, distributions, choices and constraints to rules, facts and choice rules.

#include "programs/lower/body.h"

namespace entail::lowering {

void lower_clause(const ast::Clause& clause, SourceSpan span, ir::RuleOrigin origin, Scope& scope);
void lower_draw(const ast::Draw& draw, SourceSpan span, Scope& scope);
void lower_choose(const ast::Choose& choose, SourceSpan span, Scope& scope);
void lower_constraint(const ast::Constraint& constraint, SourceSpan span, Scope& scope);

}  // namespace entail::lowering
