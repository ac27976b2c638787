#include "programs/syntax/statement_parser.h"

#include "programs/syntax/words.h"

namespace entail::ast {

File StatementParser::parse_file() {
    File file;
    while (!at(TokenKind::end) && !reporter_.exhausted()) {
        std::size_t start = position_;
        begin_statement();
        try {
            Form form = parse_statement();
            if (!failed_) {
                Statement& statement = file.statements.emplace_back();
                statement.span = span_from(start);
                statement.form = std::move(form);
            }
        } catch (const SyntaxError&) {
            recover(start);
        }
    }
    return file;
}

bool StatementParser::begins_word_statement() const {
    if (!at(TokenKind::name) || !is_statement_word(text(token()))) return false;
    const Token& next = token(1);
    const bool opens_sentence = next.kind == TokenKind::logic || next.kind == TokenKind::tilde ||
                                next.kind == TokenKind::foreign;
    if (text(token()) == "fol" && opens_sentence) return true;
    switch (next.kind) {
        case TokenKind::name:
        case TokenKind::quoted_name:
        case TokenKind::variable:
        case TokenKind::integer:
        case TokenKind::real:
        case TokenKind::string:
        case TokenKind::minus:
        case TokenKind::negation:
        case TokenKind::hash_word:
        case TokenKind::open_bracket:
            return true;
        case TokenKind::open_paren:
            return next.blank_before;
        default:
            return false;
    }
}

StatementParser::Form StatementParser::parse_statement() {
    if (at(TokenKind::neck)) return parse_constraint();
    if (at(TokenKind::hash_word)) return parse_objective();
    if (begins_word_statement()) {
        std::string_view word = text(token());
        if (word == "choose") return parse_choose();
        if (word == "type") return parse_type();
        if (word == "pred") return parse_signature();
        if (word == "module") return parse_module();
        if (word == "input") return parse_input();
        if (word == "facts") return parse_facts();
        if (word == "fun") return parse_function();
        if (word == "query") return parse_query();
        if (word == "evidence") return parse_evidence();
        if (word == "never") return parse_never();
        if (word == "always") return parse_always();
        if (word == "invariant") return parse_invariant();
        if (word == "fol") return parse_fol();
        if (word == "claim") return parse_claim();
        return parse_import();
    }
    bool request = at_word("query") || at_word("evidence");
    if (request && is_call(token(1)) && token(2).kind == TokenKind::negation) {
        return parse_negated_request();
    }
    return parse_clause();
}

Setting StatementParser::read_setting() {
    Setting setting;
    setting.atom = parse_atom_term();
    if (!accept(TokenKind::unify)) return setting;
    if (!at_word("true") && !at_word("false")) fail("'true' or 'false'");
    setting.value = at_word("true");
    advance();
    return setting;
}

namespace {

template <typename Result>
std::optional<Result> fragment(Result (StatementParser::*read)(), std::uint32_t source,
                               const SourceSet& sources, Diagnostics& diagnostics) {
    Reporter reporter(source, diagnostics);
    std::string_view text = sources[source].text();
    auto result = StatementParser(source, text, reporter).parse_fragment(read);
    reporter.finish(static_cast<std::uint32_t>(text.size()));
    return result;
}

}  // namespace

File parse(std::uint32_t source, const SourceSet& sources, Diagnostics& diagnostics) {
    Reporter reporter(source, diagnostics);
    std::string_view text = sources[source].text();
    File file;
    StatementParser parser(source, text, reporter);
    if (!reporter.exhausted()) file = parser.parse_file();
    reporter.finish(static_cast<std::uint32_t>(text.size()));
    return file;
}

std::optional<Term> parse_atom(std::uint32_t source, const SourceSet& sources,
                               Diagnostics& diagnostics) {
    return fragment(&StatementParser::read_atom, source, sources, diagnostics);
}

std::optional<Term> parse_term(std::uint32_t source, const SourceSet& sources,
                               Diagnostics& diagnostics) {
    return fragment(&StatementParser::read_term, source, sources, diagnostics);
}

std::optional<Literal> parse_literal(std::uint32_t source, const SourceSet& sources,
                                     Diagnostics& diagnostics) {
    return fragment(&StatementParser::read_literal, source, sources, diagnostics);
}

std::optional<Body> parse_conjunction(std::uint32_t source, const SourceSet& sources,
                                      Diagnostics& diagnostics) {
    return fragment(&StatementParser::read_conjunction, source, sources, diagnostics);
}

std::optional<Setting> parse_setting(std::uint32_t source, const SourceSet& sources,
                                     Diagnostics& diagnostics) {
    return fragment(&StatementParser::read_setting, source, sources, diagnostics);
}

}  // namespace entail::ast
