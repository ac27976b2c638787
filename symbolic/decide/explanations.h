#pragma once
// Abduction: sets of choices from which goals follow, the cheapest first.
//
// An explanation is a set of alternatives, at most one a choice, such that some world that meets
// the conditions has them all, and every such world meets the goals; none of its subsets is one.
// Idea: the dual of a diagnosis. Each world that meets the conditions and misses a goal must be
// contradicted by an explanation; so the cheapest set that contradicts all worlds seen so far is
// tried, and either explains, or shows one more such world.
// Source: implicit hitting sets; Ignatiev, Morgado, Marques-Silva, Propositional abduction with
// implicit hitting sets (ECAI 2016).
// Cost: exponential at worst; as many checks as worlds have to be contradicted.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "symbolic/decide/conditions.h"
#include "symbolic/eval/database.h"
#include "symbolic/smt/solver.h"

namespace entail::decide {

class Explanations {
public:
    /// `weights` as laid out by the database's graph, in [0, 1]; those of free choices are not
    /// looked at, and alternatives of weight 0 explain nothing. The database outlives this.
    Explanations(const eval::Database& database, const Conditions& goals,
                 const Conditions& conditions, std::span<const double> weights);
    ~Explanations();

    struct Explanation {
        std::vector<provenance::ChoiceLiteral> choices;  ///< ascending by choice
        double probability;  ///< the product of the weights of those that have one
    };
    /// The next best: of the greatest probability, of equals one with the fewest choices. Nothing
    /// when there is no other, or when a limit ended the search: then `reason` names it.
    std::optional<Explanation> next(const smt::Limits& limits);
    const std::string& reason() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace entail::decide
