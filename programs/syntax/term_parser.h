#pragma once
// Terms, expressions and domains.
//
//   expression := product (sum operator, product)*          operators.h has the operators
//   product    := unary (product operator, unary)*
//   unary      := '-' unary | primary (('**' | '^') unary)?
//   primary    := variable | '-'? number | string | name ('(' expression, ... ')')?
//               | '[' (expression, ... ('|' expression)?)? ']' | '(' expression ')'
//   domain     := '{' expression, ... '}' | expression '..' expression | name

#include "programs/syntax/cursor.h"
#include "programs/syntax/operators.h"

namespace entail::ast {

class TermParser : public Cursor {
protected:
    using Cursor::Cursor;
    ~TermParser() = default;

    Term parse_expression();
    /// The rest of an expression whose first primary, from token `start`, is read already.
    Term finish_expression(std::size_t start, Term first);
    Term parse_domain();
    /// The cursor is at the digits, the sign before it.
    Term parse_number(bool negative);

    Name parse_name(std::string_view expected);
    Name parse_string(std::string_view expected);
    /// An integer of at most 255, for arities.
    std::uint32_t parse_arity();

    /// "variable 'X'", "number '3'", "expression 'X + 1'".
    std::string describe(const Term& term) const;
    using Cursor::describe;

private:
    Term parse_unary();
    Term parse_primary();
    Term parse_list();
    Term finish_power(std::size_t start, Term base);
    Term finish_sum(std::size_t start, Term first);
    Term finish_product(std::size_t start, Term first);
    void parse_sequence(Term& into);
    std::string_view infix_at(Level level) const;
    Term binary(std::size_t start, std::string_view functor, Term left, std::size_t left_height,
                Term right);

    std::size_t height_ = 0;  ///< of the term that was read last
};

/// Whether the term was, or might as well have been, written with an arithmetic operator.
bool is_operation(const Term& term);

}  // namespace entail::ast
