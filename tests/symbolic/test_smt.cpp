// The harness of Z3 against enumeration: of assignments, of subsets of assumptions, of small boxes.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <thread>

#include "symbolic/smt/solver.h"
#include "tests/support/seed.h"

using namespace entail;
using namespace entail::tests;
using namespace entail::smt;
using Clock = std::chrono::steady_clock;

namespace {

int below(std::mt19937_64& random, int n) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(n));
}

/// A literal is a variable's number + 1, negative when negated.
using Clause = std::vector<int>;

std::vector<Clause> random_clauses(std::mt19937_64& random, int variables, int count) {
    std::vector<Clause> clauses(static_cast<std::size_t>(count));
    for (Clause& clause : clauses) {
        for (int k = 0; k < 3; ++k) {
            int variable = 1 + below(random, variables);
            clause.push_back(below(random, 2) == 0 ? variable : -variable);
        }
    }
    return clauses;
}

bool holds(const Clause& clause, unsigned world) {
    for (int literal : clause) {
        bool value = (world >> static_cast<unsigned>(std::abs(literal) - 1) & 1U) != 0;
        if (value == (literal > 0)) return true;
    }
    return false;
}

template <typename Range>
bool satisfiable(const Range& clauses, int variables) {
    for (unsigned world = 0; world < 1U << static_cast<unsigned>(variables); ++world) {
        bool all = true;
        for (const Clause& clause : clauses) all = all && holds(clause, world);
        if (all) return true;
    }
    return false;
}

Term build(Context& context, std::span<const Term> variables, const Clause& clause) {
    std::vector<Term> parts;
    for (int literal : clause) {
        Term term = variables[static_cast<std::size_t>(std::abs(literal) - 1)];
        parts.push_back(literal > 0 ? term : context.negation(term));
    }
    return context.disjunction(parts);
}

/// n pigeons in n - 1 holes: short to say, long to refute.
void add_pigeons(Context& context, Solver& solver, int n) {
    std::vector<std::vector<Term>> in(static_cast<std::size_t>(n));
    for (auto& pigeon : in) {
        for (int hole = 0; hole + 1 < n; ++hole)
            pigeon.push_back(context.variable(Sort::boolean, "in"));
        solver.add(context.disjunction(pigeon));
    }
    for (std::size_t hole = 0; hole + 1 < in.size(); ++hole) {
        for (std::size_t a = 0; a < in.size(); ++a) {
            for (std::size_t b = a + 1; b < in.size(); ++b) {
                const Term both[] = {context.negation(in[a][hole]), context.negation(in[b][hole])};
                solver.add(context.disjunction(both));
            }
        }
    }
}

}  // namespace

TEST_CASE("models satisfy, cores contradict, and minimal cores have no member too many") {
    std::mt19937_64 random(random_seed());
    int refuted = 0;
    for (int round = 0; round < 300; ++round) {
        CAPTURE(round);
        const int variables = 3 + below(random, 6);
        const auto clauses = random_clauses(random, variables, 4 * variables + below(random, 20));
        Context context;
        std::vector<Term> terms, labels;
        for (int v = 0; v < variables; ++v) terms.push_back(context.variable(Sort::boolean, "v"));
        // In every other round numbers make it another solver inside.
        if (round % 2 == 1) context.variable(Sort::integer, "unused");
        Solver solver(context);
        for (const Clause& clause : clauses) {
            labels.push_back(context.variable(Sort::boolean, "label"));
            solver.add(context.implication(labels.back(), build(context, terms, clause)));
        }
        const Check found = solver.check(labels);
        REQUIRE(found != Check::unknown);
        REQUIRE((found == Check::satisfiable) == satisfiable(clauses, variables));
        if (found == Check::satisfiable) {
            unsigned world = 0;
            for (std::size_t v = 0; v < terms.size(); ++v)
                world |= static_cast<unsigned>(solver.model().truth(terms[v])) << v;
            for (const Clause& clause : clauses) CHECK(holds(clause, world));
            continue;
        }
        ++refuted;
        const auto minimal = solver.minimal_core(solver.core());
        CHECK(minimal.complete);
        std::vector<Clause> core;
        for (Term label : minimal.terms)
            core.push_back(clauses[static_cast<std::size_t>(std::ranges::find(labels, label) -
                                                            labels.begin())]);
        CHECK_FALSE(satisfiable(core, variables));
        for (std::size_t drop = 0; drop < core.size(); ++drop) {
            std::vector<Clause> rest = core;
            rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(drop));
            CHECK(satisfiable(rest, variables));
        }
    }
    CHECK(refuted > 20);
}

