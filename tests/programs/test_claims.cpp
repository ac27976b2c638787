// Claims against truth tables: verdicts, minimal reasons, contradictions.

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <random>

#include "programs/claims/claims.h"
#include "tests/support/golden.h"
#include "tests/support/process.h"
#include "tests/support/seed.h"
#include "tests/support/shared.h"
#include "tests/support/temp_dir.h"

using namespace entail;
namespace fs = std::filesystem;

namespace {

constexpr unsigned kAtoms = 5;

/// A formula over p0 … p4 as text, and what it says of a row of the truth table.
struct Sentence {
    std::string text;
    std::function<bool(unsigned)> holds;
};

Sentence random_sentence(std::mt19937_64& random, int depth) {
    auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    if (depth == 0 || below(5) == 0) {
        const unsigned atom = below(kAtoms);
        return {"p" + std::to_string(atom),
                [atom](unsigned row) { return (row >> atom & 1U) != 0; }};
    }
    Sentence a = random_sentence(random, depth - 1);
    if (below(4) == 0) return {"¬" + a.text, [f = a.holds](unsigned row) { return !f(row); }};
    Sentence b = random_sentence(random, depth - 1);
    auto both = [&](const char* connective, auto combine) {
        return Sentence{
            "(" + a.text + " " + connective + " " + b.text + ")",
            [f = a.holds, g = b.holds, combine](unsigned row) { return combine(f(row), g(row)); }};
    };
    switch (below(5)) {
        case 0:
            return both("∧", [](bool x, bool y) { return x && y; });
        case 1:
            return both("∨", [](bool x, bool y) { return x || y; });
        case 2:
            return both("→", [](bool x, bool y) { return !x || y; });
        case 3:
            return both("↔", [](bool x, bool y) { return x == y; });
        default:
            return both("⊕", [](bool x, bool y) { return x != y; });
    }
}

/// Whether a row of the table satisfies all of them.
template <typename Sentences>
bool possible(const Sentences& sentences) {
    for (unsigned row = 0; row < 1U << kAtoms; ++row) {
        bool all = true;
        for (const auto& sentence : sentences) all = all && sentence(row);
        if (all) return true;
    }
    return false;
}

/// The lines of reasons, less one: indices of sentences that stand one on a line.
std::vector<std::size_t> lines(const std::vector<Knowledge>& reasons) {
    std::vector<std::size_t> result;
    for (const Knowledge& reason : reasons)
        result.push_back(std::stoul(reason.place.substr(reason.place.rfind(':') + 1)) - 1);
    return result;
}

Judgements judge(const std::string& program, const Options& options = {}) {
    return KnowledgeBase::from_text(program, options).judge();
}

std::string verdicts(const std::string& program) {
    std::string result;
    for (const Judgement& judgement : judge(program).judgements)
        result += judgement.claim + " " + std::string(name_of(judgement.verdict)) + "; ";
    return result;
}

}  // namespace

TEST_CASE("verdicts on random sentences are those of truth tables, and reasons are minimal") {
    std::mt19937_64 random(tests::random_seed());
    int counts[3] = {};
    for (int round = 0; round < 120; ++round) {
        std::vector<Sentence> known;
        std::string text;
        for (int i = 0; i < 6; ++i) {
            known.push_back(random_sentence(random, 2));
            text += "fol \"" + known.back().text + "\".\n";
        }
        const Sentence claim = random_sentence(random, 3);
        text += "claim c: " + claim.text + ".\n";
        CAPTURE(text);
        auto functions = [&](const std::vector<std::size_t>& chosen) {
            std::vector<std::function<bool(unsigned)>> result;
            for (const std::size_t i : chosen) result.push_back(known[i].holds);
            return result;
        };
        auto is_minimal = [&](const std::vector<std::size_t>& core,
                              const std::function<bool(unsigned)>& more) {
            auto all = functions(core);
            all.push_back(more);
            if (possible(all)) return false;
            for (std::size_t i = 0; i < core.size(); ++i) {
                auto fewer = all;
                fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
                if (!possible(fewer)) return false;
            }
            return true;
        };
        const Judgements result = judge(text);
        std::vector<std::size_t> rest = {0, 1, 2, 3, 4, 5};
        CHECK(result.contradictions.empty() == possible(functions(rest)));
        for (const auto& set : result.contradictions) {
            const std::vector<std::size_t> core = lines(set);
            CHECK(is_minimal(core, [](unsigned) { return true; }));
            for (const std::size_t one : core) std::erase(rest, one);
        }
        REQUIRE(possible(functions(rest)));
        auto with = functions(rest), against = with;
        with.push_back(claim.holds);
        against.push_back([&](unsigned row) { return !claim.holds(row); });
        const ClaimVerdict expected = !possible(against) ? ClaimVerdict::entailed
                                      : !possible(with)  ? ClaimVerdict::contradicted
                                                         : ClaimVerdict::unknown;
        const Judgement& judgement = result.judgements.at(0);
        CHECK(judgement.verdict == expected);
        CHECK(judgement.is_minimal);
        if (expected == ClaimVerdict::entailed)
            CHECK(is_minimal(lines(judgement.reasons), against.back()));
        if (expected == ClaimVerdict::contradicted)
            CHECK(is_minimal(lines(judgement.reasons), claim.holds));
        ++counts[static_cast<int>(expected)];
    }
    for (const int count : counts) CHECK(count > 5);
}

