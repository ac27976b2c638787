#pragma once
// The part of printing that knows terms and weights: operators, quotes, numbers.

#include <string>
#include <string_view>
#include <utility>

#include "programs/syntax/ast.h"
#include "programs/syntax/operators.h"

namespace entail::ast {

/// `red`, and nothing that would need quotes.
bool is_plain_name(std::string_view name);

class TermPrinter {
public:
    std::string take() { return std::move(out_); }

    void name(std::string_view text);
    void term(const Term& t, Level least = kSum);
    void weight(const Weight& w);

protected:
    ~TermPrinter() = default;

    /// Separated by commas.
    template <typename Terms>
    void sequence(const Terms& terms) {
        bool first = true;
        for (const Term& t : terms) {
            if (!first) out_ += ", ";
            first = false;
            term(t);
        }
    }
    /// An atom, its name written as given.
    void call(const Term& t, std::string_view functor);

    std::string out_;

private:
    void expression_weight(const Term& t);
    void compound(const Term& t);
    void infix(const Term& t, Level left, Level right);
    void negative(const Term& operand);
};

}  // namespace entail::ast
