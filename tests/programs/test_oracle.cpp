// The oracle against numbers worked out by hand, and against the acceptance programs it can count.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "tests/programs/oracle/generator.h"
#include "tests/programs/oracle/oracle.h"
#include "tests/support/golden.h"
#include "tests/support/shared.h"

namespace entail::tests {

namespace {

constexpr std::size_t kMany = 20000;

/// As `entail run` prints it.
std::string oracle_text(const std::string& program) {
    OracleResult result = ask_oracle(program, kMany);
    if (result.inconsistent) return "inconsistent";
    const auto number = [](double value) { return fmt::format("{:.9g}", value); };
    std::string text;
    for (OracleQuery& query : result.queries) {
        std::stable_sort(query.answers.begin(), query.answers.end(),
                         [&](const OracleAnswer& a, const OracleAnswer& b) {
                             return std::stod(number(a.upper)) > std::stod(number(b.upper));
                         });
        for (const OracleAnswer& answer : query.answers) {
            const std::string low = number(answer.lower), high = number(answer.upper);
            text +=
                answer.atom + ": " + (low == high ? high : "[" + low + ", " + high + "]") + "\n";
        }
    }
    return text;
}

}  // namespace

TEST_CASE("the oracle counts coins, noisy-or and annotated disjunctions") {
    CHECK(oracle_text("0.3::a. 0.4::a. query a.") == "a: 0.58\n");
    CHECK(oracle_text("0.2::a ; 0.3::b. n :- \\+ a, \\+ b. query n. query a.") ==
          "n: 0.5\na: 0.2\n");
    CHECK(oracle_text("1/3::h(X) :- d(X). d(1). d(2). b :- h(1), h(2). query b.") ==
          "b: 0.111111111\n");
    CHECK(oracle_text("e(1,2). e(1,3). 0.5::h :- e(_,_). query h.") == "h: 0.75\n");
    CHECK(oracle_text("a. b. 0.5::h :- ( a ; b ). query h.") == "h: 0.5\n");
}

TEST_CASE("the oracle conditions on evidence and constraints") {
    // 0.5 * 0.5 of 0.75
    CHECK(oracle_text("0.5::a. 0.5::b. c :- a. c :- b. evidence c. query a.") ==
          "a: 0.666666667\n");
    CHECK(oracle_text("0.5::a. 0.5::b. :- a, b. query a.") == "a: 0.333333333\n");
    CHECK(oracle_text("0.5::a. evidence a. evidence(a, false). query a.") == "inconsistent");
}

TEST_CASE("the oracle's ways fix free choices before the weighted choices are drawn") {
    // A way that could look at the coin would reach 1.
    CHECK(oracle_text("0.5::w. choose c(V) in 1..2. h :- w, c(1). h :- \\+ w, c(2). query h.") ==
          "h: 0.5\n");
    // Each way is conditioned within itself: 0.1 / 0.2 and 0.1 / 0.6.
    CHECK(oracle_text("choose s(V) in {x, y}. 0.2::a :- s(x). 0.6::a :- s(y). 0.1::b. :- \\+ a. "
                      "query s(x). query b.") == "s(x): [0, 1]\nb: 0.1\n");
    CHECK(oracle_text("0.5::d. choose c(V) in 1..2 :- d. query c(1).") == "c(1): [0, 0.5]\n");
    CHECK(oracle_text("choose c(V) in 1..3. 0.2::a :- c(1). 0.3::a :- c(2). :- c(3). query a.") ==
          "a: [0.2, 0.3]\n");
}

TEST_CASE("the oracle follows recursion through cycles and aggregates over uncertain facts") {
    CHECK(oracle_text("0.5::e(a,b). 0.5::e(b,a). 0.5::e(b,c). 0.5::e(a,c). p(X,Y) :- e(X,Y). "
                      "p(X,Z) :- e(X,Y), p(Y,Z). query p(a,c).") == "p(a,c): 0.625\n");
    CHECK(oracle_text("0.5::v(1). 0.5::v(2). s(S) :- S = #sum{ V : v(V) }. query s(3).") ==
          "s(3): 0.25\n");
    CHECK(oracle_text("0.5::v(1). s(S) :- S = #max{ V : v(V) }. query s(S).") == "s(1): 0.5\n");
}

TEST_CASE("the oracle refuses cycles through negation") {
    CHECK_THROWS_AS(ask_oracle("p :- \\+ q. q :- \\+ p. query p."), OracleProgramError);
    CHECK_THROWS_AS(ask_oracle("p :- 0 = #count{ 1 : q }. q :- p. query p."), OracleProgramError);
}

TEST_CASE("the oracle prints what the acceptance programs expect") {
    const auto shared = shared_dir();
    if (!shared) {
        MESSAGE("skipped: no shared directory");
        return;
    }
    for (const char* name : {"closure", "alarm", "smokers", "lists", "digits_by_number",
                             "digits_by_carry", "seating"}) {
        CAPTURE(name);
        const auto base = *shared / "programs" / name;
        if (!std::filesystem::exists(base.string() + ".ent")) {
            MESSAGE("skipped: no " << base.string() << ".ent");
            continue;
        }
        const std::string expected = read_text(base.string() + ".expected");
        const std::size_t begin = expected.find('\n') + 1;
        const std::string block = expected.substr(begin, expected.find("$ ", begin) - begin);
        CHECK(oracle_text(read_text(base.string() + ".ent")) == block);
    }
}

TEST_CASE("a seed is one program, and most random programs are within the oracle's fragment") {
    int judged = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const std::string program = text(random_program(seed));
        CHECK(program == text(random_program(seed)));
        INFO(program);
        try {
            ask_oracle(program, 256);
            ++judged;
        } catch (const OracleRefusal& refusal) {
            CHECK(std::string(refusal.what()) == "too many worlds");
        }
    }
    CHECK(judged > 60);
}

}  // namespace entail::tests
