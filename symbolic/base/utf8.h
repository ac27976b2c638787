#pragma once
// The little of UTF-8 that reading and the built-ins for text need.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace entail {

/// Bytes of the valid code point that begins at `at`, or 0 if none does (overlong forms,
/// surrogates and values above U+10FFFF are invalid).
std::size_t utf8_length(std::string_view text, std::size_t at);

/// Appends a code point, which must be valid.
void append_utf8(std::string& text, std::uint32_t code_point);

/// The text, cut between code points when it is too long for a message.
std::string shorten(std::string_view text);

/// A code point that can be written in UTF-8 and is not NUL.
constexpr bool is_scalar(std::uint32_t code_point) {
    return code_point != 0 && code_point <= 0x10FFFF &&
           (code_point < 0xD800 || code_point > 0xDFFF);
}

}  // namespace entail
