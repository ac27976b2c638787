#include "programs/syntax/lexer.h"

#include <utility>

#include "programs/syntax/decode.h"
#include "symbolic/base/utf8.h"

namespace entail::ast {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_word(char c) {
    return is_digit(c) || is_lower(c) || is_upper(c) || c == '_';
}
bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// The commonest first, then longer spellings before their prefixes; the first that matches is
/// taken.
constexpr std::pair<std::string_view, TokenKind> kSymbols[] = {
    {"(", TokenKind::open_paren},
    {")", TokenKind::close_paren},
    {"[", TokenKind::open_bracket},
    {"]", TokenKind::close_bracket},
    {"{", TokenKind::open_brace},
    {"}", TokenKind::close_brace},
    {",", TokenKind::comma},
    {";", TokenKind::semicolon},
    {"=:=", TokenKind::equal},
    {"=\\=", TokenKind::not_equal},
    {"\\==", TokenKind::not_identical},
    {"=..", TokenKind::univ},
    {"@=<", TokenKind::not_after},
    {"@>=", TokenKind::not_before},
    {"-->", TokenKind::foreign},
    {"==>", TokenKind::foreign},
    {"<=>", TokenKind::foreign},
    {"<->", TokenKind::foreign},
    {":-", TokenKind::neck},
    {"::", TokenKind::weight},
    {"->", TokenKind::arrow},
    {"|>", TokenKind::pipe},
    {"\\+", TokenKind::negation},
    {"\\=", TokenKind::not_unify},
    {"==", TokenKind::identical},
    {"=<", TokenKind::less_equal},
    {"<=", TokenKind::less_equal},
    {">=", TokenKind::greater_equal},
    {"//", TokenKind::double_slash},
    {"**", TokenKind::power},
    {"..", TokenKind::range},
    {":=", TokenKind::foreign},
    {"=>", TokenKind::foreign},
    {"!=", TokenKind::foreign},
    {"<>", TokenKind::foreign},
    {"&&", TokenKind::foreign},
    {"||", TokenKind::foreign},
    {"?-", TokenKind::foreign},
    {"@<", TokenKind::before},
    {"@>", TokenKind::after},
    {"<<", TokenKind::shift_left},
    {">>", TokenKind::shift_right},
    {"/\\", TokenKind::bit_and},
    {"\\/", TokenKind::bit_or},
    {"|", TokenKind::bar},
    {".", TokenKind::dot},
    {":", TokenKind::colon},
    {"~", TokenKind::tilde},
    {"+", TokenKind::plus},
    {"-", TokenKind::minus},
    {"*", TokenKind::star},
    {"/", TokenKind::slash},
    {"=", TokenKind::unify},
    {"<", TokenKind::less},
    {">", TokenKind::greater},
    {"!", TokenKind::foreign},
    {"&", TokenKind::foreign},
    {"^", TokenKind::caret},
    {"\u2200", TokenKind::logic},  // for all
    {"\u2203", TokenKind::logic},  // exists
    {"\u2227", TokenKind::logic},  // and
    {"\u2228", TokenKind::logic},  // or
    {"\u2295", TokenKind::logic},  // either or
    {"\u2192", TokenKind::logic},  // implies
    {"\u21D2", TokenKind::logic},
    {"\u2194", TokenKind::logic},  // if and only if
    {"\u21D4", TokenKind::logic},
    {"\u00AC", TokenKind::logic},  // not
    {"\u2260", TokenKind::logic},  // unequal
};

class Lexer {
public:
    Lexer(std::string_view text, std::size_t begin, Reporter& reporter)
        : text_(text), reporter_(reporter), at_(begin) {}