TEST_CASE("clauses may be added between checks, and numbers after the first") {
    Context context;
    Solver solver(context);
    const Term a = context.variable(Sort::boolean, "a"), b = context.variable(Sort::boolean, "b");
    const Term either[] = {a, b};
    solver.add(context.exactly_one(either));
    REQUIRE(solver.check() == Check::satisfiable);
    const Term x = context.variable(Sort::integer, "x");
    solver.add(context.implication(a, context.less(x, context.number(std::int64_t{0}))));
    solver.add(context.less_equal(context.number(std::int64_t{0}), x));
    REQUIRE(solver.check() == Check::satisfiable);
    CHECK_FALSE(solver.model().truth(a));
    CHECK(solver.model().truth(b));
    const Term assumed[] = {a};
    REQUIRE(solver.check(assumed) == Check::unsatisfiable);
    CHECK(solver.core() == std::vector{a});
}

TEST_CASE("division and remainder of integers round down, as in programs") {
    for (std::int64_t x = -7; x <= 7; ++x) {
        for (std::int64_t y = -3; y <= 3; ++y) {
            if (y == 0) continue;
            CAPTURE(x);
            CAPTURE(y);
            Context context;
            Solver solver(context);
            const Term a = context.variable(Sort::integer, "a");
            const Term b = context.variable(Sort::integer, "b");
            solver.add(context.equal(a, context.number(x)));
            solver.add(context.equal(b, context.number(y)));
            const Term q = context.floor_quotient(a, b), r = context.remainder(a, b);
            REQUIRE(solver.check() == Check::satisfiable);
            const auto floor = static_cast<std::int64_t>(
                std::floor(static_cast<double>(x) / static_cast<double>(y)));
            CHECK(solver.model().number(q).text == std::to_string(floor));
            CHECK(solver.model().number(r).text == std::to_string(x - y * floor));
        }
    }
}

TEST_CASE("numbers are exact: decimals as written, quotients as fractions, roots said to be cut") {
    Context context;
    Solver solver(context);
    const Term x = context.variable(Sort::real, "x"), y = context.variable(Sort::real, "y");
    const Term z = context.variable(Sort::real, "z");
    solver.add(context.equal(x, context.quotient(context.number(0.1), context.number(0.3))));
    solver.add(context.equal(y, context.number(-2.5e-30)));
    solver.add(context.equal(context.product(z, z), context.number(std::int64_t{2})));
    solver.add(context.less(context.number(0.0), z));
    REQUIRE(solver.check() == Check::satisfiable);
    CHECK(solver.model().number(x).text == "1/3");
    CHECK(solver.model().number(x).nearest == doctest::Approx(1.0 / 3));
    CHECK(solver.model().number(y).text == "-1/400000000000000000000000000000");
    CHECK(solver.model().number(y).is_exact);
    CHECK_FALSE(solver.model().number(z).is_exact);
    CHECK(solver.model().number(z).nearest == doctest::Approx(std::sqrt(2)));
}

