#pragma once
// Text to tokens.

#include <string_view>
#include <vector>

#include "programs/syntax/reporter.h"
#include "programs/syntax/token.h"

namespace entail::ast {

/// The tokens of `text` from byte `begin` on, closed by one of kind `end`. Reports what is no
/// token, and stops early when the reporter is exhausted. Integers and reals are well formed but
/// not yet in range; escapes in quotes are valid.
std::vector<Token> tokenize(std::string_view text, Reporter& reporter, std::size_t begin = 0);

}  // namespace entail::ast
