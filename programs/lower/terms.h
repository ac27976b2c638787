#pragma once
// Terms of the syntax to terms of one rule: variables get numbers.

#include <map>

#include "programs/lower/scope.h"

namespace entail::lowering {

/// Long lists of which only part is known are nested terms; beyond this they are refused.
inline constexpr std::size_t kMaxOpenList = 2000;

/// The variables of one clause.
class Variables {
public:
    /// `span`: where it is mentioned; the first place is kept.
    ir::VariableId named(const std::string& name, SourceSpan span);
    ir::VariableId fresh(const std::string& name, SourceSpan span);
    /// The name of variables that lowering adds: they are not the clause's own.
    static constexpr const char* kInternal = "";
    const std::vector<std::string>& names() const { return names_; }
    const std::vector<SourceSpan>& spans() const { return spans_; }

private:
    std::map<std::string, ir::VariableId> ids_;
    std::vector<std::string> names_;
    std::vector<SourceSpan> spans_;
};

ir::Term lower_term(const ast::Term& term, Variables& variables, Scope& scope);
/// A term that must be ground; reports a variable in it.
std::optional<Value> lower_ground(const ast::Term& term, Scope& scope);
ir::Atom lower_atom(const ast::Term& atom, Variables& variables, Scope& scope);
/// An arithmetic expression; reports functions and constants that are not arithmetic.
ir::Term lower_expression(const ast::Term& term, Variables& variables, Scope& scope);

/// A constant integer expression such as a bound of a domain.
std::optional<std::int64_t> constant_integer(const ast::Term& term, Scope& scope);

}  // namespace entail::lowering