TEST_CASE("objectives in order, and soft clauses, find what enumeration finds") {
    std::mt19937_64 random(random_seed());
    int optimal = 0;
    for (int round = 0; round < 100; ++round) {
        CAPTURE(round);
        Context context;
        Optimiser optimiser(context);
        const std::int64_t size = 5;
        std::vector<Term> x;
        for (int k = 0; k < 3; ++k) {
            x.push_back(context.variable(Sort::integer, "x"));
            optimiser.add(context.less_equal(context.number(std::int64_t{0}), x.back()));
            optimiser.add(context.less(x.back(), context.number(size)));
        }
        struct Linear {
            std::array<std::int64_t, 3> factor;
            std::int64_t constant;
        };
        auto linear = [&] {
            Linear result{};
            for (auto& factor : result.factor) factor = below(random, 7) - 3;
            result.constant = below(random, 9) - 4;
            return result;
        };
        auto term = [&](const Linear& form) {
            std::vector<Term> parts{context.number(form.constant)};
            for (std::size_t k = 0; k < 3; ++k)
                parts.push_back(context.product(context.number(form.factor[k]), x[k]));
            return context.sum(parts);
        };
        auto value = [](const Linear& form, const std::array<std::int64_t, 3>& at) {
            std::int64_t result = form.constant;
            for (std::size_t k = 0; k < 3; ++k) result += form.factor[k] * at[k];
            return result;
        };
        std::vector<Linear> rules{linear(), linear()}, goals{linear(), linear()}, wishes;
        for (const Linear& rule : rules)
            optimiser.add(context.less_equal(term(rule), context.number(std::int64_t{0})));
        optimiser.minimise(term(goals[0]));
        optimiser.maximise(term(goals[1]));
        std::vector<Optimiser::Soft> soft;
        for (int k = 0; k < 3; ++k) {
            wishes.push_back(linear());
            soft.push_back({context.less(term(wishes.back()), context.number(std::int64_t{0})),
                            1 + below(random, 5)});
        }
        optimiser.satisfy_most(soft);
        using Score = std::array<std::int64_t, 3>;
        auto score = [&](const std::array<std::int64_t, 3>& at) {
            Score result{value(goals[0], at), -value(goals[1], at), 0};
            for (std::size_t k = 0; k < 3; ++k)
                if (value(wishes[k], at) >= 0) result[2] += soft[k].weight;
            return result;
        };
        std::optional<Score> best;
        for (std::int64_t a = 0; a < size; ++a)
            for (std::int64_t b = 0; b < size; ++b)
                for (std::int64_t c = 0; c < size; ++c) {
                    const std::array<std::int64_t, 3> at{a, b, c};
                    if (value(rules[0], at) > 0 || value(rules[1], at) > 0) continue;
                    best = best ? std::min(*best, score(at)) : score(at);
                }
        const Check found = optimiser.check();
        REQUIRE((found == Check::satisfiable) == best.has_value());
        if (!best) continue;
        ++optimal;
        std::array<std::int64_t, 3> at{};
        for (std::size_t k = 0; k < 3; ++k)
            at[k] = std::stoll(optimiser.model()->number(x[k]).text);
        CHECK(score(at) == *best);
        CHECK(optimiser.attained() == std::vector{true, true, true});
    }
    CHECK(optimal > 20);
}

TEST_CASE("an objective that goes on for ever, or is never reached, is said to be so") {
    Context context;
    const Term x = context.variable(Sort::real, "x"), y = context.variable(Sort::real, "y");
    const Term z = context.variable(Sort::real, "z");
    Optimiser optimiser(context);
    optimiser.add(context.less(context.number(std::int64_t{1}), x));
    optimiser.add(context.less_equal(context.number(std::int64_t{1}), z));
    optimiser.minimise(z);
    optimiser.minimise(x);
    optimiser.maximise(y);
    REQUIRE(optimiser.check() == Check::satisfiable);
    CHECK(optimiser.attained() == std::vector{true, false, false});
    CHECK(optimiser.model()->number(z).text == "1");
}

TEST_CASE("limits hold: time, interruption and memory end a check, and say which it was") {
    Context context;
    Solver solver(context);
    add_pigeons(context, solver, 13);
    SUBCASE("time") {
        const auto start = Clock::now();
        CHECK(solver.check({start + std::chrono::milliseconds(200), 0, nullptr}) == Check::unknown);
        CHECK(solver.reason() == "time");
        CHECK(Clock::now() - start < std::chrono::seconds(2));
        // It can be asked again.
        CHECK(solver.check({Clock::now() + std::chrono::milliseconds(50), 0, nullptr}) ==
              Check::unknown);
    }
    SUBCASE("a deadline that has passed") {
        CHECK(solver.check({Clock::now() - std::chrono::seconds(1), 0, nullptr}) == Check::unknown);
        CHECK(solver.reason() == "time");
    }
    SUBCASE("interruption") {
        std::atomic<bool> stop = false;
        std::thread other([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            stop = true;
        });
        CHECK(solver.check({std::nullopt, 0, &stop}) == Check::unknown);
        other.join();
        CHECK(solver.reason() == "interrupted");
    }
    SUBCASE("memory") {
        CHECK(solver.check({std::nullopt, 1, nullptr}) == Check::unknown);
        CHECK(solver.reason() == "memory");
    }
}

TEST_CASE("misuse names the function") {
    Context context;
    CHECK_THROWS_WITH_AS(context.sum({}), "smt::Context::sum: of nothing", std::invalid_argument);
    CHECK_THROWS_AS(context.less(Term(), Term()), std::invalid_argument);
    CHECK_THROWS_AS(context.number(std::numeric_limits<double>::infinity()), std::invalid_argument);
}
