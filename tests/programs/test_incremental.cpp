// Facts that come and go: an engine that follows them says what an engine made of the facts of now
// says.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "programs/engine.h"
#include "tests/support/seed.h"

namespace entail::tests {
namespace {

/// Random rules over e/2 and f/1, which change, and g/2, which does not.
class RandomRules {
public:
    explicit RandomRules(std::mt19937_64& random) : random_(random) {}

    std::string run() {
        std::string text =
            "pred e(int, int). pred f(int). pred h(int, int). pred g(int, int).\n"
            "g(0,1). g(1,2). g(2,0). g(3,3).\n";
        text += pick({"p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), e(Z,Y).\n",
                      "p(X,Y) :- e(X,Y). p(X,Y) :- p(X,Z), p(Z,Y).\n",
                      "p(X,Y) :- e(X,Y), f(X). p(X,Y) :- e(X,Z), p(Z,Y).\n",
                      "p(X,Y) :- g(X,Y). p(X,Y) :- e(X,A), p(A,B), e(Y,B).\n",
                      "p(X,Y) :- e(X,Y). p(X,Y) :- p(Y,X). p(X,Z) :- q(X,Y), e(Y,Z).\n",
                      "p(X,Y) :- h(X,Y). p(X,Y) :- p(X,Z), h(Z,Y), f(Y).\n"});
        // Facts and conclusions of one predicate.
        if (below(2) == 0) text += "h(X,Y) :- e(Y,X). h(X,Z) :- h(X,Y), g(Y,Z).\n";
        text += pick({"q(X,Y) :- p(X,Y), g(X,_).\n", "q(X,X) :- f(X). q(X,Y) :- q(X,Z), p(Z,Y).\n",
                      "q(X,Y) :- p(X,Y), X < Y.\n", "q(X,Y) :- e(X,Y), e(Y,Z), e(Z,X).\n",
                      "q(X,Y) :- f(X), Y in X..3.\n"});
        text += pick({"r(X) :- f(X), \\+ p(X,X).\n", "r(N) :- N = #count{ X,Y : p(X,Y) }.\n",
                      "r(S) :- f(X), S = #sum{ Y : p(X,Y) }.\n", "r(X) :- p(X,_), q(_,X).\n",
                      "r(Y) :- s(9,Y). s(N,X) :- f(X), N = 9. s(N,Y) :- s(M,X), M > 0, N is M - 1, "
                      "e(X,Y).\n",
                      "r([X,Y]) :- p(X,Y). r([X|T]) :- r(T), T = [Y,Z], e(Z,X), g(Y,_).\n"});
        text += pick({"t(X) :- r(X), \\+ f(X).\n", "t(M) :- M = #max{ X : r(X) }.\n",
                      "0.5::c(X) :- f(X). t(X) :- c(X), p(X,_).\n", "0.5::c. t(X) :- r(X), c.\n",
                      "0.5::c. t(c) :- c. t(c) :- g(0,_), c.\n", "t(X) :- p(X,Y), \\+ q(X,Y).\n"});
        text += pick({"query p(X,Y). query q(X,Y). query r(X). query t(X).\n",
                      "query p(1,Y). query t(X).\n", "query q(2,3). query r(X). query q(X,X).\n",
                      "query p(X,Y).\n"});
        return text;
    }

private:
    std::size_t below(std::size_t n) { return random_() % n; }
    std::string pick(const std::vector<std::string>& texts) { return texts[below(texts.size())]; }
    std::mt19937_64& random_;
};

std::string outcome(Engine& engine) {
    try {
        return to_text(engine.run());
    } catch (const ProgramError& error) {
        return "refused";
    }
}

void check_proofs(Engine& engine, std::size_t stride) {
    RunResult result = engine.run();
    std::size_t position = 0;
    for (const auto& query : result.results) {
        for (const auto& answer : query.answers) {
            if (++position % stride != 0 || answer.lower != 1) continue;
            CAPTURE(answer.atom);
            proof::Proof proof = engine.explain(answer.atom);
            CHECK(proof::malformed(proof) == "");
            CHECK(!proof.steps.empty());
            for (const auto& step : proof.steps) CHECK(step.kind != proof::Step::Kind::assumed);
        }
    }
}

}  // namespace

TEST_CASE("an engine that follows changes of facts agrees with one made anew") {
    std::mt19937_64 random(random_seed());
    for (int program = 0; program < 250; ++program) {
        std::string rules = RandomRules(random).run();
        std::size_t nodes = 3 + random() % 4;
        auto random_fact = [&]() -> std::string {
            auto node = [&] { return std::to_string(random() % nodes); };
            switch (random() % 6) {
                case 0:
                    return "f(" + node() + ")";
                case 1:
                    return "h(" + node() + "," + node() + ")";
                default:
                    return "e(" + node() + "," + node() + ")";
            }
        };
        std::vector<std::string> facts;  // without repetition
        auto text_of_now = [&] {
            std::string text = rules;
            for (const std::string& fact : facts) text += fact + ".\n";
            return text;
        };
        for (std::size_t i = random() % 12; i > 0; --i) {
            std::string fact = random_fact();
            if (std::ranges::find(facts, fact) == facts.end()) facts.push_back(fact);
        }
        Options options;
        options.threads = 1;
        Engine engine = Engine::from_text(text_of_now(), options);
        outcome(engine);
        for (int step = 0; step < 12; ++step) {
            for (std::size_t changes = 1 + random() % 3; changes > 0; --changes) {
                if (random() % 2 == 0 && !facts.empty()) {
                    auto gone =
                        facts.begin() + static_cast<std::ptrdiff_t>(random() % facts.size());
                    engine.retract_fact(*gone);
                    facts.erase(gone);
                } else {
                    std::string fact = random_fact();
                    if (std::ranges::find(facts, fact) != facts.end()) continue;
                    engine.add_fact(fact);
                    facts.push_back(fact);
                }
            }
            std::string now = text_of_now();
            CAPTURE(now);
            Engine fresh = Engine::from_text(now, options);
            REQUIRE(outcome(engine) == outcome(fresh));
            if (step == 11 && outcome(engine) != "refused") check_proofs(engine, 5);
        }
    }
}

TEST_CASE("constants that no evaluation has met can be added, lists and texts as well") {
    Engine engine = Engine::from_text(
        "pred e(term, term). p(X,Y) :- e(X,Y). p(X,Z) :- p(X,Y), e(Y,Z). l([X]) :- p(X,X).\n"
        "e(a,b). query p(a,Y). query l(X).");
    CHECK(to_text(engine.run()) == "p(a,b): 1\n");
    engine.add_fact("e(b, f([1, \"x\", 2.5], zebra))");
    CHECK(to_text(engine.run()) == "p(a,b): 1\np(a,f([1,\"x\",2.5],zebra)): 1\n");
    engine.add_fact("e(f([1, \"x\", 2.5], zebra), 12345678901)");
    engine.retract_fact("e(a, b)");
    engine.add_fact("e(a, f([1, \"x\", 2.5], zebra))");
    CHECK(to_text(engine.run()) == "p(a,12345678901): 1\np(a,f([1,\"x\",2.5],zebra)): 1\n");
}

TEST_CASE("what is not stated as a fact cannot be taken back") {
    Engine engine = Engine::from_text("e(1,2). p(X) :- e(X,_). query p(X).");
    CHECK_THROWS_AS(engine.retract_fact("p(1)"), std::invalid_argument);
    CHECK_THROWS_AS(engine.retract_fact("e(2,1)"), std::invalid_argument);
    CHECK(to_text(engine.run()) == "p(1): 1\n");
    engine.retract_fact("e(1,2)");
    CHECK(to_text(engine.run()).empty());
}

TEST_CASE("a circuit stays compiled while facts change that it does not depend on") {
    Engine engine = Engine::from_text(
        "pred e(int, int). 0.5::c. q :- c. p(X,Y) :- e(X,Y). query q. query p(X,Y).");
    CHECK(to_text(engine.run()) == "q: 0.5\n");
    engine.add_fact("e(1,2)");
    CHECK(to_text(engine.run()) == "q: 0.5\np(1,2): 1\n");
}

}  // namespace entail::tests
