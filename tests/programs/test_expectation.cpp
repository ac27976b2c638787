// Weights learned from what was seen of worlds.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <random>

#include "neural/core/data_error.h"
#include "programs/engine.h"
#include "programs/expectation.h"
#include "tests/support/golden.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"

using namespace entail;
using tests::read_text;

namespace {

/// The truth; learned with t(_) in place of each weight.
constexpr const char* kTruth =
    "0.2 :: burglary.\n"
    "0.3 :: quake(weak); 0.1 :: quake(strong); 0.6 :: quake(none).\n"
    "0.8 :: alarm :- burglary.\n"
    "0.5 :: alarm :- quake(weak).\n"
    "alarm :- quake(strong).\n"
    "query burglary.\nquery quake(weak).\nquery quake(strong).\nquery alarm.\n";
constexpr const char* kLearned =
    "t(_) :: burglary.\n"
    "t(_) :: quake(weak); t(_) :: quake(strong); t(_) :: quake(none).\n"
    "t(_) :: alarm :- burglary.\n"
    "t(_) :: alarm :- quake(weak).\n"
    "alarm :- quake(strong).\n";
const std::vector<std::string> kAtoms{"burglary", "quake(weak)", "quake(strong)", "alarm"};

struct Learning {
    Learning(const std::string& program, const std::string& interpretations) {
        put("program.ent", program);
        put("seen.ent", interpretations);
        options.program = dir / "program.ent";
        options.interpretations = dir / "seen.ent";
        options.threads = 1;
    }
    void put(const std::string& name, const std::string& text) const {
        std::ofstream(dir / name, std::ios::binary) << text;
    }
    ExpectationReport run() const { return learn_from_interpretations(options); }
    std::vector<double> values() const {
        std::vector<double> result;
        for (const auto& learned : run().learned) result.push_back(learned.value);
        return result;
    }
    std::string failure() const {
        std::string message = "nothing was thrown";
        try {
            run();
        } catch (const std::exception& error) {
            message = error.what();
        }
        const std::string folder = dir.path().string() + "/";
        for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder))
            message.erase(at, folder.size());
        return message;
    }
    tests::TempDir dir;
    ExpectationOptions options;
};

/// What is seen of `count` worlds: each atom with probability `shown`.
std::string observe(std::size_t count, double shown, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string text;
    for (const auto& atoms : Engine::from_text(kTruth).sample(count, seed).samples) {
        for (const std::string& atom : kAtoms) {
            const bool holds = std::ranges::find(atoms, atom) != atoms.end();
            if (static_cast<double>(random() % 1000) >= 1000 * shown) continue;
            text += std::string("evidence(") + (holds ? "" : "\\+ ") + atom + ").\n";
        }
        text += "---\n";
    }
    return text;
}

}  // namespace

TEST_CASE("weights are found again from worlds of which a part is seen") {
    const Learning learning(kLearned, observe(20000, 0.8, 5));
    const ExpectationReport report = learning.run();
    CHECK(report.converged);
    const std::vector<double> truth{0.2, 0.3, 0.1, 0.6, 0.8, 0.5};
    REQUIRE(report.learned.size() == truth.size());
    for (std::size_t i = 0; i < truth.size(); ++i)
        CHECK(std::abs(report.learned[i].value - truth[i]) < 0.02);
}

TEST_CASE("no iteration lowers the likelihood, and the first is that of the program") {
    std::mt19937_64 random(tests::random_seed());
    for (int round = 0; round < 5; ++round) {
        Learning learning(kLearned, observe(60, 0.5, random()));
        learning.options.seed = random();
        learning.options.iterations = 60;
        const ExpectationReport report = learning.run();
        const auto& course = report.log_likelihoods;
        for (std::size_t i = 1; i < course.size(); ++i)
            CHECK(course[i] >= course[i - 1] - 1e-9 * std::abs(course[i]));
    }
    // P(a, not b) and P(b) of the program as it is, one world seen twice.
    const Learning learning("t(0.3) :: a.\n0.5 :: b :- a.\nt(0.1) :: b.\n",
                            "evidence(a).\nevidence(b, false).\n---\nevidence b.\n---\n"
                            "evidence(\\+ b). evidence(a).\n");
    const ExpectationReport report = learning.run();
    CHECK(report.interpretations == 3);
    CHECK(report.patterns == 2);
    const double not_b = 0.3 * 0.5 * 0.9, b = 0.3 * (1 - 0.5 * 0.9) + 0.7 * 0.1;
    CHECK(report.log_likelihoods.front() ==
          doctest::Approx(2 * std::log(not_b) + std::log(b)).epsilon(1e-6));
}

