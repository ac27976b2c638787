// verify, abduce, whatif and flip against enumeration of the worlds of random causal models: each
// variable follows from earlier ones by rules, each rule with a coin of its own or without.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "programs/engine.h"
#include "tests/support/seed.h"

using namespace entail;
using namespace entail::tests;

namespace {

struct ModelRule {
    int head;
    std::vector<int> body;  // a variable's number + 1, negative when negated
    std::optional<double> coin;
};

/// Coins are numbered by their rules. A world is a set of coins that fell on heads.
struct Model {
    int variables = 0;
    std::vector<ModelRule> rules;
    std::vector<int> coins;  // rules with one
    std::vector<std::vector<int>> constraints;

    std::string text() const {
        std::string result;
        for (const ModelRule& rule : rules) {
            if (rule.coin) result += fmt::format("{} :: ", *rule.coin);
            result += name(rule.head);
            for (std::size_t k = 0; k < rule.body.size(); ++k)
                result += (k == 0 ? " :- " : ", ") + literal(rule.body[k]);
            result += ".\n";
        }
        for (const auto& body : constraints) {
            for (std::size_t k = 0; k < body.size(); ++k)
                result += (k == 0 ? ":- " : ", ") + literal(body[k]);
            result += ".\n";
        }
        return result;
    }
    static std::string name(int variable) { return fmt::format("x{}", variable); }
    static std::string literal(int literal) {
        return (literal < 0 ? "\\+ " : "") + name(std::abs(literal) - 1);
    }

    using Values = std::vector<bool>;
    static bool holds(const std::vector<int>& body, const Values& values) {
        return std::ranges::all_of(body, [&](int literal) {
            return values[static_cast<std::size_t>(std::abs(literal) - 1)] == (literal > 0);
        });
    }
    /// `set`: variables without rules. `removed`: rules that are not there.
    Values evaluate(unsigned world, const std::map<int, bool>& set = {},
                    const std::set<std::size_t>& removed = {}) const {
        Values values(static_cast<std::size_t>(variables), false);
        for (int v = 0; v < variables; ++v) {
            if (auto place = set.find(v); place != set.end()) {
                values[static_cast<std::size_t>(v)] = place->second;
                continue;
            }
            unsigned coin = 0;
            for (std::size_t r = 0; r < rules.size(); ++r) {
                const bool falls = !rules[r].coin || (world >> coin & 1U) != 0;
                if (rules[r].coin) ++coin;
                if (rules[r].head != v || !falls || removed.contains(r)) continue;
                if (holds(rules[r].body, values)) values[static_cast<std::size_t>(v)] = true;
            }
        }
        return values;
    }
    bool allowed(const Values& values) const {
        return std::ranges::none_of(constraints,
                                    [&](const auto& body) { return holds(body, values); });
    }
    double weight(unsigned world) const {
        double result = 1;
        for (std::size_t c = 0; c < coins.size(); ++c) {
            const double heads = *rules[static_cast<std::size_t>(coins[c])].coin;
            result *= (world >> c & 1U) != 0 ? heads : 1 - heads;
        }
        return result;
    }
    unsigned worlds() const { return 1U << static_cast<unsigned>(coins.size()); }
};

/// ENTAIL_PROGRAMS says how many random models a nightly run looks at.
int programs(int usually) {
    const char* wanted = std::getenv("ENTAIL_PROGRAMS");
    return wanted != nullptr ? std::min(2000, std::stoi(wanted)) : usually;
}

int below(std::mt19937_64& random, int n) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(n));
}

Model random_model(std::mt19937_64& random, int max_variables, std::size_t max_coins) {
    Model model;
    model.variables = 3 + below(random, max_variables - 2);
    auto random_literal = [&](int from) {
        const int variable = 1 + below(random, from);
        return below(random, 3) == 0 ? -variable : variable;
    };
    for (int v = 0; v < model.variables; ++v) {
        const int rules = 1 + below(random, 2);
        for (int r = 0; r < rules; ++r) {
            ModelRule rule{v, {}, std::nullopt};
            const int length = v == 0 ? 0 : below(random, std::min(v, 3) + 1);
            for (int k = 0; k < length; ++k) rule.body.push_back(random_literal(v));
            const bool has_room = model.coins.size() < max_coins;
            if (has_room && below(random, 4) != 0) {
                rule.coin = 0.1 + 0.01 * below(random, 80);
                model.coins.push_back(static_cast<int>(model.rules.size()));
            }
            model.rules.push_back(rule);
        }
    }
    if (below(random, 2) == 0)
        model.constraints.push_back(
            {random_literal(model.variables), random_literal(model.variables)});
    return model;
}

