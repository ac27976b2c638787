#pragma once
// A proof as a tree of text, for terminals. Shared steps are printed once and referred to; so is
// the text of a rule.

#include <string>

#include "symbolic/proof/proof.h"

namespace entail::proof {

struct TextOptions {
    std::size_t max_rule_text = 100;  ///< code points of a rule's text before it is cut
    std::size_t max_values = 3;       ///< values shown of a perceived distribution
    std::size_t max_members = 6;      ///< members of an aggregate with their own proofs
    std::size_t max_listed = 200;     ///< further members by their atoms alone
    std::size_t max_failures = 12;    ///< ways in which an atom does not hold
    std::size_t max_conditions = 5;
    /// A step that lies deeper is continued as a tree of its own: a chain of n steps would
    /// otherwise take n * n characters, and nobody could read it.
    std::size_t max_depth = 20;
};

/// Lines end with '\n'. Numbers have up to 9 significant digits.
std::string print_text(const Proof& proof, const TextOptions& options = {});

}  // namespace entail::proof
