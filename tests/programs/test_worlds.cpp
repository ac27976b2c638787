// Single worlds of programs: `solve` and `sample` against what counting says.
#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "programs/engine.h"

using namespace entail;

namespace {

constexpr const char* kAlarm =
    "0.1 :: burglary.\n0.3 :: quake(weak); 0.2 :: quake(strong).\n"
    "0.9 :: alarm :- burglary.\nalarm :- quake(strong).\n0.4 :: alarm :- quake(weak).\n"
    "evidence(alarm).\nquery burglary.\nquery quake(X).\nquery \\+ quake(weak).\n";

using Status = Solution::Status;

}  // namespace

TEST_CASE("the best world of a program and its probability") {
    const Solution solution = Engine::from_text(kAlarm).solve();
    CHECK(solution.status == Status::optimal);
    REQUIRE(solution.worlds.size() == 1);
    // No burglary, a strong quake, and the coins of the two rules that are not needed.
    CHECK(solution.worlds[0].atoms == std::vector<std::string>{"quake(strong)", "\\+ quake(weak)"});
    // alarm: 0.1·0.9·(0.5 + 0.2 + 0.3) + (1 - 0.09)·(0.2 + 0.3·0.4)
    CHECK(solution.worlds[0].probability ==
          doctest::Approx(0.9 * 0.2 * 0.9 * 0.6 / (0.09 + 0.91 * 0.32)));
    CHECK(to_text(solution) ==
          "optimal\nprobability: 0.25498426\nquake(strong)\n\\+ quake(weak)\n");
}

TEST_CASE("all worlds together have probability 1, and each atom its own") {
    Engine engine = Engine::from_text(kAlarm);
    const Solution solution = engine.solve(1000);
    double total = 0;
    std::map<std::string, double> mass;
    double last = 2;
    for (const SolvedWorld& world : solution.worlds) {
        total += world.probability;
        CHECK(world.probability <= last * (1 + 1e-12));
        last = world.probability;
        for (const std::string& atom : world.atoms) mass[atom] += world.probability;
    }
    CHECK(total == doctest::Approx(1));
    for (const QueryAnswers& query : engine.run().results) {
        for (const Answer& answer : query.answers)
            CHECK(mass[answer.atom] == doctest::Approx(answer.lower));
    }
}

TEST_CASE("a program without weights is satisfiable or not") {
    const char* colours =
        "node(1). node(2). node(3).\nedge(1,2). edge(2,3).\nchoose colour(N, C) in {red, green} :- "
        "node(N).\n"
        ":- edge(A, B), colour(A, C), colour(B, C).\nquery colour(N, C).\n";
    const Solution two = Engine::from_text(colours).solve(10);
    CHECK(two.status == Status::satisfiable);
    CHECK(two.worlds.size() == 2);
    CHECK(to_text(two) ==
          "satisfiable\ncolour(1,green)\ncolour(2,red)\ncolour(3,green)\n\n"
          "colour(1,red)\ncolour(2,green)\ncolour(3,red)\n");
    const Solution none = Engine::from_text(std::string(colours) + "edge(1,3).\n").solve();
    CHECK(none.status == Status::unsatisfiable);
    // Without any one of them there is a world.
    CHECK(none.conflict.size() == 8);
    CHECK(to_text(none).starts_with(
        "unsatisfiable\n  these contradict each other:\n  program.ent:1: node(1).\n"));
    CHECK(to_text(Engine::from_text("a.\nb :- c.\npred c.\nquery a.\nquery b.\n").solve()) ==
          "satisfiable\na\n");
    const char* no_mass = "0.0 :: a. evidence(a). query a.";
    CHECK(Engine::from_text(no_mass).solve().status == Status::unsatisfiable);
    CHECK_THROWS_AS(Engine::from_text(no_mass).sample(1, 1), ProgramError);
    CHECK_THROWS_AS(
        Engine::from_text("0.1 :: c.\na :- c.\nb.\nevidence(a).\nquery b.\nevidence(\\+ c).")
            .sample(1, 1),
        ProgramError);
}

TEST_CASE("the probability of a world with free choices is that within its way") {
    const char* doors =
        "choose door(D) in 1..2.\n0.3 :: a.\n0.6 :: b.\nprize :- door(1), a.\n"
        "prize :- door(2), b.\nevidence(prize).\nquery door(D).\nquery a.\nquery b.\n";
    const Solution solution = Engine::from_text(doors).solve();
    CHECK(solution.status == Status::optimal);
    CHECK(solution.worlds[0].atoms == std::vector<std::string>{"door(2)", "b"});
    CHECK(solution.worlds[0].probability == doctest::Approx(0.7));  // 0.7 · 0.6 / 0.6
}

TEST_CASE("samples have the frequencies that counting says, and depend on seed and number alone") {
    Engine engine = Engine::from_text(kAlarm);
    constexpr std::size_t kCount = 20000;
    const SampleResult result = engine.sample(kCount, 7);
    REQUIRE(result.samples.size() == kCount);
    std::map<std::string, double> drawn;
    for (const auto& atoms : result.samples) {
        for (const std::string& atom : atoms) drawn[atom] += 1;
    }
    for (const QueryAnswers& query : engine.run().results) {
        for (const Answer& answer : query.answers) {
            const double p = answer.lower;
            CHECK(std::abs(drawn[answer.atom] / kCount - p) <
                  4 * std::sqrt(p * (1 - p) / kCount) + 1e-9);
        }
    }
    Options one_thread;
    one_thread.threads = 1;
    const auto few = Engine::from_text(kAlarm, one_thread).sample(10, 7).samples;
    CHECK(std::equal(few.begin(), few.end(), result.samples.begin()));
    CHECK(engine.sample(100, 8).samples != engine.sample(100, 7).samples);
}

TEST_CASE("free choices are drawn uniformly among the ways that the constraints leave") {
    const char* program =
        "choose x(V) in 1..4.\nchoose y(V) in 1..4.\n:- x(A), y(B), A >= B.\n"
        "query x(V).\n";
    constexpr std::size_t kCount = 12000;
    std::map<std::string, double> drawn;
    for (const auto& atoms : Engine::from_text(program).sample(kCount, 3).samples)
        drawn[atoms.at(0)] += 1;
    CHECK(drawn.size() == 3);
    CHECK(drawn["x(1)"] / kCount == doctest::Approx(3.0 / 6).epsilon(0.05));
    CHECK(drawn["x(2)"] / kCount == doctest::Approx(2.0 / 6).epsilon(0.05));
    CHECK(drawn["x(3)"] / kCount == doctest::Approx(1.0 / 6).epsilon(0.08));
}
