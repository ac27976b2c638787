// Expressions over unknown numbers against ordinary arithmetic on every world's numbers.

#include <doctest/doctest.h>

#include "symbolic/ir/expressions.h"
#include "tests/support/seed.h"

using namespace entail;
using namespace entail::ir;

namespace {

class Arithmetic {
public:
    ValueStore values;

    Value unknown(std::string name, bool is_integer = true,
                  std::optional<std::int64_t> low = std::nullopt,
                  std::optional<std::int64_t> high = std::nullopt) {
        auto bound = [&](std::optional<std::int64_t> b) {
            return b ? std::optional(values.integer(*b)) : std::nullopt;
        };
        return values.unknown({std::move(name), is_integer, bound(low), bound(high)});
    }
    Value apply(const char* name, Value a, Value b) {
        error = ArithmeticError::none;
        Term term;
        term.kind = Term::Kind::compound;
        term.value = values.atom(name);
        term.args = {Term::make_constant(a), Term::make_constant(b)};
        return evaluate(term, {}, values, error);
    }
    Value apply(const char* name, Value a) {
        error = ArithmeticError::none;
        Term term;
        term.kind = Term::Kind::compound;
        term.value = values.atom(name);
        term.args = {Term::make_constant(a)};
        return evaluate(term, {}, values, error);
    }
    Value integer(std::int64_t n) { return values.integer(n); }
    std::string print(Value v) { return values.print(v); }
    ArithmeticError error = ArithmeticError::none;
};

}  // namespace

TEST_CASE("sums of unknown numbers have one form and print as people write them") {
    Arithmetic a;
    Value x = a.unknown("start(cut)"), y = a.unknown("y");
    Value sum = a.apply("+", a.apply("+", x, a.integer(1)), a.integer(2));
    CHECK(a.print(sum) == "start(cut)+3");
    CHECK(sum == a.apply("+", a.integer(3), x));
    CHECK(a.print(a.apply("-", a.apply("+", x, y), x)) == "y");
    CHECK(a.apply("-", x, x) == a.integer(0));
    CHECK(a.print(a.apply("-", a.integer(4), a.apply("*", y, a.integer(2)))) == "-2*y+4");
    CHECK(a.print(a.apply("-", x, y)) == "start(cut)-y");
    CHECK(a.print(a.apply("*", a.apply("+", y, a.integer(1)), x)) == "start(cut)*(y+1)");
    CHECK(a.print(a.apply("mod", a.apply("-", y), a.integer(3))) == "(-y) mod 3");
    CHECK(a.print(a.apply("max", x, a.integer(7))) == "max(7,start(cut))");
    CHECK(a.print(a.apply("abs", a.apply("-", x, y))) == "abs(start(cut)-y)");
    CHECK(a.print(a.apply("-", y, a.apply("//", x, a.integer(2)))) == "y-start(cut)//2");
    CHECK(a.print(a.apply("*", a.integer(2), a.apply("/", x, a.integer(3)))) ==
          "2.0*(start(cut)/3)");
    CHECK(a.print(a.apply("float", x)) == "1.0*start(cut)");
    CHECK(a.print(a.apply("**", x, a.integer(2))) == "start(cut)*start(cut)");
}

TEST_CASE("a term knows whether something in it is unknown") {
    Arithmetic a;
    Value x = a.unknown("x");
    Value inner[] = {a.integer(1), x}, outer[] = {a.values.compound(a.values.atom("f"), inner)};
    Value known[] = {a.integer(1)};
    CHECK(a.values.has_unknown(a.values.compound(a.values.atom("g"), outer)));
    CHECK_FALSE(a.values.has_unknown(a.values.compound(a.values.atom("g"), known)));
    CHECK_FALSE(a.values.is_number(x));
    CHECK(a.values.compare(x, a.integer(1000)) > 0);
    CHECK(a.values.compare(x, a.values.atom("a")) < 0);
}

TEST_CASE("what no expression says is an error with its reason") {
    Arithmetic a;
    Value x = a.unknown("x"), r = a.unknown("r", false), positive = a.unknown("p", true, 1);
    auto fails = [&](const char* name, Value left, Value right) {
        a.apply(name, left, right);
        return a.error;
    };
    CHECK(fails("**", a.integer(2), x) == ArithmeticError::not_followed);
    CHECK(fails("rem", x, a.integer(2)) == ArithmeticError::not_followed);
    CHECK(fails("//", a.integer(1), x) == ArithmeticError::may_be_zero);
    CHECK(fails("//", a.integer(1), positive) == ArithmeticError::none);
    CHECK(fails("/", x, a.integer(0)) == ArithmeticError::division_by_zero);
    CHECK(fails("mod", r, a.integer(2)) == ArithmeticError::needs_integers);
    CHECK(fails("min", x, r) == ArithmeticError::mixed_extremum);
    CHECK(fails("+", x, a.values.atom("a")) == ArithmeticError::not_a_number);
    CHECK(fails("*", a.apply("*", x, a.integer(INT64_MAX)), a.integer(2)) ==
          ArithmeticError::overflow);
    a.apply("sin", x);
    CHECK(a.error == ArithmeticError::not_followed);
}

