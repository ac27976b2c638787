#pragma once
// A proof as a tree of text, for terminals. Shared steps are printed once and referred to.

#include <string>

#include "symbolic/proof/proof.h"

namespace entail::proof {

struct TextOptions {
    std::size_t max_rule_text = 100;  ///< code points of a rule's text before it is cut
    std::size_t max_values = 3;       ///< values shown of a perceived distribution
    std::size_t max_absent = 3;       ///< members of an aggregate that do not hold
    std::size_t max_failures = 12;    ///< ways in which an atom does not hold
    std::size_t max_conditions = 5;
};

/// Lines end with '\n'. Numbers have up to 9 significant digits.
std::string print_text(const Proof& proof, const TextOptions& options = {});

}  // namespace entail::proof
