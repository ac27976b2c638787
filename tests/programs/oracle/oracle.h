#pragma once
// The meaning of a program by enumeration of its possible worlds, straight from language.md: it
// shares the syntax tree with the engine and nothing else. Exponential on purpose; for tests.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/programs/oracle/terms.h"

namespace entail::tests {

struct OracleAnswer {
    std::string atom;
    double lower = 0.0, upper = 0.0;
};

struct OracleQuery {
    bool ground = false;
    std::vector<OracleAnswer> answers;  ///< in the standard order of their atoms
};

struct OracleResult {
    bool inconsistent = false;  ///< no way to choose has mass left
    std::vector<OracleQuery> queries;
    std::size_t worlds = 0;  ///< worlds weighed, over all ways
};

/// Throws OracleProgramError (the program is wrong) or OracleRefusal (more than `max_worlds`, or
/// outside of the fragment: perception, continuous distributions, unsafe rules, ...).
OracleResult ask_oracle(std::string_view program, std::size_t max_worlds = 4096);

}  // namespace entail::tests
