// Aggregates over themselves, against relaxation until nothing changes.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>

#include "programs/engine.h"
#include "tests/support/seed.h"

using namespace entail;

namespace {

struct Road {
    int from, to, length;
};

std::string text(const std::vector<Road>& roads, int nodes) {
    std::string out = "pred road(int, int, int).\n";
    for (int i = 0; i < nodes; ++i) out += fmt::format("node({}).\n", i);
    for (const Road& r : roads) out += fmt::format("road({},{},{}).\n", r.from, r.to, r.length);
    return out;
}

std::vector<Road> random_roads(std::mt19937_64& random, int nodes, int count) {
    std::vector<Road> roads;
    auto below = [&](int bound) {
        return static_cast<int>(random() % static_cast<std::uint64_t>(bound));
    };
    for (int i = 0; i < count; ++i) roads.push_back({below(nodes), below(nodes), below(10)});
    return roads;
}

/// The shortest way from 0 to each node that there is a way to.
std::map<int, int> shortest(const std::vector<Road>& roads) {
    std::map<int, int> best{{0, 0}};
    for (bool changed = true; changed;) {
        changed = false;
        for (const Road& r : roads) {
            if (!best.contains(r.from)) continue;
            int length = best[r.from] + r.length;
            auto [place, is_new] = best.try_emplace(r.to, length);
            changed = changed || is_new || length < place->second;
            place->second = std::min(place->second, length);
        }
    }
    return best;
}

std::string answers(const std::string& program) {
    Options options;
    options.threads = 1;
    return to_text(Engine::from_text(program, options).run());
}

}  // namespace

TEST_CASE("shortest paths are found through every form of the recursion") {
    std::mt19937_64 random(tests::random_seed());
    for (int round = 0; round < 40; ++round) {
        int nodes = 2 + static_cast<int>(random() % 12);
        auto roads = random_roads(random, nodes, static_cast<int>(random() % 40));
        std::string expected;
        for (auto [node, length] : shortest(roads)) {
            expected += fmt::format("dist({},{}): 1\n", node, length);
        }
        std::string facts = text(roads, nodes) + "query dist(Y, D).\n";
        CAPTURE(facts);
        CHECK(answers(facts + "dist(Y,D) :- node(Y), D = #min{ E : step(Y,E) }.\n"
                              "step(0,0).\n"
                              "step(Y,E) :- dist(X,C), road(X,Y,W), E is C + W.\n") == expected);
        CHECK(answers(facts + "dist(Y,D) :- node(Y), D = #min{ E : Y = 0, E = 0 ;\n"
                              "    dist(X,C), road(X,Y,W), E is C + W }.\n") == expected);
        // Members that say where they come from, and a bound that changes nothing.
        CHECK(answers(facts +
                      "dist(Y,D) :- node(Y), D = #min{ E, X : via(Y,X,E) }.\n"
                      "via(0,0,0).\n"
                      "via(Y,X,E) :- road(X,Y,W), dist(X,C), C + W < 1000, E is W + C.\n") ==
              expected);
    }
}

TEST_CASE("the widest path and the longest path without a way around") {
    std::string facts = "node(a). node(b). node(c). e(a,b,5). e(b,c,3). e(a,c,2). e(c,b,9).\n";
    CHECK(answers(facts + "wide(Y,D) :- node(Y), D = #max{ E : through(Y,E) }.\n"
                          "through(a,100).\n"
                          "through(Y,E) :- wide(X,C), e(X,Y,W), E is min(C, W).\n"
                          "query wide(Y,D).\n") == "wide(a,100): 1\nwide(b,5): 1\nwide(c,3): 1\n");
    CHECK(answers("e(a,b,5). e(b,c,3). e(a,c,2). node(a). node(b). node(c).\n"
                  "late(Y,D) :- node(Y), D = #max{ E : after(Y,E) }.\n"
                  "after(a,0).\n"
                  "after(Y,E) :- late(X,C), e(X,Y,W), E is C + W.\n"
                  "query late(c,D).\n") == "late(c,8): 1\n");
}

TEST_CASE("what rests on shortest paths may be uncertain") {
    CHECK(answers("node(a). node(b). e(a,b,2). e(b,a,2). 0.5::open(b).\n"
                  "dist(Y,D) :- node(Y), D = #min{ E : step(Y,E) }.\n"
                  "step(a,0).\n"
                  "step(Y,E) :- dist(X,C), e(X,Y,W), E is C + W.\n"
                  "near(Y) :- dist(Y,D), D < 3, open(Y).\n"
                  "query near(b).\n") == "near(b): 0.5\n");
}

TEST_CASE("facts that come later are candidates too") {
    Engine engine = Engine::from_text(
        "pred step(atom, int).\n"
        "node(a). node(b). e(a,b,2).\n"
        "dist(Y,D) :- node(Y), D = #min{ E : step(Y,E) }.\n"
        "step(Y,E) :- dist(X,C), e(X,Y,W), E is C + W.\n"
        "query dist(Y,D).\n");
    engine.add_fact("step(a,5)");
    CHECK(to_text(engine.run()) == "dist(a,5): 1\ndist(b,7): 1\n");
}
