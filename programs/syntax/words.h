#pragma once
// The words that may open a statement. They are ordinary names everywhere else.

#include <algorithm>
#include <iterator>
#include <string_view>

namespace entail::ast {

inline constexpr std::string_view kStatementWords[] = {
    "always",    "choose", "evidence", "facts", "fun",   "import", "input",
    "invariant", "module", "never",    "pred",  "query", "type",
};

inline bool is_statement_word(std::string_view word) {
    return std::find(std::begin(kStatementWords), std::end(kStatementWords), word) !=
           std::end(kStatementWords);
}

}  // namespace entail::ast
