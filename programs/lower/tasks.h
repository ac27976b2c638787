#pragma once
// Objectives of `solve` and properties of `verify`.

#include "programs/lower/body.h"

namespace entail::lowering {

void lower_objective(const ast::Objective& objective, SourceSpan span, Scope& scope);
/// Holds in the worlds that break the property.
void lower_never(const ast::Never& never, SourceSpan span, Scope& scope);
void lower_always(const ast::Always& always, SourceSpan span, Scope& scope);
void lower_invariant(const ast::Invariant& invariant, SourceSpan span, Scope& scope);

}  // namespace entail::lowering