TEST_CASE("rules, choices and constraints are closed, whatever sentences say beside them") {
    // Of each world of two choices: o0 and o1 derived, p2 … p4 open.
    std::mt19937_64 random(tests::random_seed());
    for (int round = 0; round < 80; ++round) {
        const Sentence known = random_sentence(random, 2), claim = random_sentence(random, 2);
        const bool has_constraint = random() % 2 == 0;
        const std::string text = std::string(
                                     "choose a(X) in {1, 2, 3}.  choose b(X) in {1, 2}.\n"
                                     "p0 :- a(1).  p0 :- a(2), b(2).  p1 :- b(1), \\+ a(3).\n") +
                                 (has_constraint ? ":- a(1), b(1).\n" : "") + "fol \"" +
                                 known.text + "\".\nclaim c: \"" + claim.text + "\".\n";
        CAPTURE(text);
        bool is_possible = false, can_fail = false, has_world = false;
        for (unsigned row = 0; row < 1U << kAtoms; ++row) {
            for (int a = 1; a <= 3; ++a) {
                for (int b = 1; b <= 2; ++b) {
                    if (has_constraint && a == 1 && b == 1) continue;
                    const bool p0 = a == 1 || (a == 2 && b == 2), p1 = b == 1 && a != 3;
                    if (((row & 1U) != 0) != p0 || ((row >> 1U & 1U) != 0) != p1) continue;
                    if (!known.holds(row)) continue;
                    has_world = true;
                    (claim.holds(row) ? is_possible : can_fail) = true;
                }
            }
        }
        const Judgements result = judge(text);
        CHECK(result.contradictions.empty() == has_world);
        if (!has_world) continue;
        CHECK(result.judgements.at(0).verdict == (!can_fail      ? ClaimVerdict::entailed
                                                  : !is_possible ? ClaimVerdict::contradicted
                                                                 : ClaimVerdict::unknown));
    }
}

TEST_CASE("quantifiers, functions, equality and numbers in claims") {
    CHECK(verdicts("fol \"∀x (Cat(x) → ¬Dog(x))\".\nfol Cat(tom).\n"
                   "claim a: Dog(tom). claim b: Cat(tom). claim c: Dog(rex). claim d: tom = rex.\n"
                   "claim e: exists x ~Dog(x). claim f: Dog(rex) -> rex != tom.") ==
          "a contradicted; b entailed; c unknown; d unknown; e entailed; f entailed; ");
    // Values of facts differ, and nothing else is in a closed predicate.
    CHECK(verdicts("age(tom, 3). age(rex, 4). old(X) :- age(X, A), A > 3.\n"
                   "claim a: old(rex). claim b: old(tom). claim c: tom = rex. claim d: 3 = 4.\n"
                   "claim e: forall x (old(x) -> x = rex). claim f: exists x old(x).\n"
                   "claim g: forall x (age(x, 3) -> ~old(x)). claim h: old(someone).") ==
          "a entailed; b contradicted; c contradicted; d contradicted; e entailed; f entailed; "
          "g entailed; h unknown; ");
    CHECK(verdicts("fol forall x f(f(x)) = x.\nfol f(a) = b.\n"
                   "claim a: f(b) = a. claim b: f(a) = a. claim c: \"f(a)\" = \"f(a)\".") ==
          "a entailed; b unknown; c entailed; ");
    CHECK(verdicts("nice(f(a)). nice([a, b]).\nclaim a: nice(f(a)). claim b: exists x nice(f(x)).\n"
                   "claim c: nice(a).") == "a entailed; b entailed; c contradicted; ");
    CHECK(verdicts("rain. evidence wet. 0.5 :: leak. wet :- leak.\n"
                   "claim a: rain. claim b: leak. claim c: snow. claim d: wet & rain.") ==
          "a entailed; b entailed; c unknown; d entailed; ");
}

