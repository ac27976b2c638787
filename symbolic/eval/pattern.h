#pragma once
// Matching terms against values. Which variables are bound when is known before evaluation starts,
// so a pattern says at each place whether to bind or to compare; nothing is ever undone.

#include <vector>

#include "symbolic/ir/binding.h"

namespace entail::eval {

/// A pattern compiled for a place where it is known what is bound.
class Pattern {
public:
    /// Compiles `term`; its variables that are not in `bound` are bound by matching, and are added.
    Pattern(const ir::Term& term, ir::Bound& bound);
    bool match(Value value, std::span<Value> bindings, const ValueStore& values) const;

private:
    enum class Kind : std::uint8_t { bind, check, constant, compound };
    Kind kind_ = Kind::constant;
    ir::VariableId variable_ = 0;
    Value value_;  // the constant or the functor
    std::vector<Pattern> args_;
};

/// The value of a term all of whose variables are bound.
Value build(const ir::Term& term, std::span<const Value> bindings, ValueStore& values);

}  // namespace entail::eval
