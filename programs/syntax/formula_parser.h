#pragma once
// Sentences of first-order logic, bare or in double quotes, in symbols or in ASCII.
//
//   sentence    := formula | '"' formula '.'? '"'
//   formula     := implied (('↔' | '<->' | 'iff') implied)*
//   implied     := either (('→' | '->' | 'implies') implied)?
//   either      := both (('∨' | '|' | 'or') both)* | both (('⊕' | '^' | 'xor') both)*
//   both        := unary (('∧' | '&' | 'and') unary)*
//   unary       := ('¬' | '~' | '-' | 'not') unary | quantified | '(' formula ')' | primary
//   quantified  := ('∀' | 'forall' | 'all' | '∃' | 'exists' | 'some') name (','? name)*
//                  ( unary | ('.' | ':') formula )
//   primary     := 'true' | 'false' | term (('=' | '≠' | '!=') term)?
//   term        := name ('(' term, ... ')')? | '-'? number | string
//
// Names begin with a letter of any case, or are quoted. One that a quantifier binds is a variable;
// any other is a constant, a function or a predicate, unless it looks like a variable: one letter,
// a capital one or u to z, and digits.

#include <string>
#include <unordered_map>
#include <vector>

#include "programs/syntax/body_parser.h"

namespace entail::ast {

class FormulaParser : public BodyParser {
protected:
    using BodyParser::BodyParser;
    ~FormulaParser() = default;

    Formula parse_sentence();

private:
    enum class Connective : std::uint8_t {
        none,
        negation,
        for_all,
        exists,
        conjunction,
        disjunction,
        exclusive,
        implication,
        equivalence,
        equal,
        unequal,
    };
    /// What the token at the cursor connects; `none` for anything else.
    Connective connective() const;

    Formula parse_quoted();
    Formula parse_formula();
    Formula parse_implied();
    Formula parse_either();
    Formula parse_both();
    Formula parse_unary_formula();
    Formula parse_quantified(FormulaKind kind);
    Formula parse_primary_formula();
    Term parse_formula_term();
    std::string parse_any_name(std::string_view expected);
    bool is_name(const Token& t) const;
    bool continues_variables() const;
    void resolve_name(Term& term, bool is_argument);
    void check_unbound();

    /// By name, how many quantifiers around the cursor bind it; of names that one has bound.
    std::unordered_map<std::string, std::size_t> bound_;
    std::vector<Name> constants_;  ///< names that nothing bound, where they stand
};

}  // namespace entail::ast