    std::vector<Token> run() {
        if (at_ == 0 && text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // a byte order mark
        while (!reporter_.exhausted() && skip_blanks()) {
            token_begin_ = at_;
            lex();
            blank_ = false;
        }
        token_begin_ = at_ = text_.size();
        put(TokenKind::end);
        return std::move(tokens_);
    }

private:
    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    void put(TokenKind kind) {
        Token token;
        token.kind = kind;
        token.blank_before = blank_ || token_begin_ == 0;
        token.starts_line = token_begin_ == 0 || text_[token_begin_ - 1] == '\n';
        token.begin = static_cast<std::uint32_t>(token_begin_);
        token.end = static_cast<std::uint32_t>(at_);
        tokens_.push_back(token);
    }

    template <typename... Args>
    Diagnostic& report(DiagnosticCode code, std::size_t begin, std::size_t end,
                       const Args&... args) {
        return reporter_.report(code, static_cast<std::uint32_t>(begin),
                                static_cast<std::uint32_t>(end), args...);
    }

    /// Steps over blanks and comments; false at the end of the text.
    bool skip_blanks() {
        while (at_ < text_.size()) {
            if (is_blank(peek())) {
                ++at_;
            } else if (peek() == '%') {
                skip_text([&] { return peek() == '\n'; });
            } else if (peek() == '/' && peek(1) == '*') {
                std::size_t begin = at_;
                at_ += 2;
                if (!skip_text([&] { return peek() == '*' && peek(1) == '/'; })) {
                    report(DiagnosticCode::unterminated_comment, begin, begin + 2);
                    return false;
                }
                at_ += 2;
            } else {
                return true;
            }
            blank_ = true;
        }
        return false;
    }

    /// Steps over text of any script until `stop`; false if the end comes first.
    template <typename Stop>
    bool skip_text(Stop stop) {
        while (at_ < text_.size()) {
            if (stop()) return true;
            step();
        }
        return false;
    }

    /// One code point, whatever it is; invalid ones are reported once a run.
    void step() {
        if (peek() == '\0') {
            report(DiagnosticCode::nul_byte, at_, at_ + 1);
            while (at_ < text_.size() && peek() == '\0') ++at_;
            return;
        }
        if (std::size_t length = utf8_length(text_, at_)) {
            at_ += length;
            return;
        }
        std::size_t begin = at_;
        while (at_ < text_.size() && utf8_length(text_, at_) == 0) ++at_;
        report(DiagnosticCode::invalid_utf8, begin, begin + 1,
               fmt::format("0x{:02x}", static_cast<unsigned char>(text_[begin])));
    }

    void lex() {
        char c = peek();
        if (is_lower(c) || is_upper(c) || c == '_') {
            while (is_word(peek())) ++at_;
            put(is_lower(c) ? TokenKind::name : TokenKind::variable);
        } else if (is_digit(c)) {
            lex_number();
        } else if (c == '\'' || c == '"') {
            lex_quoted(c);
        } else if (c == '#' && is_lower(peek(1))) {
            ++at_;
            while (is_word(peek())) ++at_;
            put(TokenKind::hash_word);
        } else {
            lex_symbol();
        }
    }

    void lex_number() {
        if (peek() == '0' && peek(1) == '\'') {
            if (std::size_t length = character_length(text_.substr(at_ + 2))) {
                at_ += 2 + length;
                put(TokenKind::integer);
                return;
            }
        }
        auto digits = [&] {
            while (is_digit(peek())) ++at_;
        };
        TokenKind kind = TokenKind::integer;
        digits();
        if (peek() == '.' && is_digit(peek(1))) {
            kind = TokenKind::real;
            ++at_;
            digits();
        }
        std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
        if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
            kind = TokenKind::real;
            at_ += 1 + sign;
            digits();
        }
        if (is_word(peek())) {
            while (is_word(peek())) ++at_;
            report(DiagnosticCode::malformed_number, token_begin_, at_,
                   shorten(text_.substr(token_begin_, at_ - token_begin_)))
                .hint = "a name begins with a letter; a name such as '3d' is written in quotes";
            kind = TokenKind::error;
        }
        put(kind);
    }