std::vector<int> random_goal(std::mt19937_64& random, const Model& model) {
    std::vector<int> goal;
    for (int k = 1 + below(random, 2); k > 0; --k) {
        const int variable = 1 + below(random, model.variables);
        goal.push_back(below(random, 4) == 0 ? -variable : variable);
    }
    return goal;
}

std::string text(const std::vector<int>& goal) {
    std::string result;
    for (int literal : goal) result += (result.empty() ? "" : ", ") + Model::literal(literal);
    return result;
}

}  // namespace

TEST_CASE("counterfactuals of random causal models are those of enumerated worlds") {
    std::mt19937_64 random(random_seed());
    int compared = 0, moved = 0;
    for (int round = 0; round < 400; ++round) {
        const Model model = random_model(random, 12, 12);
        CAPTURE(model.text());
        std::map<int, bool> set;
        std::vector<std::string> settings;
        for (int k = below(random, 3); k >= 0; --k) {
            const int variable = below(random, model.variables);
            const bool value = below(random, 2) == 0;
            if (!set.emplace(variable, value).second) continue;
            settings.push_back(Model::name(variable) + (value ? "" : " = false"));
        }
        std::vector<int> seen;
        if (below(random, 3) != 0) seen = random_goal(random, model);
        CAPTURE(text(seen));
        CAPTURE(settings.front());
        double mass = 0, without = 0;
        std::vector<double> expected(static_cast<std::size_t>(model.variables), 0.0), before;
        for (unsigned world = 0; world < model.worlds(); ++world) {
            const auto factual = model.evaluate(world);
            if (!model.allowed(factual) || !Model::holds(seen, factual)) continue;
            mass += model.weight(world);
            const auto changed = model.evaluate(world, set);
            if (changed != factual) without += model.weight(world);
            for (std::size_t v = 0; v < expected.size(); ++v)
                if (changed[v]) expected[v] += model.weight(world);
        }
        Engine engine = Engine::from_text(model.text());
        for (int literal : seen) engine.give(Model::literal(literal));
        std::vector<std::string> queries;
        for (int v = 0; v < model.variables; ++v) queries.push_back(Model::name(v));
        if (mass == 0) {
            CHECK_THROWS_AS(engine.what_if(settings, queries), ProgramError);
            continue;
        }
        const RunResult result = engine.what_if(settings, queries);
        REQUIRE(result.results.size() == expected.size());
        for (std::size_t v = 0; v < expected.size(); ++v) {
            const Answer& answer = result.results[v].answers.at(0);
            CHECK(answer.atom == Model::name(static_cast<int>(v)));
            CHECK(answer.lower == doctest::Approx(expected[v] / mass).epsilon(1e-9));
            CHECK(answer.lower == answer.upper);
        }
        ++compared;
        moved += without > 0 ? 1 : 0;
    }
    CHECK(compared > 100);
    CHECK(moved > 50);
}

