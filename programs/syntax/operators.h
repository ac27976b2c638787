#pragma once
// The infix operators of expressions and how tightly they bind.

#include <string_view>

namespace entail::ast {

/// How tightly a term binds; an operand that binds less than its place asks for is parenthesised.
enum Level { kSum = 1, kProduct, kUnary, kPower, kPrimary };

/// Of `name` between two operands; kPrimary for what is no operator.
constexpr Level infix_level(std::string_view name) {
    constexpr std::string_view kSums[] = {"+", "-", "/\\", "\\/", "xor"};
    constexpr std::string_view kProducts[] = {"*", "/", "//", "mod", "rem", "div", "<<", ">>"};
    for (std::string_view sum : kSums) {
        if (name == sum) return kSum;
    }
    for (std::string_view product : kProducts) {
        if (name == product) return kProduct;
    }
    return name == "**" || name == "^" ? kPower : kPrimary;
}

}  // namespace entail::ast
