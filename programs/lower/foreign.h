#pragma once
// Predicates of Prolog and ProbLog that have no place here, each with what to write instead.

#include <cstddef>
#include <string_view>

namespace entail::lowering {

/// What to do without the predicate; empty for one that is not known at all.
std::string_view instead_of(std::string_view name, std::size_t arity);

}  // namespace entail::lowering
