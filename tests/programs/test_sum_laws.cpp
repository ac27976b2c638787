// Sums counted by convolution against the same sums written out as derivations.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "programs/engine.h"
#include "tests/support/seed.h"

using namespace entail;

namespace {

RunResult run(const std::string& program, std::size_t law_from) {
    Options options;
    options.law_from = law_from;
    options.threads = 1;
    return Engine::from_text(program, options).run();
}

void check_agreement(const std::string& program) {
    CAPTURE(program);
    const RunResult laws = run(program, 0), states = run(program, 1'000'000'000);
    REQUIRE(laws.results.size() == states.results.size());
    for (std::size_t q = 0; q < laws.results.size(); ++q) {
        const auto &a = laws.results[q].answers, &b = states.results[q].answers;
        REQUIRE(a.size() == b.size());
        // Ties may be rounded apart: compared by atom.
        for (const Answer& answer : a) {
            const auto same = std::ranges::find(b, answer.atom, &Answer::atom);
            REQUIRE(same != b.end());
            CHECK(answer.lower == doctest::Approx(same->lower).epsilon(1e-12));
            CHECK(answer.upper == doctest::Approx(same->upper).epsilon(1e-12));
        }
    }
}

std::string random_digits(std::mt19937_64& random) {
    std::string program;
    const int terms = 1 + int(random() % 5);
    for (int i = 0; i < terms; ++i) {
        const int cases = 1 + int(random() % 4);
        for (int k = 0; k < cases; ++k) {
            program += fmt::format("{}{}/16::d({}, {}, {})", k == 0 ? "" : " ; ", random() % 5,
                                   random() % 2, i, int(random() % 13) - 6);
        }
        program += ".\n";
    }
    return program + "d(0, 100, 3).\n1/2::other.\n";
}

}  // namespace

TEST_CASE("A sum that is counted by convolution has the answers of its derivations") {
    std::mt19937_64 random(tests::random_seed());
    const std::string sum = "t(S) :- S = #sum{ V, I : d(_, I, V) }.\n";
    const std::vector<std::string> rest = {
        sum + "query t(S).",
        sum + "query t(3).\nquery \\+ t(3).\nquery t(S).\nquery d(A, B, C).",
        "t(S) :- S = #count{ I, V : d(_, I, V) }.\nquery t(S).",
        "t(G, S) :- d(G, _, _), S = #sum{ V, I : d(G, I, V) }.\nquery t(G, S).",
        "t(S) :- G in 0..1, S = #sum{ V, I : d(G, I, V) }.\nquery t(S).",
        "t(S) :- other, S = #sum{ V, I : d(_, I, V) }.\nquery t(S).",
        "t(S) :- S = #sum{ V, I : d(_, I, V) }, \\+ other.\nquery t(S).",
        sum + "big :- t(S), S > 2.\nodd :- t(S), 1 =:= S mod 2.\nquery big.\nquery odd.",
        sum + "none :- \\+ t(3).\nquery none.\nquery t(S).",
        sum + "m(M) :- M = #max{ S : t(S) }.\nquery m(M).",
        sum + "u(S) :- t(S).\nquery u(S).\nquery t(S).",
        sum + "evidence(other).\nquery t(S).",
        sum + "same :- d(0, 0, _).\n:- same, other.\nquery t(S).",
        sum + "choose a(V) in 1..2.\nt(7) :- a(1).\nquery t(S).",
    };
    for (int round = 0; round < 12; ++round) {
        const std::string digits = random_digits(random);
        for (const std::string& questions : rest) {
            try {
                (void)run(digits + questions, 1'000'000'000);
            } catch (const ProgramError& error) {
                CAPTURE(error.what());
                CHECK_THROWS_AS(run(digits + questions, 0), ProgramError);
                continue;
            }
            check_agreement(digits + questions);
        }
    }
}

TEST_CASE("Probabilities below the smallest double are printed and sorted, 0 is the impossible") {
    std::string program;
    for (int i = 0; i < 400; ++i) program += fmt::format("0.001::d({}, 1).\n", i);
    const std::string sum = "t(S) :- S = #sum{ V, I : d(I, V) }.\n";
    const RunResult result = run(program + sum + "query t(S).", 0);
    const auto& answers = result.results[0].answers;
    REQUIRE(answers.size() == 401);
    CHECK(answers.back().atom == "t(400)");
    CHECK(answers.back().lower == 0);
    CHECK(answers.back().log10_lower == doctest::Approx(-1200));
    for (int k = 0; k < 401; ++k) CHECK(answers[std::size_t(k)].atom == fmt::format("t({})", k));
    CHECK(to_text(result).ends_with("t(400): 1e-1200\n"));
    CHECK(to_text(run(program + sum + "query t(401).", 0)) == "t(401): 0\n");
}
