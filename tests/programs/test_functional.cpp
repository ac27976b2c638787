// Functional programs: the rules they become, and their direct execution, against enumeration of
// worlds by an evaluator of its own.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "programs/engine.h"
#include "programs/functional/compose.h"
#include "programs/functional/law.h"
#include "programs/syntax/parser.h"
#include "tests/programs/functional_oracle.h"
#include "tests/support/seed.h"

using namespace entail;
using tests::RandomFunctional;
using tests::RandomScene;
using tests::Stage;
using Probabilities = std::map<std::string, double>;

namespace {

/// What the engine says of `answer(…, V)`, by V.
Probabilities run(const std::string& program) {
    Probabilities result;
    RunResult answers = Engine::from_text(program).run();
    for (const Answer& answer : answers.results.at(0).answers) {
        std::size_t from = answer.atom.find_last_of("(,") + 1;
        result[answer.atom.substr(from, answer.atom.size() - 1 - from)] = answer.lower;
    }
    if (const auto& undefined = answers.results[0].undefined) {
        result["undefined"] = undefined->lower;
    }
    return result;
}

std::string differences(const Probabilities& found, const Probabilities& expected) {
    std::string out;
    std::set<std::string> keys;
    for (const auto& [key, mass] : found) keys.insert(key);
    for (const auto& [key, mass] : expected) keys.insert(key);
    for (const std::string& key : keys) {
        auto mass = [&](const Probabilities& of) { return of.contains(key) ? of.at(key) : 0.0; };
        if (std::abs(mass(found) - mass(expected)) > 1e-9) {
            out += fmt::format("{}: {} instead of {}\n", key, mass(found), mass(expected));
        }
    }
    return out;
}

functional::Vocabulary vocabulary() {
    functional::Vocabulary result;
    result.add_attribute("color", {tests::kColors.begin(), tests::kColors.end()});
    result.add_attribute("shape", {tests::kShapes.begin(), tests::kShapes.end()});
    result.relations = {"left", "near"};
    return result;
}

functional::UncertainScene scene_of(const RandomScene& random,
                                    const functional::Vocabulary& names) {
    functional::UncertainScene result;
    result.scene.size = static_cast<std::uint32_t>(random.size);
    for (std::size_t x = 0; x < result.scene.size; ++x) {
        for (const auto& attribute : names.attributes) {
            const auto& shares = random.attributes.at(attribute.name)[x];
            std::uint32_t stated = attribute.first;
            for (std::uint32_t k = 0; k < attribute.count; ++k) {
                auto share = shares.find(names.values[attribute.first + k]);
                result.weights.push_back(share == shares.end() ? 0.0 : share->second);
                if (result.weights.back() > 0) stated = attribute.first + k;
            }
            result.scene.values.push_back(stated);
        }
    }
    for (const std::string& relation : names.relations) {
        for (int x = 0; x < random.size; ++x) {
            functional::ObjectSet related = 0;
            for (auto [y, of] : random.relations.at(relation)) {
                if (of == x) related |= functional::ObjectSet{1} << y;
            }
            result.scene.related.push_back(related);
        }
    }
    return result;
}

functional::Code code_of(const Stage& program, const functional::Vocabulary& names) {
    SourceSet sources;
    Diagnostics diagnostics;
    auto source = sources.add("program.ent", "fun answer = " + text(program) + ".");
    ast::File file = ast::parse(source, sources, diagnostics);
    functional::Functions none;
    functional::Composer composer(none, diagnostics);
    functional::Plan plan = composer.compose(std::get<ast::Function>(file.statements.at(0).form));
    REQUIRE_MESSAGE(!diagnostics.has_errors(), render(diagnostics, sources));
    return functional::encode(plan, names);
}

/// Objects are o0, o1, … here.
std::string name_of(const functional::Outcome& outcome, const functional::Vocabulary& names) {
    if (outcome.type == functional::Type::object) return fmt::format("o{}", outcome.value);
    return functional::text(outcome, names);
}

}  // namespace

TEST_CASE("the rules of random functional programs have the laws that enumeration finds") {
    const std::uint64_t seed = tests::random_seed();
    for (int i = 0; i < 150; ++i) {
        RandomFunctional random(seed + static_cast<std::uint64_t>(i));
        RandomScene scene = random.scene(2 + random.below(3), false);
        int kind = random.below(8);
        Stage program = kind == 0 ? random.set(3) : kind == 1 ? random.object(3) : random.end(3);
        std::string text =
            tests::text(scene) + "fun answer = " + tests::text(program) + ".\nquery answer(X).\n";
        CAPTURE(seed + static_cast<std::uint64_t>(i));
        CAPTURE(text);
        Probabilities expected = tests::enumerate(program, scene);
        CHECK(differences(run(text), expected) == "");
    }
}

