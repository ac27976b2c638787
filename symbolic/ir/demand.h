#pragma once
// Demand (magic sets): specialises a program to its queries, evidence and constraints.
//
// For every predicate p that is called with some argument positions bound, a *demand predicate*
// holds the bound values that are asked for. Each rule for p gets it as a guard, and each call in a
// body gets a rule that fills it from the literals before. Relations are not copied per calling
// pattern: all answers to p live in one relation, so a fact has one set of derivations.
//
// Negation and aggregates need complete answers below them. Rules are therefore put into *groups*
// that the evaluator serves lowest first: for each component of the program the rules that fill
// demand (once more after each aggregate they pass), then the rules proper. When a rule with a
// negation runs, everything asked of lower components has been answered. Demand never looks at
// negated literals, so it may ask for too much and never for too little.
//
// Source: Bancilhon, Maier, Sagiv, Ullman (PODS 1986); for negation, the structured evaluation of
// Balbin, Port, Ramamohanarao, Meenakshi (J. Logic Programming, 1991).
// Cost: rules x calling patterns; a finite predicate has one pattern, the positions bound in all
// calls.

#include "symbolic/base/diagnostic.h"
#include "symbolic/ir/program.h"

namespace entail::ir {

struct SpecialisedRule {
    Rule rule;  ///< body in evaluation order; `rule.source` is the original's id
    std::uint32_t group;
};

struct Specialised {
    std::vector<Predicate> predicates;  ///< the original's, then the demand predicates
    std::vector<SpecialisedRule> rules;
    std::vector<Fact> seeds;  ///< what the queries ask for; rows in seed_values
    std::vector<Value> seed_values;
    std::uint32_t groups = 0;
};

/// A call from outside: a query, evidence or a constraint.
struct Call {
    Atom atom;
    std::vector<std::string> variables;
};

/// Reports rules that cannot be evaluated as called (unbound variables) into `diagnostics`.
Specialised specialise(const Program& program, const std::vector<Call>& calls,
                       Diagnostics& diagnostics);

}  // namespace entail::ir