TEST_CASE("abduction in random causal models finds the best subset-minimal sets") {
    std::mt19937_64 random(random_seed());
    int explained = 0, several = 0;
    for (int round = 0; round < programs(100); ++round) {
        const Model model = random_model(random, 7, 6);
        const std::vector<int> goal = random_goal(random, model);
        CAPTURE(model.text());
        CAPTURE(text(goal));
        const std::size_t n = model.coins.size();
        // Sets of alternatives, a digit a coin: 0 not in it, 1 heads, 2 tails.
        using Set = std::vector<int>;
        std::vector<std::pair<double, Set>> sets;
        std::size_t count = 1;
        for (std::size_t c = 0; c < n; ++c) count *= 3;
        std::vector<Set> entailing;
        for (std::size_t code = 0; code < count; ++code) {
            Set set;
            for (std::size_t c = 0, rest = code; c < n; ++c, rest /= 3)
                set.push_back(static_cast<int>(rest % 3));
            bool is_possible = false, entails = true;
            for (unsigned world = 0; world < model.worlds() && entails; ++world) {
                bool agrees = true;
                for (std::size_t c = 0; c < n; ++c)
                    agrees = agrees && (set[c] == 0 || (set[c] == 1) == ((world >> c & 1U) != 0));
                if (!agrees) continue;
                const auto values = model.evaluate(world);
                if (!model.allowed(values)) continue;
                is_possible = true;
                entails = Model::holds(goal, values);
            }
            if (is_possible && entails) entailing.push_back(set);
        }
        for (const Set& set : entailing) {
            const bool is_minimal = std::ranges::none_of(entailing, [&](const Set& other) {
                if (other == set) return false;
                for (std::size_t c = 0; c < n; ++c)
                    if (other[c] != 0 && other[c] != set[c]) return false;
                return true;
            });
            if (!is_minimal) continue;
            double probability = 1;
            for (std::size_t c = 0; c < n; ++c) {
                const double heads = *model.rules[static_cast<std::size_t>(model.coins[c])].coin;
                if (set[c] != 0) probability *= set[c] == 1 ? heads : 1 - heads;
            }
            sets.emplace_back(probability, set);
        }
        std::ranges::sort(sets, std::ranges::greater{}, [](const auto& one) { return one.first; });
        const std::size_t top = 5;
        const Abduction found = Engine::from_text(model.text()).abduce(text(goal), top);
        REQUIRE(found.limits.empty());
        REQUIRE(found.hypotheses.size() == std::min(top, sets.size()));
        for (std::size_t k = 0; k < found.hypotheses.size(); ++k)
            CHECK(found.hypotheses[k].probability == doctest::Approx(sets[k].first).epsilon(1e-9));
        explained += sets.empty() ? 0 : 1;
        several += sets.size() > 1 ? 1 : 0;
    }
    CHECK(explained > 20);
    CHECK(several > 5);
}

TEST_CASE("flips of random causal models are the fewest changes, of those the most probable") {
    std::mt19937_64 random(random_seed());
    int flipped = 0, in_vain = 0;
    for (int round = 0; round < programs(500); ++round) {
        Model model = random_model(random, 7, 5);
        model.constraints.clear();  // so that the most probable world is known coin by coin
        const std::vector<int> goal = random_goal(random, model);
        CAPTURE(model.text());
        CAPTURE(text(goal));
        std::vector<std::size_t> facts;
        std::set<int> heads_of_facts;
        bool repeats = false;
        for (std::size_t r = 0; r < model.rules.size(); ++r) {
            if (model.rules[r].coin || !model.rules[r].body.empty()) continue;
            repeats = !heads_of_facts.insert(model.rules[r].head).second || repeats;
            facts.push_back(r);
        }
        if (repeats) continue;  // a fact stated twice is one fact
        unsigned now = 0;
        bool is_tie = false;
        for (std::size_t c = 0; c < model.coins.size(); ++c) {
            const double heads = *model.rules[static_cast<std::size_t>(model.coins[c])].coin;
            if (heads > 0.5) now |= 1U << c;
            is_tie = is_tie || std::abs(heads - 0.5) < 1e-9;
        }
        if (is_tie) continue;
        const bool holds = Model::holds(goal, model.evaluate(now));
        std::optional<std::pair<int, double>> best;
        for (unsigned world = 0; world < model.worlds(); ++world) {
            for (unsigned out = 0; out < 1U << facts.size(); ++out) {
                std::set<std::size_t> removed;
                for (std::size_t f = 0; f < facts.size(); ++f)
                    if ((out >> f & 1U) != 0) removed.insert(facts[f]);
                if (Model::holds(goal, model.evaluate(world, {}, removed)) == holds) continue;
                const int changes = __builtin_popcount(world ^ now) + __builtin_popcount(out);
                const std::pair<int, double> score{changes, -model.weight(world)};
                if (!best || score < *best) best = score;
            }
        }
        const FlipAnswer answer = Engine::from_text(model.text()).flip(text(goal));
        REQUIRE(answer.limits.empty());
        CHECK(answer.found == best.has_value());
        if (!best) {
            ++in_vain;
            continue;
        }
        ++flipped;
        CHECK(answer.holds == holds);
        CHECK(answer.is_proved);
        CHECK(answer.changes.size() == static_cast<std::size_t>(best->first));
    }
    CHECK(flipped > 100);
    CHECK(in_vain > 0);
}

