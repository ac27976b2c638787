#pragma once
// What a signature says of an argument: a kind of value, a range of integers, or a set of values.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "symbolic/base/value.h"

namespace entail::ir {

struct Type {
    enum class Kind : std::uint8_t { term, integer, real, atom, string, list, range, values };
    Kind kind = Kind::term;          ///< of `term`: anything
    std::string name;                ///< as a message names it
    std::int64_t low = 0, high = 0;  ///< of a range, both included
    std::vector<Value> values;       ///< of a set

    bool operator==(const Type&) const = default;
};

/// A type that needs no declaration: term, int, real, atom, string, list. `real` takes integers
/// too.
const Type* builtin_type(std::string_view name);
const std::vector<Type>& builtin_types();

bool has_type(Value value, const Type& type, const ValueStore& values);

}  // namespace entail::ir
