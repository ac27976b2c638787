// Statements that begin with a word: declarations, questions, properties.

#include "programs/syntax/decode.h"
#include "programs/syntax/statement_parser.h"
#include "symbolic/base/utf8.h"

namespace entail::ast {

// ('#minimize' | '#maximize') elements '.'
Objective StatementParser::parse_objective() {
    Objective objective;
    std::string_view word = text(token());
    if (word != "#minimize" && word != "#maximize") {
        fail_at(span(token()), "a statement may begin with '#minimize' or '#maximize'",
                DiagnosticCode::unknown_directive, shorten(word));
    }
    if (word == "#maximize") objective.direction = Direction::maximize;
    advance();
    objective.over = parse_elements();
    end_statement("'.'");
    return objective;
}

// 'type' name '=' domain '.'
TypeDeclaration StatementParser::parse_type() {
    advance();
    TypeDeclaration type;
    type.name = parse_name("the name of a type");
    expect(TokenKind::unify, "'='");
    type.domain = parse_domain();
    end_statement("'.'");
    return type;
}

// 'pred' name ('(' domain, ... ')')? '.'
Signature StatementParser::parse_signature() {
    advance();
    Signature signature;
    signature.name = parse_name("the name of a predicate");
    if (at(TokenKind::open_paren)) {
        open_bracket();
        do signature.types.push_back(parse_domain());
        while (accept(TokenKind::comma));
        close_bracket("',' or ')'");
        end_statement("'.'");
    } else {
        end_statement("'(' or '.'");
    }
    return signature;
}

// 'module' name ':' name '->' output '=' name ('(' expression, ... ')')? '.'
// output := domain | '{' name ':' domain, ... '}'
ModuleDeclaration StatementParser::parse_module() {
    advance();
    ModuleDeclaration module;
    module.name = parse_name("the name of a module");
    expect(TokenKind::colon, "':' and the type of the input");
    module.input = parse_name("the type of the input");
    expect(TokenKind::arrow, "'->' and the type of the output");
    bool named = token(1).kind == TokenKind::name || token(1).kind == TokenKind::quoted_name;
    if (at(TokenKind::open_brace) && named && token(2).kind == TokenKind::colon) {
        open_bracket();
        do {
            Concept part;
            part.name = parse_name("the name of a concept");
            expect(TokenKind::colon, "':' and the domain of the concept");
            part.domain = parse_domain();
            module.concepts.push_back(std::move(part));
        } while (accept(TokenKind::comma));
        close_bracket("',' or '}'");
    } else {
        module.output = parse_domain();
    }
    expect(TokenKind::unify, "'=' and the architecture");
    std::size_t start = position_;
    Architecture& architecture = module.architecture;
    architecture.name = parse_name("the name of an architecture");
    bool call = at(TokenKind::open_paren);
    if (call) {
        open_bracket();
        do architecture.args.push_back(parse_expression());
        while (accept(TokenKind::comma));
        close_bracket("',' or ')'");
    }
    architecture.span = span_from(start);
    end_statement(call ? "'.'" : "'(' or '.'");
    return module;
}

// 'input' expression ':' name '=' string '.'
Input StatementParser::parse_input() {
    advance();
    Input input;
    input.entity = parse_expression();
    bool constant = input.entity.kind != TermKind::variable &&
                    input.entity.kind != TermKind::anonymous && !is_operation(input.entity);
    if (!constant) {
        report(input.entity.span, {}, DiagnosticCode::input_not_constant, describe(input.entity));
    }
    expect(TokenKind::colon, "':' and the type of the input");
    input.type = parse_name("the type of the input");
    expect(TokenKind::unify, "'=' and the path of a file");
    input.path = parse_string("the path of a file, a string");
    end_statement("'.'");
    return input;
}

// 'facts' name '/' arity 'from' string '.'
FactsFile StatementParser::parse_facts() {
    advance();
    FactsFile facts;
    facts.name = parse_name("the name of a predicate");
    expect(TokenKind::slash, "'/' and the arity");
    facts.arity = parse_arity();
    expect_word("from");
    facts.path = parse_string("the path of a file, a string");
    end_statement("'.'");
    return facts;
}

/// `\+` or `not` before the one atom of a question.
bool StatementParser::parse_sign() {
    if (accept(TokenKind::negation)) return true;
    bool word = at_word("not") && (token(1).kind == TokenKind::name ||
                                   token(1).kind == TokenKind::quoted_name || is_call(token(1)));
    if (word) advance();
    return word;
}

// 'query' sign? atom '.'
Query StatementParser::parse_query() {
    advance();
    Query query;
    query.negated = parse_sign();
    query.atom = parse_atom_term();
    end_statement("'.'", "a query is one atom: give the rest a rule, and query its head");
    return query;
}

// 'evidence' sign? atom '.'
Evidence StatementParser::parse_evidence() {
    advance();
    Evidence evidence;
    evidence.negated = parse_sign();
    evidence.atom = parse_atom_term();
    end_statement("'.'", "evidence is one atom: write a statement for each");
    return evidence;
}

// 'never' choice '.'
Never StatementParser::parse_never() {
    advance();
    Never never{parse_choice()};
    end_statement("',', ';' or '.'");
    return never;
}

// 'always' conjunct (':-' choice)? '.'
Always StatementParser::parse_always() {
    advance();
    Always always;
    always.claim = parse_one_literal();
    always.body = parse_optional_body();
    end_statement(always.body.empty() ? "':-' or '.'" : "',', ';' or '.'",
                  always.body.empty() ? "write one property for each claim" : "");
    return always;
}

// 'invariant' atom 'under' name ('/' arity)? '.'
Invariant StatementParser::parse_invariant() {
    advance();
    Invariant invariant;
    invariant.atom = parse_atom_term();
    expect_word("under");
    invariant.predicate = parse_name("the name of a predicate");
    if (accept(TokenKind::slash)) invariant.arity = parse_arity();
    end_statement(invariant.arity ? "'.'" : "'/' or '.'");
    return invariant;
}

// 'fol' sentence '.'
Sentence StatementParser::parse_fol() {
    advance();
    Sentence sentence{parse_sentence()};
    end_statement("a connective or '.'");
    return sentence;
}

// 'claim' name ':' sentence '.'
Claim StatementParser::parse_claim() {
    advance();
    Claim claim;
    if (at(TokenKind::variable) || at(TokenKind::integer)) {
        claim.name = {std::string(text(token())), span(token())};
        advance();
    } else {
        claim.name = parse_name("the name of the claim");
    }
    expect(TokenKind::colon, "':' and the sentence");
    claim.formula = parse_sentence();
    end_statement("a connective or '.'");
    return claim;
}

// 'import' (name | string) '.'
Import StatementParser::parse_import() {
    advance();
    Import import;
    import.is_path = at(TokenKind::string);
    import.name = import.is_path ? parse_string({}) : parse_name("a name or a path in quotes");
    end_statement("'.'");
    return import;
}

}  // namespace entail::ast
