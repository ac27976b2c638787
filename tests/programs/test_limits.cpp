// Programs made to explode: a limit ends them, and what they answer then holds the truth.

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace {

using entail::tests::run_entail;

/// One query. The truth is known, or [0, 1].
void check_limited(const std::string& program, double low, double high, const std::string& time,
                   const std::string& memory) {
    entail::tests::TempDir folder;
    const std::string file = folder / "explodes.ent";
    std::ofstream(file) << program;
    const auto result = run_entail({"run", file, "--time-limit", time, "--memory-limit", memory});
    CAPTURE(memory);
    CAPTURE(result);
    REQUIRE((result.exit_code == 0 || result.exit_code == 3));
    CHECK((result.exit_code == 3) == (result.err.find("limit was reached") != std::string::npos));
    const auto colon = result.out.find(": ");
    REQUIRE(colon != std::string::npos);
    const char* answer = result.out.c_str() + colon + 2;
    double lower = 0, upper = 0;
    if (std::sscanf(answer, "[%lf, %lf]", &lower, &upper) != 2) {
        REQUIRE(std::sscanf(answer, "%lf", &lower) == 1);
        upper = lower;
    }
    CHECK(lower <= high + 1e-8);
    CHECK(low <= upper + 1e-8);
    CHECK(lower <= upper);
}

void check_limited(const std::string& program, double low = 0, double high = 1) {
    check_limited(program, low, high, "0.3", "1000");
    check_limited(program, low, high, "3", "24");
}

}  // namespace

TEST_CASE("reachability on a large grid of coins ends at its limits with bounds") {
    std::string program =
        "place(X, Y) :- X in 1..8, Y in 1..8.\n"
        "next(X, Y, Z, Y) :- place(X, Y), Z is X + 1, Z =< 8.\n"
        "next(X, Y, X, Z) :- place(X, Y), Z is Y + 1, Z =< 8.\n"
        "0.5 :: to(X, Y, V, W) :- next(X, Y, V, W).\n"
        "0.5 :: to(X, Y, V, W) :- next(V, W, X, Y).\n"
        "reached(1, 1).\n"
        "reached(V, W) :- reached(X, Y), to(X, Y, V, W).\n"
        "query reached(8, 8).\n";
    check_limited(program);
}

TEST_CASE("a limit that ends evaluation names what grew") {
    entail::tests::TempDir folder;
    const std::string file = folder / "endless.ent";
    for (const auto& [program, grown] :
         {std::pair("n(0). n(s(X)) :- n(X). query n(X).", " while n/1 grew; "),
          std::pair("0.5 :: c. n(0) :- c. n(s(X)) :- n(X). query n(X).", " while n/1 grew; "),
          std::pair("m(X) :- m(s(X)). query m(0).", " while demand m grew; ")}) {
        std::ofstream(file) << program;
        const auto result = run_entail({"run", file, "--time-limit", "0.2"});
        CAPTURE(program);
        CAPTURE(result);
        CHECK(result.exit_code == 3);
        CHECK(result.err.find("the time limit was reached" + std::string(grown)) !=
              std::string::npos);
    }
}

TEST_CASE("independent disjunctions under a parity constraint end with what they must") {
    for (const std::string parity :
         {":- N = #count{ I : v(I, a) }, 1 is N mod 2.\n",
          "odd(0, 0). odd(I, R) :- odd(J, P), I is J + 1, I =< 40, v(I, V), bit(V, B), "
          "R is (P + B) mod 2.\nbit(a, 1). bit(b, 0). bit(c, 0).\n:- odd(40, 1).\n"}) {
        // Half of the worlds of the other 39 are odd, because one of them is a fair coin.
        check_limited(
            "1/2::v(1, a) ; 1/3::v(1, b) ; 1/6::v(1, c).\n"
            "0.2::v(2, a) ; 0.3::v(2, b) ; 0.5::v(2, c).\n"
            "0.3::v(I, a) ; 0.3::v(I, b) ; 0.4::v(I, c) :- I in 3..40.\n" +
                parity + "query v(2, a).\n",
            0.2, 0.2);
    }
}

TEST_CASE("permutations end at their limits with bounds") {
    check_limited(
        "choose sits(P, S) in 1..30 :- P in 1..30.\n"
        ":- sits(P, S), sits(Q, S), P < Q.\n"
        "query sits(1, 1).\n");
    std::string drawn;
    for (int p = 1; p <= 30; ++p) {
        for (int s = 1; s <= 30; ++s) {
            drawn += (s == 1 ? "1/30::seat(" : " ; 1/30::seat(") + std::to_string(p) + ", " +
                     std::to_string(s) + ")";
        }
        drawn += ".\n";
    }
    check_limited(drawn + ":- seat(P, S), seat(Q, S), P < Q.\nquery seat(1, 1).\n", 1.0 / 30,
                  1.0 / 30);
}
