#include "programs/syntax/decode.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include "symbolic/base/utf8.h"

namespace entail::ast {
namespace {

constexpr std::string_view kEscapes = "\\'\"`abfnrtve";
constexpr std::string_view kEscaped = "\\'\"`\a\b\f\n\r\t\v\x1b";

struct Escape {
    std::size_t length = 0;
    std::uint32_t code_point = 0;
};

Escape read_escape(std::string_view text) {
    if (text.size() < 2) return {};
    if (std::size_t i = kEscapes.find(text[1]); i != std::string_view::npos) {
        return {2, static_cast<std::uint32_t>(kEscaped[i])};
    }
    std::size_t start = text[1] == 'x' ? 2 : 1;
    std::uint32_t value = 0;
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data() + start, end, value, text[1] == 'x' ? 16 : 8);
    if (error != std::errc{} || stop == end || *stop != '\\' || !is_scalar(value)) return {};
    return {static_cast<std::size_t>(stop - text.data()) + 1, value};
}

std::uint32_t code_point(std::string_view text) {
    auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(text[i])}; };
    switch (utf8_length(text, 0)) {
        case 2:
            return (byte(0) & 0x1FU) << 6 | (byte(1) & 0x3FU);
        case 3:
            return (byte(0) & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
        case 4:
            return (byte(0) & 0x07U) << 18 | (byte(1) & 0x3FU) << 12 | (byte(2) & 0x3FU) << 6 |
                   (byte(3) & 0x3FU);
        default:
            return byte(0);
    }
}

}  // namespace

std::size_t escape_length(std::string_view text) {
    return read_escape(text).length;
}

std::size_t character_length(std::string_view text) {
    if (text.starts_with('\\')) return escape_length(text);
    if (text.starts_with('\'')) return text.starts_with("''") ? 2 : 0;
    if (text.empty() || (text[0] >= 0 && text[0] < ' ')) return 0;
    return utf8_length(text, 0);
}

std::string unquote(std::string_view token) {
    std::string content;
    char quote = token.front();
    for (std::size_t i = 1; i + 1 < token.size();) {
        if (token[i] == '\\') {
            Escape escape = read_escape(token.substr(i));
            append_utf8(content, escape.code_point);
            i += escape.length;
        } else {
            content += token[i];
            i += token[i] == quote ? 2 : 1;  // a quote inside is doubled
        }
    }
    return content;
}

std::optional<std::int64_t> integer_value(std::string_view token, bool negative) {
    std::uint64_t magnitude = 0;
    if (token.starts_with("0'")) {
        std::string_view character = token.substr(2);
        magnitude =
            character[0] == '\\' ? read_escape(character).code_point : code_point(character);
    } else {
        auto [stop, error] = std::from_chars(token.data(), token.data() + token.size(), magnitude);
        if (error != std::errc{}) return {};
    }
    std::uint64_t limit = std::uint64_t{1} << 63;
    if (magnitude > limit || (magnitude == limit && !negative)) return {};
    return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

std::optional<double> real_value(std::string_view token) {
    double value = 0.0;
    auto [stop, error] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (error != std::errc::result_out_of_range) return value;
    // Too small is as good as zero, too large is an error: the first digit's place tells which.
    std::int64_t place = 0;
    bool after_point = false;
    std::size_t i = token.find_first_of("123456789.");
    for (; i < token.size() && token[i] != 'e' && token[i] != 'E'; ++i) {
        if (token[i] == '.') {
            after_point = true;
            if (place > 0) break;
        } else if (!after_point) {
            ++place;
        } else if (token[i] == '0') {
            --place;
        } else {
            break;
        }
    }
    std::size_t mark = token.find_first_of("eE");
    std::int64_t exponent = 0;
    if (mark != std::string_view::npos) {
        bool down = token[mark + 1] == '-';
        const char* begin = token.data() + mark + (down || token[mark + 1] == '+' ? 2 : 1);
        auto [end, failed] = std::from_chars(begin, token.data() + token.size(), exponent);
        if (failed != std::errc{}) exponent = std::numeric_limits<std::int32_t>::max();
        if (down) exponent = -exponent;
    }
    if (place + exponent > 0) return {};
    return 0.0;
}

std::optional<Fraction> fraction_value(std::string_view token) {
    std::int64_t numerator = 0;
    std::int64_t scale = 0;  // of ten
    std::size_t i = 0;
    bool after_point = false;
    std::int64_t zeros = 0;  // held back, so that 0.5000000000000000000000 is exact
    auto times_ten = [&](std::int64_t& value) {
        return !__builtin_mul_overflow(value, 10, &value);
    };
    for (; i < token.size() && token[i] != 'e' && token[i] != 'E'; ++i) {
        if (token[i] == '.') {
            after_point = true;
            continue;
        }
        ++zeros;
        if (after_point) --scale;
        if (token[i] == '0') continue;
        for (; zeros > 0; --zeros) {
            if (numerator != 0 && !times_ten(numerator)) return {};
        }
        if (__builtin_add_overflow(numerator, token[i] - '0', &numerator)) return {};
    }
    if (numerator == 0) return Fraction{};
    scale += zeros;
    if (i < token.size()) {
        std::int64_t exponent = 0;
        const char* begin = token.data() + i + (token[i + 1] == '+' ? 2 : 1);
        auto [stop, error] = std::from_chars(begin, token.data() + token.size(), exponent);
        if (error != std::errc{} || __builtin_add_overflow(scale, exponent, &scale)) return {};
    }
    std::int64_t denominator = 1;
    for (; scale > 0; --scale) {
        if (!times_ten(numerator)) return {};
    }
    for (; scale < 0; ++scale) {
        if (numerator % 10 == 0) {
            numerator /= 10;
        } else if (!times_ten(denominator)) {
            return {};
        }
    }
    std::int64_t common = std::gcd(numerator, denominator);
    return Fraction{numerator / common, denominator / common};
}

std::optional<Fraction> divide(Fraction a, Fraction b) {
    constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
    if (b.numerator == 0 || a.numerator == kLeast || b.numerator == kLeast) return {};
    if (b.numerator < 0) {
        a.numerator = -a.numerator;
        b.numerator = -b.numerator;
    }
    std::int64_t top = std::gcd(a.numerator, b.numerator);
    std::int64_t bottom = std::gcd(a.denominator, b.denominator);
    Fraction result;
    if (__builtin_mul_overflow(a.numerator / top, b.denominator / bottom, &result.numerator) ||
        __builtin_mul_overflow(a.denominator / bottom, b.numerator / top, &result.denominator)) {
        return {};
    }
    return result;
}

}  // namespace entail::ast
