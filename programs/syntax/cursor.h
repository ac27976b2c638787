#pragma once
// A place in the tokens of one source, with what every level of the parser needs there: looking,
// stepping, brackets, nesting, and failing with the best message that the place allows.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "programs/syntax/ast.h"
#include "programs/syntax/reporter.h"
#include "programs/syntax/token.h"

namespace entail::ast {

/// Ends the reading of one statement, after its error has been reported.
struct SyntaxError {};

class Cursor {
public:
    Cursor(std::uint32_t source, std::string_view text, Reporter& reporter);

protected:
    ~Cursor() = default;

    const Token& token(std::size_t ahead = 0) const {
        return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
    }
    std::string_view text(const Token& t) const { return text_.substr(t.begin, t.end - t.begin); }
    std::string_view text(SourceSpan s) const { return text_.substr(s.begin, s.end - s.begin); }
    bool at(TokenKind kind) const { return token().kind == kind; }
    bool at_word(std::string_view word) const { return is_word(token(), word); }
    bool is_word(const Token& t, std::string_view word) const {
        return t.kind == TokenKind::name && text(t) == word;
    }
    /// An opening parenthesis that belongs to the name before it: `f(`, not `f (`.
    bool is_call(const Token& t) const {
        return t.kind == TokenKind::open_paren && !t.blank_before;
    }

    void advance() { ++position_; }
    bool accept(TokenKind kind);
    void expect(TokenKind kind, std::string_view expected);
    void expect_word(std::string_view word);

    /// Opens the bracket at the cursor; it is remembered until it is closed.
    void open_bracket();
    /// Closes the innermost bracket; `expected` names all that could stand here.
    void close_bracket(std::string_view expected);

    SourceSpan span(const Token& t) const { return {source_, t.begin, t.end}; }
    /// From the token with index `start` to the last one that was read.
    SourceSpan span_from(std::size_t start) const;

    /// Reports what stands at the cursor instead of `expected`, and ends the statement.
    [[noreturn]] void fail(std::string_view expected, std::string hint = {});
    /// Reports and ends the statement.
    template <typename... Args>
    [[noreturn]] void fail_at(SourceSpan where, std::string hint, DiagnosticCode code,
                              const Args&... args) {
        report(where, std::move(hint), code, args...);
        throw SyntaxError{};
    }
    /// Reports and goes on with the statement, which is then left out.
    template <typename... Args>
    Diagnostic& report(SourceSpan where, std::string hint, DiagnosticCode code,
                       const Args&... args) {
        failed_ = true;
        Diagnostic& diagnostic = reporter_.report(code, where.begin, where.end, args...);
        diagnostic.hint = std::move(hint);
        return diagnostic;
    }

    /// Reads the final dot; where it is missing but the next statement clearly begins, says so.
    void end_statement(std::string_view expected, std::string hint = {});
    /// Forgets what the last statement left behind.
    void begin_statement();
    /// After a failure: to where the next statement begins.
    void recover(std::size_t start);

    /// A token or a source text in quotes, cut when it is long.
    std::string describe(const Token& t) const;
    static std::string quote(std::string_view text);

    /// One level of nesting, for as long as it lives.
    class Nested {
    public:
        explicit Nested(Cursor& cursor) : cursor_(cursor) { cursor_.enter(); }
        ~Nested() { --cursor_.depth_; }
        Nested(const Nested&) = delete;
        Nested& operator=(const Nested&) = delete;

    private:
        Cursor& cursor_;
    };

    std::uint32_t source_;
    std::string_view text_;
    Reporter& reporter_;
    std::vector<Token> tokens_;
    std::size_t position_ = 0;
    bool failed_ = false;       ///< the statement being read has an error
    bool fragment_ = false;     ///< one atom or body is read, not a file
    bool in_sentence_ = false;  ///< of first-order logic: its operators are not foreign
    bool in_quotes_ = false;    ///< the tokens are those of one string

private:
    /// An error of the final dot alone: the statement itself is sound, and kept.
    template <typename... Args>
    void note_dot(SourceSpan where, DiagnosticCode code, const Args&... args) {
        reporter_.report(code, where.begin, where.end, args...);
    }
    void enter();
    [[noreturn]] void fail_in_bracket();
    void fail_foreign();
    bool closes_ahead() const;
    std::string hint_for_found(std::string_view expected) const;

    std::vector<std::uint32_t> open_;  ///< indices of opening brackets
    std::size_t depth_ = 0;
    std::size_t resume_ = 0;  ///< where the next statement was seen to begin, or 0
};

}  // namespace entail::ast
