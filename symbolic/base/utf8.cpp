#include "symbolic/base/utf8.h"

namespace entail {

std::size_t utf8_length(std::string_view text, std::size_t at) {
    auto byte = [&](std::size_t i) -> std::uint32_t {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    std::uint32_t first = byte(at);
    if (at >= text.size()) return 0;
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return continues(at + 1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if (!continues(at + 1) || !continues(at + 2)) return 0;
        bool overlong = first == 0xE0 && byte(at + 1) < 0xA0;
        bool surrogate = first == 0xED && byte(at + 1) >= 0xA0;
        return overlong || surrogate ? 0 : 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (!continues(at + 1) || !continues(at + 2) || !continues(at + 3)) return 0;
        bool overlong = first == 0xF0 && byte(at + 1) < 0x90;
        bool too_large = first == 0xF4 && byte(at + 1) >= 0x90;
        return overlong || too_large ? 0 : 4;
    }
    return 0;
}

std::string shorten(std::string_view text) {
    constexpr std::size_t kMaxShown = 40;
    if (text.size() <= kMaxShown) return std::string(text);
    std::size_t length = kMaxShown;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
    return std::string(text.substr(0, length)) + "...";
}

void append_utf8(std::string& text, std::uint32_t code_point) {
    auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
    auto tail = [&](int shift) { put(0x80U | ((code_point >> shift) & 0x3FU)); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0U | (code_point >> 6));
        tail(0);
    } else if (code_point < 0x10000) {
        put(0xE0U | (code_point >> 12));
        tail(6);
        tail(0);
    } else {
        put(0xF0U | (code_point >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace entail