TEST_CASE("what is fully seen is learned as its frequencies, at once") {
    const Learning learning(
        "t(_) :: colour(red); t(_) :: colour(blue); 0.5 :: colour(none).\nt(_) :: big(X) :- "
        "thing(X).\nthing(1). thing(2).\n",
        "evidence(colour(red)). evidence(\\+ colour(blue)). evidence(big(1)). "
        "evidence(big(2)).\n---\n"
        "evidence(colour(red)). evidence(big(1)). evidence(\\+ big(2)).\n---\n"
        "evidence(colour(none)). evidence(\\+ big(1)). evidence(\\+ big(2)).\n---\n"
        "evidence(colour(blue)). evidence(\\+ big(1)). evidence(big(2)).\n");
    ExpectationReport report = learning.run();
    CHECK(report.converged);
    CHECK(report.iterations == 2);  // the second changes nothing
    REQUIRE(report.learned.size() == 3);
    CHECK(report.learned[0].value == doctest::Approx(0.5 * 2 / 3).epsilon(1e-12));
    CHECK(report.learned[1].value == doctest::Approx(0.5 * 1 / 3).epsilon(1e-12));
    CHECK(report.learned[2].value == doctest::Approx(4.0 / 8).epsilon(1e-12));
}

TEST_CASE("interrupted and resumed, or on two threads, learning ends in the same bytes") {
    const std::string seen = observe(300, 0.6, 11);
    Learning whole(kLearned, seen);
    whole.options.save_program = whole.dir / "learned.ent";
    const ExpectationReport expected = whole.run();
    CHECK(expected.iterations > 5);
    const std::string text = read_text(whole.options.save_program);
    whole.options.threads = 2;
    CHECK(to_text(whole.run()) == to_text(expected));
    CHECK(read_text(whole.options.save_program) == text);

    const auto checkpoint = whole.dir / "em.checkpoint";
    whole.options.checkpoint = checkpoint;
    whole.options.iterations = 3;
    CHECK(!whole.run().converged);
    whole.options.iterations = 1000;
    whole.options.resume = true;
    const ExpectationReport resumed = whole.run();
    CHECK(resumed.resumed_iteration == 3);
    CHECK(to_text(resumed) == to_text(expected));
    CHECK(read_text(whole.options.save_program) == text);

    const std::atomic<bool> stop = true;
    whole.options.interrupt = &stop;
    CHECK(whole.run().interrupted);
    whole.options.interrupt = nullptr;
    whole.options.seed = 9;
    CHECK(whole.failure() ==
          "em.checkpoint: it was written with another program, data or seed (train without "
          "--resume, or with another --checkpoint)");
    whole.put("em.checkpoint", "{\"run\": 3}");
    CHECK(whole.failure().starts_with("em.checkpoint: it is no checkpoint"));
}

TEST_CASE("constraints of the program belong to everything that is seen") {
    // a and b exclude each other, c tells nothing: P(a) maximises a(1-b), P(b) is never seen.
    const Learning learning("t(0.5) :: a.\nt(0.5) :: b.\n:- a, b.\n", "evidence(a).\n");
    const auto values = learning.values();
    CHECK(values[0] == doctest::Approx(1));
    CHECK(values[1] == doctest::Approx(0).epsilon(1e-6));
}

TEST_CASE("what is wrong with interpretations is said with its place") {
    const std::string coin = "t(_) :: a.\n0.5 :: b.\nc :- a, b.\n";
    const auto failure = [&](const std::string& program, const std::string& seen) {
        return Learning(program, seen).failure();
    };
    CHECK(failure(coin, "evidence(a).\n---\nb.\n") ==
          "seen.ent: line 3: only evidence can be seen of a world (write 'evidence(atom).' or "
          "'evidence(\\+ atom).')");
    CHECK(failure(coin, "evidence(a).\nevidence(\\+ a).\n") ==
          "seen.ent: line 2: 'a' is seen true and false in one world (separate worlds by a line "
          "'---')");
    CHECK(
        failure(coin, "evidence(a).\n---\nevidence(c).\nevidence(\\+ b).\n") ==
        "seen.ent: line 4: no world of the program has all that was seen here (correct it, or let "
        "the program allow it)");
    CHECK(failure(coin, "---\n---\n").starts_with("seen.ent: there is no interpretation in it"));
    CHECK(failure(coin, "evidence(a.\n").starts_with("seen.ent:1:9: error[unclosed-bracket]"));
    CHECK(
        failure(coin, "evidence(fly).\n").starts_with("seen.ent:1:10: error[undefined-predicate]"));
    CHECK(failure("p(1).\nt(_) :: a(X) :- p(X).\n", "evidence(a(X)).\n")
              .starts_with("seen.ent:1:10: error[open-evidence]"));
    CHECK(failure("0.5 :: a.\n", "evidence(a).\n").find("it has no learnable weight") !=
          std::string::npos);
    CHECK(failure(coin + "choose d(X) in 1..2.\n", "evidence(a).\n")
              .find("interpretations say nothing about free choices") != std::string::npos);
    CHECK(failure(coin + "evidence(a). evidence(\\+ a).\n", "evidence(b).\n")
              .find("error[inconsistent]") != std::string::npos);
}
