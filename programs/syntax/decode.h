#pragma once
// From the text of a token to its value.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace entail::ast {

/// Bytes of the escape sequence at the front of `text` (which begins with a backslash), or 0.
/// Known: \\ \' \" \` \a \b \f \n \r \t \v \e, \xHH…\ in hexadecimal and \DDD…\ in octal.
std::size_t escape_length(std::string_view text);

/// Bytes of the one character, escape or doubled quote that may follow `0'`, or 0.
std::size_t character_length(std::string_view text);

/// The content of a quoted name or string token, quotes included in `token`.
std::string unquote(std::string_view token);

/// The value of an integer token (`12` or `0'c`), its sign given apart so that the least integer
/// can be written; empty if it does not fit.
std::optional<std::int64_t> integer_value(std::string_view token, bool negative);

/// The nearest real to a real or integer token of digits; empty if it is too large.
std::optional<double> real_value(std::string_view token);

/// A reduced fraction with a positive denominator.
struct Fraction {
    std::int64_t numerator = 0;
    std::int64_t denominator = 1;
};

/// The exact value of decimal text such as `0.30` or `2.5e-3`; empty if it does not fit.
std::optional<Fraction> fraction_value(std::string_view token);
/// The exact quotient; empty if it does not fit or the divisor is zero.
std::optional<Fraction> divide(Fraction a, Fraction b);

}  // namespace entail::ast