TEST_CASE("opposite comparisons and those that say the same have one normal form") {
    Arithmetic a;
    Value x = a.unknown("x"), y = a.unknown("y");
    auto same = [&](NormalComparison p, NormalComparison q, bool opposite) {
        return p.op == q.op && p.left == q.left && p.right == q.right &&
               (p.negated != q.negated) == opposite;
    };
    auto of = [&](CompareOp op, Value l, Value r) { return normalise(op, l, r, a.values); };
    CHECK(same(of(CompareOp::less, x, y), of(CompareOp::greater, y, x), false));
    CHECK(same(of(CompareOp::less, x, y), of(CompareOp::greater_equal, x, y), true));
    CHECK(same(of(CompareOp::less_equal, x, a.integer(3)), of(CompareOp::less, x, a.integer(4)),
               false));
    CHECK(same(of(CompareOp::less, a.apply("*", a.integer(2), x), a.integer(7)),
               of(CompareOp::greater, x, a.values.real(3.5)), true));
    CHECK(same(of(CompareOp::equal, a.apply("-", x, y), a.integer(1)),
               of(CompareOp::not_equal, x, a.apply("+", y, a.integer(1))), true));
    CHECK(of(CompareOp::equal, a.apply("*", a.integer(2), x), a.integer(7)).decided == false);
    Value r = a.unknown("r", false), s = a.unknown("s", false);
    CHECK(same(of(CompareOp::less, r, s), of(CompareOp::greater_equal, r, s), true));
    CHECK(same(of(CompareOp::less_equal, r, s), of(CompareOp::greater, r, s), true));
    CHECK_FALSE(same(of(CompareOp::less, r, s), of(CompareOp::less_equal, r, s), false));
    Value few = a.unknown("few", true, 0, 5);
    CHECK(of(CompareOp::less, few, a.integer(6)).decided == true);
    CHECK(of(CompareOp::greater, a.apply("+", few, few), a.integer(10)).decided == false);
    CHECK_FALSE(of(CompareOp::greater, a.apply("+", few, few), a.integer(9)).decided);
}

TEST_CASE("an expression has in every world the value that arithmetic gives, within its bounds") {
    std::mt19937_64 random(tests::random_seed());
    auto roll = [&](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
    for (int round = 0; round < 400; ++round) {
        Arithmetic a;
        std::vector<Value> unknown, world;
        for (int i = 0; i < 3; ++i) {
            bool is_integer = roll(4) > 0, is_bounded = roll(2) == 0;
            std::int64_t low = roll(9) - 6;
            if (is_bounded) {
                unknown.push_back(a.unknown(std::string(1, "xyz"[i]), is_integer, low, low + 4));
            } else {
                unknown.push_back(a.unknown(std::string(1, "xyz"[i]), is_integer));
            }
            std::int64_t number = is_bounded ? low + roll(5) : roll(21) - 10;
            world.push_back(is_integer ? a.integer(number)
                                       : a.values.real(static_cast<double>(number)));
        }
        // Pairs of an expression and its value in the world.
        std::vector<std::pair<Value, Value>> pool;
        for (int i = 0; i < 3; ++i) pool.emplace_back(unknown[i], world[i]);
        for (std::int64_t n = -3; n <= 3; ++n) pool.emplace_back(a.integer(n), a.integer(n));
        pool.emplace_back(a.values.real(0.5), a.values.real(0.5));
        for (int step = 0; step < 12; ++step) {
            auto& [e, v] = pool[static_cast<std::size_t>(roll(pool.size()))];
            auto& [f, w] = pool[static_cast<std::size_t>(roll(pool.size()))];
            const char* binary[] = {"+", "-", "*", "//", "mod", "min", "max", "+", "-"};
            const char* unary[] = {"-", "abs", "float"};
            bool is_unary = roll(4) == 0;
            const char* name = is_unary ? unary[roll(3)] : binary[roll(9)];
            Value made = is_unary ? a.apply(name, e) : a.apply(name, e, f);
            if (a.error != ArithmeticError::none) continue;
            Value expected = is_unary ? a.apply(name, v) : a.apply(name, v, w);
            if (a.error != ArithmeticError::none) continue;
            INFO("x, y, z = " << a.print(world[0]) << ", " << a.print(world[1]) << ", "
                              << a.print(world[2]) << ": " << a.print(made));
            ArithmeticError error = ArithmeticError::none;
            Value found = substitute(made, world, a.values, error);
            REQUIRE(error == ArithmeticError::none);
            REQUIRE(a.print(found) == a.print(expected));
            Interval within = a.values.interval(made);
            REQUIRE(within.lower <= a.values.as_double(expected));
            REQUIRE(within.upper >= a.values.as_double(expected));
            if (a.values.interval(expected).upper < 1e12) pool.emplace_back(made, expected);
        }
        for (int step = 0; step < 12; ++step) {
            auto [e, v] = pool[static_cast<std::size_t>(roll(pool.size()))];
            auto [f, w] = pool[static_cast<std::size_t>(roll(pool.size()))];
            auto op = static_cast<CompareOp>(roll(6));
            ArithmeticError error = ArithmeticError::none;
            bool expected = compare(op, v, w, a.values, error);
            NormalComparison normal = normalise(op, e, f, a.values);
            INFO("x, y, z = " << a.print(world[0]) << ", " << a.print(world[1]) << ", "
                              << a.print(world[2]) << ": " << a.print(e) << " " << int(op) << " "
                              << a.print(f));
            if (normal.decided) {
                REQUIRE(*normal.decided == expected);
                continue;
            }
            Value left = substitute(normal.left, world, a.values, error);
            Value right = substitute(normal.right, world, a.values, error);
            if (error != ArithmeticError::none) continue;
            REQUIRE((compare(normal.op, left, right, a.values, error) != normal.negated) ==
                    expected);
        }
    }
}
