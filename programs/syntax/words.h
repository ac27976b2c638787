#pragma once
// The words that may open a statement. They are ordinary names everywhere else.

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

namespace entail::ast {

inline constexpr std::string_view kStatementWords[] = {
    "always", "choose",    "claim",  "evidence", "facts", "fol",   "fun",  "import",
    "input",  "invariant", "module", "never",    "pred",  "query", "type",
};

inline bool is_statement_word(std::string_view word) {
    return std::find(std::begin(kStatementWords), std::end(kStatementWords), word) !=
           std::end(kStatementWords);
}

/// The words of first-order sentences, each beside its symbol; there they are no names.
inline constexpr std::string_view kFormulaWords[] = {
    "all", "and", "exists", "false", "forall", "iff", "implies", "not", "or", "some", "true", "xor",
};

inline bool is_formula_word(std::string_view word) {
    return std::find(std::begin(kFormulaWords), std::end(kFormulaWords), word) !=
           std::end(kFormulaWords);
}

/// Goals whose arguments are goals: `forall/2`, `findall/3`.
inline bool is_goal_form(std::string_view name, std::size_t arity) {
    return (name == "forall" && arity == 2) || (name == "findall" && arity == 3);
}

}  // namespace entail::ast
