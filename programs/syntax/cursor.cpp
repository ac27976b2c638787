#include "programs/syntax/cursor.h"

#include <algorithm>

#include "programs/syntax/lexer.h"
#include "symbolic/base/utf8.h"

namespace entail::ast {
namespace {

/// A bracket is called unclosed when it is not closed within so many tokens.
constexpr std::size_t kLookahead = 1000;

bool opens(TokenKind kind) {
    return kind == TokenKind::open_paren || kind == TokenKind::open_bracket ||
           kind == TokenKind::open_brace;
}

bool closes(TokenKind kind) {
    return kind == TokenKind::close_paren || kind == TokenKind::close_bracket ||
           kind == TokenKind::close_brace;
}

TokenKind partner(TokenKind open) {
    switch (open) {
        case TokenKind::open_paren:
            return TokenKind::close_paren;
        case TokenKind::open_bracket:
            return TokenKind::close_bracket;
        default:
            return TokenKind::close_brace;
    }
}

std::string_view closing_text(TokenKind open) {
    switch (open) {
        case TokenKind::open_paren:
            return ")";
        case TokenKind::open_bracket:
            return "]";
        default:
            return "}";
    }
}

/// May the token begin a statement?
bool begins_statement(TokenKind kind) {
    switch (kind) {
        case TokenKind::name:
        case TokenKind::quoted_name:
        case TokenKind::variable:
        case TokenKind::integer:
        case TokenKind::real:
        case TokenKind::hash_word:
        case TokenKind::neck:
            return true;
        default:
            return false;
    }
}

struct Advice {
    std::string_view found;
    std::string_view hint;
};

constexpr Advice kOperatorAdvice[] = {
    {":=", "a value is computed by 'X is Expression' and compared by 'X = Term'"},
    {"=>", "'at least' is written '>='; a rule is written 'head :- body.'"},
    {"==>", "a rule is written 'head :- body.'"},
    {"<=>", "write one rule for each direction"},
    {"!=", "terms differ: 'X \\= Y'; numbers differ: 'X =\\= Y'"},
    {"<>", "terms differ: 'X \\= Y'; numbers differ: 'X =\\= Y'"},
    {"&&", "conjunction is written ','"},
    {"&", "conjunction is written ','"},
    {"||", "disjunction is written ';'"},
    {"<->", "write one rule for each direction"},
    {"\u2227", "conjunction is written ','"},
    {"\u2228", "disjunction is written ';'"},
    {"\u00AC", "negation is written '\\+'"},
    {"\u2192", "a rule is written 'head :- body.'"},
    {"\u21D2", "a rule is written 'head :- body.'"},
    {"\u2260", "terms differ: 'X \\= Y'; numbers differ: 'X =\\= Y'"},
};

/// Of the symbols of logic without a counterpart here.
constexpr std::string_view kLogicAdvice = "first-order sentences stand after 'fol' and in claims";

constexpr Advice kWordAdvice[] = {
    {"if", "a rule is written 'head :- body.'"},   {"when", "a rule is written 'head :- body.'"},
    {"and", "conjunction is written ','"},         {"or", "disjunction is written ';'"},
    {"then", "a rule is written 'head :- body.'"},
};

}  // namespace

Cursor::Cursor(std::uint32_t source, std::string_view text, Reporter& reporter)
    : source_(source), text_(text), reporter_(reporter), tokens_(tokenize(text, reporter)) {}

bool Cursor::accept(TokenKind kind) {
    if (!at(kind)) return false;
    advance();
    return true;
}

void Cursor::expect(TokenKind kind, std::string_view expected) {
    if (!accept(kind)) fail(expected);
}

void Cursor::expect_word(std::string_view word) {
    if (!at_word(word)) fail(quote(word));
    advance();
}

void Cursor::open_bracket() {
    open_.push_back(static_cast<std::uint32_t>(position_));
    advance();
}

void Cursor::close_bracket(std::string_view expected) {
    if (!at(partner(tokens_[open_.back()].kind))) fail(expected);
    open_.pop_back();
    advance();
}

SourceSpan Cursor::span_from(std::size_t start) const {
    std::uint32_t begin = tokens_[start].begin;
    std::uint32_t end = position_ > start ? tokens_[position_ - 1].end : tokens_[start].end;
    return {source_, begin, end};
}

void Cursor::begin_statement() {
    open_.clear();
    depth_ = 0;
    resume_ = 0;
    failed_ = false;
}

void Cursor::enter() {
    if (depth_ >= kMaxNesting) {
        fail_at(span(token()), "name a part of it by a rule of its own",
                DiagnosticCode::nested_too_deep, kMaxNesting);
    }
    ++depth_;
}

void Cursor::recover(std::size_t start) {
    if (resume_ > start) {
        position_ = resume_;
        return;
    }
    if (position_ > start && tokens_[position_ - 1].kind == TokenKind::final_dot) return;
    while (!at(TokenKind::end) && !at(TokenKind::final_dot)) advance();
    accept(TokenKind::final_dot);
}

std::string Cursor::quote(std::string_view text) {
    return fmt::format("'{}'", shorten(text));
}

std::string Cursor::describe(const Token& t) const {
    if (t.kind == TokenKind::end)
        return in_quotes_ ? "the end of the sentence" : "the end of the text";
    std::string_view shown = text(t);
    bool quoted = t.kind == TokenKind::quoted_name || t.kind == TokenKind::string;
    return quoted ? shorten(shown) : quote(shown);
}

std::string Cursor::hint_for_found(std::string_view expected) const {
    const Token& found = token();
    if (found.kind == TokenKind::name) {
        for (const Advice& advice : kWordAdvice) {
            if (text(found) == advice.found) return std::string(advice.hint);
        }
    }
    if (position_ == 0) return {};
    const Token& before = tokens_[position_ - 1];
    bool after_separator = before.kind == TokenKind::comma || before.kind == TokenKind::bar;
    if (after_separator && (closes(found.kind) || found.kind == TokenKind::final_dot)) {
        return fmt::format("remove the '{}' before it", text(before));
    }
    if (found.kind == TokenKind::dot) {
        if (token(1).kind == TokenKind::integer && !token(1).blank_before) {
            return fmt::format("a number begins with a digit: 0.{}", text(token(1)));
        }
    }
    if (found.kind == TokenKind::neck && expected.ends_with("'.'")) {
        return "the statement before may lack its final '.'";
    }
    if (found.kind == TokenKind::open_brace && expected == "a term") {
        return "sets stand after 'in', '=' of a type and '->' of a module only";
    }
    if (found.kind == TokenKind::hash_word) return "an aggregate stands beside a comparison only";
    return {};
}

/// Constructs of other languages, each with what to write instead.
void Cursor::fail_foreign() {
    const Token& found = token();
    std::string_view shown = text(found);
    if (found.kind == TokenKind::arrow) {
        fail_at(span(found), "it stands between two goals: '( test -> goal ; other )'",
                DiagnosticCode::foreign_construct, "'->' here");
    }
    if (found.kind != TokenKind::foreign && found.kind != TokenKind::logic) return;
    if (shown == "!") {
        fail_at(span(found), "the order of rules does not matter; say in each rule when it applies",
                DiagnosticCode::foreign_construct, "the cut '!'");
    }
    if (shown == "-->") {
        fail_at(span(found), "write a rule over lists: 's(In, Out) :- a(In, M), b(M, Out).'",
                DiagnosticCode::foreign_construct, "a grammar rule with '-->'");
    }
    if (shown == "?-") {
        fail_at(span(found), "write 'query goal.'", DiagnosticCode::foreign_construct, "'?-'");
    }
    std::string hint(found.kind == TokenKind::logic ? kLogicAdvice : "");
    for (const Advice& advice : kOperatorAdvice) {
        if (shown == advice.found) hint = advice.hint;
    }
    fail_at(span(found), hint, DiagnosticCode::foreign_operator, shown);
}

bool Cursor::closes_ahead() const {
    std::size_t depth = open_.size();
    std::size_t end = std::min(tokens_.size(), position_ + kLookahead);
    for (std::size_t i = position_; i < end; ++i) {
        TokenKind kind = tokens_[i].kind;
        if (kind == TokenKind::final_dot || kind == TokenKind::end) return false;
        if (opens(kind)) ++depth;
        if (closes(kind) && --depth < open_.size()) return true;
    }
    return false;
}

/// The innermost open bracket is closed by another one, or by nothing.
void Cursor::fail_in_bracket() {
    const Token& opener = tokens_[open_.back()];
    std::string_view wanted = closing_text(opener.kind);
    if (closes(token().kind)) {
        report(span(token()), {}, DiagnosticCode::mismatched_bracket, text(token()), wanted)
            .notes.push_back({span(opener), fmt::format("'{}' is open", text(opener))});
        throw SyntaxError{};
    }
    if (token().starts_line) resume_ = position_;
    fail_at(span(opener), fmt::format("'{}' is expected before {}", wanted, describe(token())),
            DiagnosticCode::unclosed_bracket, text(opener));
}

void Cursor::fail(std::string_view expected, std::string hint) {
    const Token& found = token();
    if (found.kind == TokenKind::error) {
        failed_ = true;
        throw SyntaxError{};
    }
    if (!open_.empty()) {
        bool after_separator = position_ > 0 && (tokens_[position_ - 1].kind == TokenKind::comma ||
                                                 tokens_[position_ - 1].kind == TokenKind::bar);
        bool wrong = closes(found.kind) && found.kind != partner(tokens_[open_.back()].kind);
        bool over = found.kind == TokenKind::final_dot || found.kind == TokenKind::end ||
                    found.kind == TokenKind::neck ||
                    (found.starts_line && begins_statement(found.kind));
        if (wrong ||
            (over && !closes_ahead() && !(after_separator && found.kind == TokenKind::neck)))
            fail_in_bracket();
    } else if (closes(found.kind)) {
        fail_at(span(found), {}, DiagnosticCode::unopened_bracket, text(found));
    }
    if (!in_sentence_) fail_foreign();
    if (hint.empty()) hint = hint_for_found(expected);
    fail_at(span(found), std::move(hint), DiagnosticCode::unexpected_token, describe(found),
            expected);
}

void Cursor::end_statement(std::string_view expected, std::string hint) {
    if (accept(TokenKind::final_dot)) return;
    if (fragment_) {
        if (!at(TokenKind::end)) fail(expected, std::move(hint));
        return;
    }
    const Token& found = token();
    const Token& last = tokens_[position_ - 1];
    SourceSpan after{source_, last.end - 1, last.end};
    if (found.kind == TokenKind::end || (found.starts_line && begins_statement(found.kind))) {
        note_dot(after, DiagnosticCode::missing_dot);
        return;
    }
    if (found.kind == TokenKind::dot) {
        bool comment = text_.substr(found.end).starts_with("/*");
        note_dot(span(found), DiagnosticCode::unspaced_dot,
                 comment ? "a comment" : describe(token(1)));
        advance();
        return;
    }
    fail(expected, std::move(hint));
}

}  // namespace entail::ast