    void lex_quoted(char quote) {
        ++at_;
        bool valid = true;
        while (true) {
            if (at_ >= text_.size() || peek() == '\n') {
                report(DiagnosticCode::unterminated_quote, token_begin_, token_begin_ + 1,
                       quote == '"' ? "string" : "quoted name")
                    .hint = quote == '"' ? "a line break in a string is written '\\n'"
                                         : "a quote inside quotes is written twice: 'don''t'";
                valid = false;
                break;
            }
            if (peek() == quote) {
                ++at_;
                if (peek() != quote) break;
                ++at_;
            } else if (peek() == '\\') {
                std::size_t length = escape_length(text_.substr(at_));
                if (length == 0) {
                    std::size_t shown =
                        1 + (at_ + 1 < text_.size() ? utf8_length(text_, at_ + 1) : 0);
                    if (peek(1) == '\n') shown = 1;
                    report(DiagnosticCode::bad_escape, at_, at_ + shown, text_.substr(at_, shown))
                        .hint = "a backslash is written '\\\\'";
                    valid = false;
                    length = shown;
                }
                at_ += length;
            } else {
                std::size_t before = at_;
                bool sound = peek() != '\0' && utf8_length(text_, at_) != 0;
                step();
                valid = valid && sound && at_ > before;
            }
            if (reporter_.exhausted()) break;
        }
        TokenKind kind = quote == '"' ? TokenKind::string : TokenKind::quoted_name;
        put(valid ? kind : TokenKind::error);
    }

    void lex_symbol() {
        std::string_view rest = text_.substr(at_);
        for (const auto& [spelling, kind] : kSymbols) {
            if (!rest.starts_with(spelling)) continue;
            at_ += spelling.size();
            bool closes = kind == TokenKind::dot &&
                          (at_ == text_.size() || is_blank(peek()) || peek() == '%');
            put(closes ? TokenKind::final_dot : kind);
            return;
        }
        std::size_t length = peek() == '\0' ? 0 : utf8_length(text_, at_);
        if (length == 0) {
            step();
        } else {
            at_ += length;
            std::string_view shown = text_.substr(token_begin_, length);
            Diagnostic& diagnostic =
                report(DiagnosticCode::unexpected_character, token_begin_, at_,
                       length == 1 && shown[0] < ' '
                           ? fmt::format("0x{:02x}", static_cast<unsigned char>(shown[0]))
                           : fmt::format("'{}'", shown));
            diagnostic.hint = hint_for(shown);
            if (length > 1) skip_foreign_word();
        }
        put(TokenKind::error);
    }

    /// The rest of a word in another script belongs to the same mistake.
    void skip_foreign_word() {
        while (at_ < text_.size()) {
            std::size_t length = utf8_length(text_, at_);
            if (length < 2 && !is_word(peek())) return;
            if (length == 0) return;
            at_ += length;
        }
    }

    static std::string hint_for(std::string_view c) {
        if (c == "\u2018" || c == "\u2019") return "write a straight quote: '";
        if (c == "\u201C" || c == "\u201D") return "write a straight quote: \"";
        if (c == "\u2013" || c == "\u2014" || c == "\u2212") return "write a minus sign: -";
        if (c == "\u2264") return "write =<";
        if (c == "\u2265") return "write >=";
        if (c == "\u00A0") return "this is a no-break space; write a plain one";
        if (c == "\\") return "negation is '\\+', inequality '\\=' or '=\\='";
        if (c == "`") return "write a straight quote: '";
        if (c.size() > 1) return "outside comments and quotes only ASCII is used; quote the name";
        return {};
    }

    std::string_view text_;
    Reporter& reporter_;
    std::vector<Token> tokens_;
    std::size_t at_;
    std::size_t token_begin_ = 0;
    bool blank_ = false;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text, Reporter& reporter, std::size_t begin) {
    return Lexer(text, begin, reporter).run();
}

}  // namespace entail::ast
