#pragma once
// The words of a source. A token is a kind and a byte range; its text stays in the source.

#include <cstdint>
#include <string_view>

namespace entail::ast {

enum class TokenKind : std::uint8_t {
    end,    ///< of the text; always the last token
    error,  ///< already reported by the lexer
    name,
    quoted_name,
    variable,  ///< `_` too
    integer,   ///< digits, or `0'c`
    real,
    string,
    hash_word,  ///< `#sum`
    open_paren,
    close_paren,
    open_bracket,
    close_bracket,
    open_brace,
    close_brace,
    comma,
    bar,
    semicolon,
    final_dot,  ///< followed by blank space, `%` or the end
    dot,        ///< any other
    range,
    colon,
    weight,
    neck,
    arrow,
    tilde,
    pipe,
    negation,
    plus,
    minus,
    star,
    slash,
    double_slash,
    power,
    caret,
    shift_left,
    shift_right,
    bit_and,
    bit_or,
    unify,
    not_unify,
    identical,
    not_identical,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    before,      ///< `@<`
    not_after,   ///< `@=<`
    after,       ///< `@>`
    not_before,  ///< `@>=`
    univ,        ///< `=..`
    logic,       ///< `∀ ∃ ∧ ∨ ⊕ → ⇒ ↔ ⇔ ¬ ≠`, of first-order sentences
    foreign,     ///< an operator of other languages, kept whole for a good message
};

struct Token {
    TokenKind kind = TokenKind::end;
    bool blank_before = false;  ///< blank space or a comment stands before it
    bool starts_line = false;   ///< it begins in the first column
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};

}  // namespace entail::ast
