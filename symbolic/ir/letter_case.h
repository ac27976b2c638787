#pragma once
// Capitals and small letters of the Latin, Greek and Cyrillic scripts, one code point for one;
// other characters are left as they are.

namespace entail::ir {

char32_t to_upper(char32_t code);
char32_t to_lower(char32_t code);

}  // namespace entail::ir
