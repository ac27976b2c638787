#pragma once
// Which predicate needs which, and in what order they can be evaluated.

#include <vector>

#include "symbolic/ir/program.h"

namespace entail::ir {

struct Dependency {
    PredicateId from, to;  ///< a rule for `from` mentions `to`
    bool strict;           ///< through negation or an aggregate: `to` must be complete before
    SourceSpan span;       ///< of the literal
};

std::vector<Dependency> dependencies(const Program& program);

/// Strongly connected components of the dependency graph, every component after those it needs.
/// Cost: linear (Tarjan's algorithm, Boost.Graph).
struct Components {
    std::vector<std::uint32_t> of;  ///< by predicate
    std::uint32_t count = 0;
    std::vector<bool> recursive;  ///< by component: some member needs itself
};
Components components(std::size_t predicates, const std::vector<Dependency>& edges);

/// The dependencies of one cycle that passes through a strict one, in order; empty when the program
/// is stratified.
std::vector<Dependency> strict_cycle(std::size_t predicates, const std::vector<Dependency>& edges);

}  // namespace entail::ir