TEST_CASE("direct execution of random programs on certain scenes gives what enumeration gives") {
    const std::uint64_t seed = tests::random_seed();
    const auto names = vocabulary();
    functional::Registers registers;
    for (int i = 0; i < 2000; ++i) {
        RandomFunctional random(seed + static_cast<std::uint64_t>(i));
        RandomScene scene = random.scene(random.below(6), true);
        Stage program = random.below(8) == 0 ? random.object(3) : random.end(4);
        CAPTURE(seed + static_cast<std::uint64_t>(i));
        CAPTURE(tests::text(program));
        auto outcome = functional::execute(code_of(program, names), scene_of(scene, names).scene,
                                           names, registers);
        CHECK(differences({{name_of(outcome, names), 1.0}}, tests::enumerate(program, scene)) ==
              "");
    }
}

TEST_CASE("the law of random programs on uncertain scenes is the one that enumeration finds") {
    const std::uint64_t seed = tests::random_seed();
    const auto names = vocabulary();
    int told = 0;
    for (int i = 0; i < 1000; ++i) {
        RandomFunctional random(seed + static_cast<std::uint64_t>(i));
        RandomScene scene = random.scene(1 + random.below(4), false);
        Stage program = random.end(3);
        functional::Code code = code_of(program, names);
        if (!functional::why_no_law(code, names).empty()) continue;
        CAPTURE(seed + static_cast<std::uint64_t>(i));
        CAPTURE(tests::text(scene) + tests::text(program));
        functional::Law law = functional::law(code, scene_of(scene, names), names);
        CHECK(law.is_complete);
        Probabilities found{{"undefined", law.undefined}};
        for (const auto& [outcome, mass] : law.outcomes) found[name_of(outcome, names)] += mass;
        CHECK(differences(found, tests::enumerate(program, scene)) == "");
        ++told;
    }
    CHECK(told > 300);
}

TEST_CASE("evidence conditions the value of a functional program and its undefined mass") {
    const std::string scene =
        "object(o1). object(o2).\n"
        "0.5::color(o1, red) ; 0.5::color(o1, blue).\n"
        "0.25::color(o2, red) ; 0.75::color(o2, blue).\n"
        "fun answer = scene |> filter(color, red) |> unique |> query(color).\n"
        "query answer(X).\n";
    CHECK(differences(run(scene), {{"red", 0.5}, {"undefined", 0.5}}) == "");
    CHECK(differences(run(scene + "evidence color(o1, red).\n"),
                      {{"red", 0.75}, {"undefined", 0.25}}) == "");
    CHECK(differences(run(scene + ":- color(o1, red), color(o2, red).\n"),
                      {{"red", 0.5 / 0.875}, {"undefined", 0.375 / 0.875}}) == "");
}

TEST_CASE("a free choice makes the undefined mass a range") {
    RunResult result = Engine::from_text(
                           "object(o1). object(o2). 0.25::color(o1, red).\n"
                           "choose color(o2, C) in {red, blue}.\n"
                           "fun answer = scene |> filter(color, red) |> unique.\n"
                           "query answer(X).\n")
                           .run();
    CHECK(to_text(result) ==
          "answer(o2): [0, 0.75]\nanswer(o1): [0, 0.25]\nanswer: undefined [0.25, 0.75]\n");
}

TEST_CASE("a functional program is asked and explained through the interface") {
    Engine engine = Engine::from_text(
        "object(o1). object(o2). 0.5::color(o1, red). 0.25::color(o2, red).\n"
        "fun the(C) = scene |> filter(color, C) |> unique.\n"
        "fun much(C, D) = less(scene |> filter(color, C) |> count, scene |> filter(color, D) |> "
        "count).\n");
    QueryAnswers answers = engine.ask("the(red, X)");
    REQUIRE(answers.undefined);
    CHECK(answers.undefined->atom == "the(red)");
    CHECK(answers.undefined->lower == doctest::Approx(0.5));
    CHECK(!engine.ask("much(red, blue, X)").undefined);
    CHECK(engine.ask("much(red, red, false)").answers.at(0).lower == 1);
    CHECK(engine.explain("the(red, o1)").steps.size() > 4);
    CHECK(engine.explain("'the: undefined'(red)").upper == doctest::Approx(0.5));
}