TEST_CASE("properties of random causal models are proved and refuted as all worlds say") {
    std::mt19937_64 random(random_seed());
    int proved = 0, refuted = 0;
    for (int round = 0; round < 300; ++round) {
        const Model model = random_model(random, 9, 8);
        const std::vector<int> bad = random_goal(random, model),
                               if_then = random_goal(random, model);
        const int claim = 1 + below(random, model.variables);
        const int subject = below(random, model.variables);
        const int under =
            model
                .rules[static_cast<std::size_t>(
                    model.coins.empty() ? 0
                                        : model.coins[static_cast<std::size_t>(below(
                                              random, static_cast<int>(model.coins.size())))])]
                .head;
        std::string program = model.text();
        program += fmt::format("never {}.\n", text(bad));
        program += fmt::format("always {} :- {}.\n", Model::literal(claim), text(if_then));
        const bool has_choice = !model.coins.empty();
        if (has_choice)
            program +=
                fmt::format("invariant {} under {}.\n", Model::name(subject), Model::name(under));
        CAPTURE(program);
        std::vector<bool> expected(has_choice ? 3 : 2, true);
        unsigned own = 0;  // coins that define `under`
        for (std::size_t c = 0; c < model.coins.size(); ++c)
            if (model.rules[static_cast<std::size_t>(model.coins[c])].head == under) own |= 1U << c;
        for (unsigned world = 0; world < model.worlds(); ++world) {
            const auto values = model.evaluate(world);
            if (!model.allowed(values)) continue;
            if (Model::holds(bad, values)) expected[0] = false;
            if (Model::holds(if_then, values) && !Model::holds({claim}, values))
                expected[1] = false;
            for (unsigned other = 0; has_choice && other < model.worlds(); ++other) {
                if (((other ^ world) & ~own) != 0) continue;
                const auto there = model.evaluate(other);
                const auto s = static_cast<std::size_t>(subject);
                if (model.allowed(there) && there[s] != values[s]) expected[2] = false;
            }
        }
        const std::vector<Verdict> verdicts = Engine::from_text(program).verify();
        REQUIRE(verdicts.size() == expected.size());
        for (std::size_t k = 0; k < verdicts.size(); ++k) {
            CAPTURE(verdicts[k].property);
            CHECK((verdicts[k].status == Verdict::Status::proved) == expected[k]);
            CHECK((verdicts[k].status == Verdict::Status::refuted) == !expected[k]);
            CHECK(verdicts[k].witness.empty() == expected[k]);
            ++(expected[k] ? proved : refuted);
        }
    }
    CHECK(proved > 50);
    CHECK(refuted > 100);
}

TEST_CASE("a decision about draws: setting one value of a draw excludes the others") {
    Engine engine = Engine::from_text(
        "color(X, C) ~ categorical{red: 0.2, green: 0.3, blue: 0.5} :- ball(X).\n"
        "ball(a). ball(b).\n"
        "0.3 :: left(X) ; 0.6 :: right(X) :- ball(X).\n"
        "same :- color(a, C), color(b, C).\n");
    auto value = [&](const std::vector<std::string>& settings, const std::string& query) {
        return engine.what_if(settings, {query}).results.at(0).answers.at(0).lower;
    };
    CHECK(value({"color(a, red)"}, "color(a, red)") == 1);
    CHECK(value({"color(a, red)"}, "color(a, blue)") == 0);
    CHECK(value({"color(a, red)"}, "color(b, red)") == doctest::Approx(0.2));
    CHECK(value({"color(a, red)"}, "same") == doctest::Approx(0.2));
    CHECK(value({"color(a, red) = false"}, "color(a, blue)") == doctest::Approx(0.5));
    CHECK(value({"color(a, red) = false"}, "color(a, red)") == 0);
    CHECK(value({"left(a)"}, "right(a)") == 0);
    CHECK(value({"left(a) = false"}, "right(a)") == doctest::Approx(0.6));
    CHECK(value({"ball(a) = false"}, "left(a)") == 0);
    CHECK(value({"ball(c)"}, "left(c)") == doctest::Approx(0.3));
}

