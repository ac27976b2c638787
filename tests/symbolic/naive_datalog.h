#pragma once
// Random certain Datalog, and its least model by the textbook: sets of tuples, every rule over all
// tuples by nested loops in the order of the body, stratum after stratum until nothing is new.

#include <random>
#include <set>
#include <vector>

#include "symbolic/ir/program.h"

namespace entail::tests {

struct RandomDatalog {
    ir::Program program;
    std::vector<std::uint32_t> stratum;  ///< by predicate
};
RandomDatalog random_datalog(std::mt19937_64& random);

using Tuples = std::set<std::vector<std::uint32_t>>;  ///< of bits of values
std::vector<Tuples> naive_model(const RandomDatalog& datalog);

}  // namespace entail::tests
