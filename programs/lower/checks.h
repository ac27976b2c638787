#pragma once
// Checks of the whole program: what is called exists, negation is stratified, variables are not
// typos.

#include "programs/lower/scope.h"

namespace entail::lowering {

/// Undefined predicates and cycles through negation. Unless all of the program could be read
/// (`was_read`), what is undefined is not known.
void check_program(Scope& scope, bool was_read);
/// A named variable that occurs once says nothing that `_` would not say, or is misspelt.
void warn_singletons(const ast::Clause& clause, Scope& scope);
/// The one of `names` that `name` is a slip of; empty if there is none.
std::string meant_by(const std::string& name, const std::set<std::string>& names);

Diagnostic& report_undefined(const std::string& name, SourceSpan span,
                             const std::set<std::string>& names, Diagnostics& diagnostics);

}  // namespace entail::lowering
