#pragma once
// The engine and the oracle side by side.

#include <optional>
#include <string>

namespace entail::tests {

struct Disagreement {
    std::string kind;    ///< coarse, so that shrinking keeps to one failure
    std::string detail;  ///< for people
};

enum class Judged { yes, refused };  ///< refused: the oracle does not judge this program

struct Comparison {
    Judged judged = Judged::yes;
    bool inconsistent = false;  ///< by the oracle
    std::optional<Disagreement> disagreement;
};

/// Runs both. They agree when every query has the same atoms with the same bounds to 1e-9, in the
/// order that design.md prescribes, or when both call the evidence inconsistent.
Comparison compare_with_oracle(const std::string& program, std::size_t max_worlds = 4096);

}  // namespace entail::tests
