#pragma once
// Random syntax trees within the invariants of ast.h, biased towards what is awkward to print:
// operators in each other, odd names, words of the language as names, extreme numbers.

#include <random>
#include <string>
#include <vector>

#include "programs/syntax/ast.h"

namespace entail::tests {

class RandomSyntax {
public:
    explicit RandomSyntax(std::uint64_t seed) : random_(seed) {}

    ast::Statement statement();

private:
    std::size_t below(std::size_t n) { return random_() % n; }
    bool chance(unsigned percent) { return below(100) < percent; }
    template <typename T, std::size_t N>
    const T& pick(const T (&from)[N]) {
        return from[below(N)];
    }

    std::string text();
    ast::Name name();
    ast::Term variable();
    ast::Term number();
    ast::Term atom_name();
    ast::Term string(std::string content);
    ast::Term term(int depth);
    ast::Term operation(int depth);
    ast::Term compound(int depth, std::string functor, std::size_t arity);
    /// A term that may be a goal or a head.
    ast::Term atom(int depth);
    ast::Term head_with_value();
    ast::Term domain(int depth);
    std::vector<ast::Term> terms(std::size_t least, std::size_t most, int depth);
    ast::Weight number_weight();
    ast::Weight weight();
    ast::Distribution distribution();
    ast::Literal literal(int depth);
    ast::Body body(std::size_t least, std::size_t most, int depth);
    ast::Elements elements(int depth);
    ast::Pipeline pipeline(int depth);
    ast::Pipeline argument(int depth);
    ast::Term formula_term(const std::vector<std::string>& bound, int depth);
    ast::Formula formula(std::vector<std::string> bound, int depth);
    ast::ModuleDeclaration module();
    ast::Clause clause();
    decltype(ast::Statement::form) form();

    std::mt19937_64 random_;
};

}  // namespace entail::tests
