// Quantifiers against enumeration: a sentence over unary predicates, without equality, is true or
// false by which combinations of them occur, so the non-empty sets of combinations are all models.

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <functional>

#include "symbolic/smt/solver.h"
#include "tests/support/seed.h"

using namespace entail::tests;
using namespace entail::smt;

namespace {

constexpr unsigned kPredicates = 2;
constexpr unsigned kKinds = 1U << kPredicates;  // of individuals

/// A random formula, at once in Z3 and as a function of a model and the kinds of its variables.
class Formulas {
public:
    using Truth = std::function<bool(unsigned model, const std::vector<unsigned>& kinds)>;
    struct Both {
        Term term;
        Truth truth;
    };

    Formulas(std::mt19937_64& random, Context& context) : random_(random), context_(context) {
        for (unsigned p = 0; p < kPredicates; ++p)
            predicates_.push_back(context.function("p", 1, Sort::boolean));
    }

    Both make(unsigned depth) {
        if (depth == 0) return variables_.empty() ? quantified(1) : atom();
        const unsigned which = 1 + below(4);
        if (which >= 3) return quantified(depth);
        Both a = make(depth - 1);
        if (which == 1) {
            return {context_.negation(a.term),
                    [t = a.truth](unsigned m, const auto& k) { return !t(m, k); }};
        }
        Both b = make(depth - 1);
        const Term parts[] = {a.term, b.term};
        if (below(2) == 0) {
            return {context_.conjunction(parts),
                    [s = a.truth, t = b.truth](unsigned m, const auto& k) {
                        return s(m, k) && t(m, k);
                    }};
        }
        return {
            context_.equivalence(a.term, b.term),
            [s = a.truth, t = b.truth](unsigned m, const auto& k) { return s(m, k) == t(m, k); }};
    }

private:
    unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

    Both atom() {
        const unsigned p = below(kPredicates), v = below(static_cast<unsigned>(variables_.size()));
        return {context_.application(predicates_[p], std::array{variables_[v]}),
                [p, v](unsigned, const auto& kinds) { return (kinds[v] >> p & 1U) != 0; }};
    }

    Both quantified(unsigned depth) {
        const Term variable = context_.variable(Sort::individual, "x");
        variables_.push_back(variable);
        Both body = make(depth - 1);
        variables_.pop_back();
        const bool is_all = below(2) == 0;
        const Term bound[] = {variable};
        return {is_all ? context_.for_all(bound, body.term) : context_.exists(bound, body.term),
                [is_all, t = body.truth](unsigned model, const std::vector<unsigned>& kinds) {
                    for (unsigned kind = 0; kind < kKinds; ++kind) {
                        if ((model >> kind & 1U) == 0) continue;
                        std::vector<unsigned> more = kinds;
                        more.push_back(kind);
                        if (t(model, more) != is_all) return !is_all;
                    }
                    return is_all;
                }};
    }

    std::mt19937_64& random_;
    Context& context_;
    std::vector<Function> predicates_;
    std::vector<Term> variables_;
};

}  // namespace

TEST_CASE("sentences over unary predicates have a model exactly when enumeration finds one") {
    std::mt19937_64 random(random_seed());
    int satisfiable = 0;
    for (int round = 0; round < 300; ++round) {
        Context context;
        Formulas formulas(random, context);
        const Formulas::Both sentence = formulas.make(4), other = formulas.make(3);
        bool expected = false;
        for (unsigned model = 1; model < 1U << kKinds; ++model)
            expected = expected || (sentence.truth(model, {}) && other.truth(model, {}));
        Solver solver(context);
        const Term assumed = context.variable(Sort::boolean, "assumed");
        solver.add(context.implication(assumed, sentence.term));
        solver.add(other.term);
        // As many individuals as there are kinds are enough; without the bound the search for a
        // model may not end.
        const Term x = context.variable(Sort::individual, "x");
        std::vector<Term> ways;
        for (unsigned kind = 0; kind < kKinds; ++kind)
            ways.push_back(context.equal(x, context.variable(Sort::individual, "d")));
        solver.add(context.for_all(std::array{x}, context.disjunction(ways)));
        Limits limits;
        limits.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        const Check found = solver.check(std::array{assumed}, limits);
        CAPTURE(round);
        CAPTURE(context.print(sentence.term));
        CAPTURE(context.print(other.term));
        CAPTURE(solver.reason());
        CHECK(found == (expected ? Check::satisfiable : Check::unsatisfiable));
        satisfiable += expected ? 1 : 0;
    }
    CHECK(satisfiable > 50);
    CHECK(satisfiable < 290);
}

TEST_CASE("functions, equality and difference of individuals") {
    Context context;
    const Function f = context.function("f", 1, Sort::individual);
    const Term a = context.variable(Sort::individual, "a");
    const Term b = context.variable(Sort::individual, "b");
    const Term fa = context.application(f, std::array{a}),
               fb = context.application(f, std::array{b});
    Solver solver(context);
    const Term pair[] = {fa, fb};
    solver.add(context.distinct(pair));
    CHECK(solver.check() == Check::satisfiable);
    solver.add(context.equal(a, b));
    CHECK(solver.check() == Check::unsatisfiable);
    CHECK(context.sort(fa) == Sort::individual);
    CHECK_THROWS_AS(context.application(f, {}), std::invalid_argument);
    CHECK_THROWS_AS(context.equal(a, context.number(std::int64_t{1})), std::invalid_argument);
    CHECK_THROWS_AS(context.function("c", 0, Sort::boolean), std::invalid_argument);
}

TEST_CASE("a search for a model that is infinite ends at its limit, and says so") {
    Context context;
    const Function less = context.function("less", 2, Sort::boolean);
    const Function next = context.function("next", 1, Sort::individual);
    const Term x = context.variable(Sort::individual, "x");
    const Term y = context.variable(Sort::individual, "y");
    const Term z = context.variable(Sort::individual, "z");
    const auto below = [&](Term a, Term b) { return context.application(less, std::array{a, b}); };
    Solver solver(context);
    solver.add(context.for_all(std::array{x}, context.negation(below(x, x))));
    solver.add(context.for_all(std::array{x}, below(x, context.application(next, std::array{x}))));
    const Term both[] = {below(x, y), below(y, z)};
    solver.add(context.for_all(std::array{x, y, z},
                               context.implication(context.conjunction(both), below(x, z))));
    Limits limits;
    limits.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
    const Check found = solver.check(limits);
    CHECK(found != Check::unsatisfiable);
    if (found == Check::unknown) CHECK(!solver.reason().empty());
}
