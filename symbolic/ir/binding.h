#pragma once
// Modes: which variables a literal needs bound before it can be evaluated, and which it binds.

#include <vector>

#include "symbolic/ir/program.h"

namespace entail::ir {

/// By variable of one rule: is it bound?
using Bound = std::vector<bool>;

bool is_bound(const Term& term, const Bound& bound);
void bind(const Term& term, Bound& bound);

/// Can the literal be evaluated now? An atom always can, as far as this function knows.
bool is_ready(const Literal& literal, const Bound& bound);
/// Binds what is bound once the literal has been evaluated.
void bind(const Literal& literal, Bound& bound);
/// Does evaluating it now only test, and enumerate nothing?
bool is_filter(const Literal& literal, const Bound& bound);

/// A set of argument positions, as bits; predicates have at most kMaxArity arguments.
using Positions = std::uint64_t;
inline constexpr std::uint32_t kMaxArity = 64;
Positions bound_positions(const Atom& atom, const Bound& bound);

}  // namespace entail::ir
