#pragma once
// Bodies of rules: conjunctions of literals.
//
//   body      := conjunct (',' conjunct)*
//   choice    := body ('->' body)? (';' choice)?   in parentheses, or all of a rule's body
//   conjunct  := ('\+' | 'not') conjunct | '(' choice ')'
//              | 'forall' '(' conjunct ',' conjunct ')'
//              | 'findall' '(' expression ',' conjunct ',' expression ')'
//              | side comparison side | expression 'in' domain | atom
//   side      := expression | aggregate           at most one aggregate
//   aggregate := ('#sum' | '#count' | '#min' | '#max') elements
//   elements  := '{' expression, ... ':' choice '}'
//
// '(' may open a group of literals or an expression; what follows its first part decides, so
// nothing is read twice.

#include "programs/syntax/term_parser.h"

namespace entail::ast {

class BodyParser : public TermParser {
protected:
    using TermParser::TermParser;
    ~BodyParser() = default;

    /// A conjunction, or one disjunction.
    Body parse_choice();
    /// One literal; a group of several is an error.
    Literal parse_one_literal();
    Elements parse_elements();
    /// An atom, with what is written around it checked.
    Term parse_atom_term();
    void check_atom(const Term& term, DiagnosticCode code);

private:
    struct Conjunct;
    Conjunct parse_conjunct();
    Conjunct parse_negation();
    Conjunct parse_group();
    Conjunct parse_forall();
    Conjunct parse_findall();
    Body parse_goal_argument();
    Conjunct parse_comparison(std::size_t start, Term left);
    Literal parse_aggregate_first();
    Aggregate parse_aggregate();
    void parse_body(Body& body);
    Body finish_choice(std::size_t start, Body first);
    void parse_alternative(Body first, std::vector<Body>& alternatives);
    bool ends_literal() const;
    void append(Body& body, Conjunct conjunct);
};

}  // namespace entail::ast
