#include "symbolic/ir/type.h"

#include <algorithm>

namespace entail::ir {

const std::vector<Type>& builtin_types() {
    using Kind = Type::Kind;
    static const std::vector<Type> types{
        {Kind::term, "term", 0, 0, {}},     {Kind::integer, "int", 0, 0, {}},
        {Kind::real, "real", 0, 0, {}},     {Kind::atom, "atom", 0, 0, {}},
        {Kind::string, "string", 0, 0, {}}, {Kind::list, "list", 0, 0, {}}};
    return types;
}

const Type* builtin_type(std::string_view name) {
    const auto& types = builtin_types();
    auto place = std::ranges::find(types, name, &Type::name);
    return place == types.end() ? nullptr : &*place;
}

bool has_type(Value value, const Type& type, const ValueStore& values) {
    const bool is_numeric = values.is_number(value) || values.is_unknown(value);
    switch (type.kind) {
        case Type::Kind::term:
            return true;
        case Type::Kind::integer:
            return is_numeric && values.is_integral(value);
        case Type::Kind::real:
            return is_numeric;
        case Type::Kind::atom:
            return values.kind(value) == ValueKind::atom;
        case Type::Kind::string:
            return values.kind(value) == ValueKind::string;
        case Type::Kind::list:
            return value == values.nil() || values.is_cons(value);
        case Type::Kind::range:
            if (values.is_unknown(value)) {
                Interval within = values.interval(value);
                return values.is_integral(value) && within.lower >= static_cast<double>(type.low) &&
                       within.upper <= static_cast<double>(type.high);
            }
            return values.kind(value) == ValueKind::integer &&
                   values.as_integer(value) >= type.low && values.as_integer(value) <= type.high;
        case Type::Kind::values:
            return std::ranges::find(type.values, value) != type.values.end();
    }
    return false;
}

}  // namespace entail::ir
