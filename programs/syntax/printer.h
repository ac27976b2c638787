#pragma once
// Syntax back to text, in one canonical style: parse(print(x)) is x, spans apart. Names are quoted
// and expressions parenthesised exactly where reading needs it; reals are the shortest text that
// reads back as the same double.

#include <string>
#include <string_view>

#include "programs/syntax/ast.h"

namespace entail::ast {

std::string print(const Term& term);
std::string print(const Weight& weight);
std::string print(const Literal& literal);
/// `a, \+ b, X < Y`
std::string print(const Body& body);
std::string print(const Pipeline& pipeline);
/// With its final dot, without a line end.
std::string print(const Statement& statement);
/// One statement a line.
std::string print(const File& file);

/// A name as an atom is written: `red`, `'Red wine'`.
std::string print_name(std::string_view name);
/// A string in double quotes.
std::string print_string(std::string_view content);
/// With a point or an exponent, so that it reads back as a real: `1.0`, `1e-07`.
std::string print_real(double value);
/// `\=`, `is`, …
std::string_view spelling(ComparisonOp op);
std::string_view spelling(AggregateOp function);

}  // namespace entail::ast