TEST_CASE("probabilities over numbers that are not enumerated are those over all their values") {
    std::mt19937_64 random(random_seed());
    int ranges = 0;
    for (int round = 0; round < 150; ++round) {
        std::string rules;
        auto comparison = [&] {
            static const char* const kOps[] = {"<", "=<", ">", "=:=", "=\\="};
            const char* op = kOps[below(random, 5)];
            switch (below(random, 3)) {
                case 0:
                    return fmt::format("x({}, V), V {} {}", 1 + below(random, 2), op,
                                       below(random, 6) - 2);
                case 1:
                    return fmt::format("x(1, V), x(2, W), V + W {} {}", op, below(random, 8) - 2);
                default:
                    return fmt::format("x(1, V), x(2, W), V {} 2 * W", op);
            }
        };
        for (int r = 0; r < 4; ++r) {
            rules += fmt::format("p{} :- {}", r % 2, comparison());
            if (below(random, 2) == 0) rules += fmt::format(", c{}", below(random, 2));
            if (below(random, 3) == 0) rules += ", \\+ q";
            rules += ".\n";
        }
        rules += "0.3 :: c0. 0.6 :: c1.\nq :- c0, " + comparison() + ".\n";
        rules += "query p0. query p1. query q.\n";
        if (below(random, 2) == 0) rules += "evidence(q, false).\n";
        const std::string enumerated = "choose x(I, V) in -2..3 :- I in 1..2.\n" + rules;
        const std::string unknown =
            "choose x(I, V) in int :- I in 1..2.\n"
            ":- x(_, V), V < -2.\n:- x(_, V), V > 3.\n" +
            rules;
        CAPTURE(unknown);
        const RunResult expected = Engine::from_text(enumerated).run();
        const RunResult found = Engine::from_text(unknown).run();
        REQUIRE(found.limits.empty());
        REQUIRE(found.results.size() == expected.results.size());
        for (std::size_t q = 0; q < expected.results.size(); ++q) {
            const Answer& one = expected.results[q].answers.at(0);
            const Answer& other = found.results[q].answers.at(0);
            CHECK(other.lower == doctest::Approx(one.lower));
            CHECK(other.upper == doctest::Approx(one.upper));
            ranges += one.lower != one.upper ? 1 : 0;
        }
    }
    CHECK(ranges > 20);
}

TEST_CASE("objectives over numbers that are not enumerated find what enumeration finds") {
    std::mt19937_64 random(random_seed());
    int optimal = 0;
    for (int round = 0; round < 100; ++round) {
        const int low = below(random, 4) - 3, high = low + 4;
        std::string rules;
        for (int r = 0; r < 3; ++r) {
            rules += fmt::format(":- x(1, V), x(2, W), {} * V + {} * W > {}.\n",
                                 below(random, 5) - 2, below(random, 5) - 2, below(random, 7) - 2);
        }
        rules += fmt::format("cost(C) :- x(1, V), x(2, W), C is {} * V + {} * W.\n",
                             below(random, 5) - 2, below(random, 5) - 2);
        rules += "#minimize{ C : cost(C) }.\nquery x(I, V).\nquery cost(C).\n";
        const std::string enumerated =
            fmt::format("choose x(I, V) in {}..{} :- I in 1..2.\n", low, high) + rules;
        // A range this long is never enumerated.
        const std::string unknown =
            fmt::format(
                "choose x(I, V) in -5000..5000 :- I in 1..2.\n:- x(_, V), V < {}.\n"
                ":- x(_, V), V > {}.\n",
                low, high) +
            rules;
        CAPTURE(unknown);
        const Solution expected = Engine::from_text(enumerated).solve();
        const Solution found = Engine::from_text(unknown).solve();
        REQUIRE(found.status == expected.status);
        if (found.status != Solution::Status::optimal) continue;
        ++optimal;
        CHECK(found.worlds[0].objectives.at(0).value == expected.worlds[0].objectives.at(0).value);
        CHECK(found.worlds[0].atoms.size() == 3);
    }
    CHECK(optimal > 10);
}
