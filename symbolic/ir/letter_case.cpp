#include "symbolic/ir/letter_case.h"

namespace entail::ir {
namespace {

/// Small letters from `first` to `last`, every `step`-th code; each stands `distance` behind its
/// capital.
struct Letters {
    char32_t first, last, distance, step;
};

constexpr Letters kLetters[] = {
    {U'a', U'z', 0x20, 1},    // ASCII
    {0xE0, 0xF6, 0x20, 1},    // à-ö
    {0xF8, 0xFE, 0x20, 1},    // ø-þ
    {0x101, 0x12F, 1, 2},     // ā-į
    {0x133, 0x137, 1, 2},     // ĳ-ķ
    {0x13A, 0x148, 1, 2},     // ĺ-ň
    {0x14B, 0x177, 1, 2},     // ŋ-ŷ
    {0x17A, 0x17E, 1, 2},     // ź-ž
    {0x3AC, 0x3AC, 0x26, 1},  // ά
    {0x3AD, 0x3AF, 0x25, 1},  // έ-ί
    {0x3B1, 0x3C1, 0x20, 1},  // α-ρ
    {0x3C3, 0x3CB, 0x20, 1},  // σ-ϋ
    {0x3CC, 0x3CC, 0x40, 1},  // ό
    {0x3CD, 0x3CE, 0x3F, 1},  // ύ, ώ
    {0x430, 0x44F, 0x20, 1},  // а-я
    {0x450, 0x45F, 0x50, 1},  // ѐ-џ
};

bool is_among(char32_t code, char32_t first, char32_t last, char32_t step) {
    return code >= first && code <= last && (code - first) % step == 0;
}

}  // namespace

char32_t to_upper(char32_t code) {
    for (const Letters& l : kLetters) {
        if (is_among(code, l.first, l.last, l.step)) return code - l.distance;
    }
    if (code == 0xFF) return 0x178;   // ÿ
    if (code == 0x3C2) return 0x3A3;  // the final sigma
    return code;
}

char32_t to_lower(char32_t code) {
    for (const Letters& l : kLetters) {
        if (is_among(code, l.first - l.distance, l.last - l.distance, l.step)) {
            return code + l.distance;
        }
    }
    return code == 0x178 ? 0xFF : code;
}

}  // namespace entail::ir