TEST_CASE("contradictions come first, are set aside, and claims may be at odds with each other") {
    const Judgements result = judge(
        "fol \"p\".\nfol \"¬p\".\nfol \"q\".\nfol \"q → r\".\n"
        "claim a: p. claim b: r. claim c: s. claim d: ~s. claim e: true. claim f: q & ~q.");
    REQUIRE(result.contradictions.size() == 1);
    CHECK(lines(result.contradictions[0]) == std::vector<std::size_t>{0, 1});
    CHECK(result.judgements[0].verdict == ClaimVerdict::unknown);
    CHECK(result.judgements[1].verdict == ClaimVerdict::entailed);
    CHECK(lines(result.judgements[1].reasons) == std::vector<std::size_t>{2, 3});
    CHECK(result.judgements[4].reasons.empty());
    CHECK(result.judgements[5].verdict == ClaimVerdict::contradicted);
    CHECK(result.at_odds == std::vector<std::string>{"c", "d"});
    CHECK(result.is_complete());
}

TEST_CASE("what has only infinite models is undecided within the time, and the rest is decided") {
    Options options;
    options.time_limit = 1.5;
    const auto start = std::chrono::steady_clock::now();
    const Judgements result = judge(
        "fol \"∀x ¬less(x, x)\".\nfol \"∀x less(x, next(x))\".\n"
        "fol \"∀x∀y∀z (less(x, y) ∧ less(y, z) → less(x, z))\".\n"
        "claim a: less(zero, next(next(zero))). claim b: less(next(zero), zero). claim c: "
        "odd(zero).",
        options);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    CHECK(seconds < 20);
    REQUIRE(result.judgements.size() == 3);
    CHECK(result.judgements[0].verdict == ClaimVerdict::entailed);
    CHECK(result.judgements[1].verdict == ClaimVerdict::contradicted);
    CHECK(result.judgements[2].verdict != ClaimVerdict::entailed);
    CHECK(result.judgements[2].verdict != ClaimVerdict::contradicted);
    if (result.judgements[2].verdict == ClaimVerdict::undecided) {
        CHECK(!result.judgements[2].why.empty());
        CHECK(!result.is_complete());
    }
}

TEST_CASE("a long list and a high term are values like others") {
    std::string list = "long([1", term = "high(";
    for (int i = 2; i < 3000; ++i) list += ", " + std::to_string(i);
    for (int i = 0; i < 190; ++i) term += "f(";
    term += "a";
    for (int i = 0; i < 190; ++i) term += ")";
    CHECK(verdicts(list + "]). " + term + ").\nclaim a: exists x long(x). claim b: " + term +
                   "). claim c: high(a).") == "a entailed; b entailed; c contradicted; ");
}

TEST_CASE("claims of golden programs are judged as their golden files say") {
    const fs::path folder = tests::source_dir() / "tests" / "golden" / "claims";
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() != ".ent") continue;
        ++count;
        const fs::path& program = entry.path();
        CAPTURE(program.filename().string());
        std::string text;
        try {
            KnowledgeBase base = KnowledgeBase::from_text(tests::read_text(program), {},
                                                          program.filename().string(), folder);
            const fs::path claims = fs::path(program).replace_extension(".claims");
            if (fs::exists(claims))
                base.add_claims(tests::read_text(claims), claims.filename().string());
            const Judgements judgements = base.judge();
            text = base.warnings() + to_text(judgements);
        } catch (const ProgramError& error) {
            text = error.what();
        }
        tests::check_golden(fs::path(program).replace_extension(".expected"), text);
    }
    CHECK(count >= 4);
}

TEST_CASE("the command: claims in the same file or another, JSON, exit codes") {
    const tests::TempDir folder;
    auto write = [&](const std::string& name, const std::string& text) {
        std::ofstream(folder / name) << text;
    };
    write("kb.ent", "fol p -> q. fol p. claim own: q.");
    write("claims.ent", "claim other: ~p.");
    const std::string base = (folder / "kb.ent").string();
    auto run = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {ENTAIL_COMMAND, "claims", base});
        return tests::run_process(arguments);
    };
    const auto own = run({});
    CHECK(own.out.starts_with("entailed: own\n"));
    CHECK(own.exit_code == 0);
    const auto both = run({(folder / "claims.ent").string(), "--format", "json"});
    CHECK(both.out.find("\"verdict\": \"contradicted\"") != std::string::npos);
    CHECK(both.exit_code == 0);
    CHECK(run({(folder / "missing.ent").string()}).exit_code == 1);
    CHECK(run({base}).exit_code == 1);  // no file of claims
}
