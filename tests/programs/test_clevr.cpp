// CLEVR's files: the operations, the answers, the rules they stand for, and what is wrong with
// files.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <map>

#include "neural/core/data_error.h"
#include "programs/clevr.h"
#include "programs/engine.h"
#include "tests/support/process.h"
#include "tests/support/shared.h"
#include "tests/support/temp_dir.h"

using namespace entail;

namespace {

/// A large red metal cube, and right of it a small blue rubber sphere and a small red rubber
/// cylinder.
constexpr const char* kScene =
    R"({"image_index": 4, "objects": [
        {"size": "large", "color": "red", "material": "metal", "shape": "cube"},
        {"size": "small", "color": "blue", "material": "rubber", "shape": "sphere"},
        {"size": "small", "color": "red", "material": "rubber", "shape": "cylinder"}],
      "relationships": {"left": [[], [0], [0, 1]], "right": [[1, 2], [2], []],
                        "front": [[1], [], [0, 1]], "behind": [[2], [0, 2], []]}})";

std::string node(const std::string& function, const std::string& inputs,
                 const std::string& value = "") {
    std::string values = value.empty() ? "" : "\"" + value + "\"";
    return fmt::format(R"({{"type": "{}", "inputs": [{}], "value_inputs": [{}]}})", function,
                       inputs, values);
}

std::string question(const std::vector<std::string>& nodes, const std::string& answer) {
    std::string program;
    for (const std::string& one : nodes) program += (program.empty() ? "" : ", ") + one;
    return fmt::format(R"({{"image_index": 4, "program": [{}], "answer": {}}})", program, answer);
}

/// Every operation once at least, on that scene.
const std::vector<std::string>& questions() {
    static const std::vector<std::string> all = {
        question({node("scene", ""), node("filter_color", "0", "red"), node("count", "1")}, "2"),
        question({node("scene", ""), node("filter_shape", "0", "sphere"), node("unique", "1"),
                  node("relate", "2", "right"), node("unique", "3"), node("query_color", "4")},
                 "\"red\""),
        question({node("scene", ""), node("filter_size", "0", "large"), node("unique", "1"),
                  node("same_color", "2"), node("unique", "3"), node("query_shape", "4")},
                 "\"cylinder\""),
        question({node("scene", ""), node("filter_material", "0", "metal"), node("unique", "1"),
                  node("same_material", "2"), node("exist", "3")},
                 "false"),
        question({node("scene", ""), node("filter_shape", "0", "sphere"), node("unique", "1"),
                  node("same_size", "2"), node("filter_shape", "0", "cube"), node("union", "3, 4"),
                  node("count", "5")},
                 "\"2\""),
        question(
            {node("scene", ""), node("filter_color", "0", "red"), node("filter_size", "0", "small"),
             node("intersect", "1, 2"), node("unique", "3"), node("query_size", "4")},
            "\"small\""),
        question({node("scene", ""), node("filter_shape", "0", "cube"), node("unique", "1"),
                  node("query_material", "2"), node("filter_shape", "0", "sphere"),
                  node("unique", "4"), node("query_material", "5"), node("equal_material", "3, 6")},
                 "\"no\""),
        question(
            {node("scene", ""), node("filter_color", "0", "red"), node("count", "1"),
             node("filter_color", "0", "blue"), node("count", "3"), node("greater_than", "2, 4")},
            "\"yes\""),
        question({node("scene", ""), node("filter_color", "0", "red"), node("count", "1"),
                  node("filter_color", "0", "blue"), node("count", "3"), node("less_than", "2, 4")},
                 "false"),
        question({node("scene", ""), node("count", "0"), node("scene", ""), node("count", "2"),
                  node("equal_integer", "1, 3")},
                 "true"),
        question({node("scene", ""), node("filter_shape", "0", "cube"), node("unique", "1"),
                  node("same_shape", "2"), node("exist", "3")},
                 "\"no\""),
    };
    return all;
}

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
    return out;
}

struct Files {
    tests::TempDir dir;
    functional::Vocabulary names = clevr_vocabulary();

    std::filesystem::path put(const std::string& name, const std::string& text) const {
        std::ofstream(dir / name, std::ios::binary) << text;
        return dir / name;
    }
    std::filesystem::path scenes(const std::string& elements = kScene) const {
        return put("scenes.json", R"({"info": {"objects": {}}, "scenes": [)" + elements + "]}");
    }
    std::filesystem::path questions(const std::string& elements) const {
        return put("questions.json", R"({"questions": [)" + elements + R"(], "info": {}})");
    }
    /// What reading scenes, then questions, says is wrong.
    std::string error(const std::filesystem::path& scenes_file,
                      const std::filesystem::path& questions_file) const {
        try {
            ClevrScenes scenes = load_clevr_scenes(scenes_file, names);
            load_clevr_questions(questions_file, scenes, names);
        } catch (const neural::DataError& error) {
            std::string what = error.what();
            std::string folder = dir.path().string() + "/";
            return what.starts_with(folder) ? what.substr(folder.size()) : what;
        }
        return "";
    }
    std::string scene_error(const std::string& elements) const {
        return error(scenes(elements), questions(""));
    }
    std::string question_error(const std::vector<std::string>& nodes) const {
        return error(scenes(), questions(question(nodes, "1")));
    }
};

/// What the rules say of a question.
std::map<std::string, double> by_rules(const std::string& program) {
    std::map<std::string, double> law;
    RunResult result = Engine::from_text(program).run();
    for (const Answer& answer : result.results.at(0).answers) {
        law[answer.atom.substr(7, answer.atom.size() - 8)] = answer.lower;
    }
    const auto& undefined = result.results[0].undefined;
    law["undefined"] = undefined ? undefined->lower : 0;
    return law;
}

}  // namespace

TEST_CASE("the vocabulary of CLEVR is what its library declares") {
    functional::Vocabulary names = clevr_vocabulary();
    std::vector<std::string> found;
    for (const auto& attribute : names.attributes) {
        found.push_back(fmt::format("{} {}", attribute.name, attribute.count));
    }
    CHECK(found == std::vector<std::string>{"size 2", "color 8", "material 2", "shape 3"});
    CHECK(names.relations == std::vector<std::string>{"left", "right", "front", "behind"});
}

TEST_CASE("all operations of CLEVR answer rightly, and as their rules do") {
    Files files;
    ClevrScenes scenes = load_clevr_scenes(files.scenes(), files.names);
    ClevrQuestions loaded =
        load_clevr_questions(files.questions(joined(questions())), scenes, files.names);
    ClevrResult result = answer_clevr(scenes, loaded.questions, files.names, {});
    for (std::size_t q = 0; q < loaded.questions.size(); ++q) {
        const ClevrQuestion& asked = loaded.questions[q];
        CAPTURE(q);
        CHECK(result.answers[q].text == asked.answer);
        std::string program = clevr_program(asked, scenes.scenes[0], files.names, 1);
        CHECK(by_rules(program).at(asked.answer) == 1);

        program = clevr_program(asked, scenes.scenes[0], files.names, 0.75);
        functional::Law law = functional::law(
            asked.code, functional::with_certainty(scenes.scenes[0], files.names, 0.75),
            files.names);
        std::map<std::string, double> rules = by_rules(program);
        CHECK(std::abs(rules["undefined"] - law.undefined) < 1e-9);
        for (const auto& [outcome, mass] : law.outcomes) {
            CHECK(std::abs(rules[functional::text(outcome, files.names)] - mass) < 1e-9);
        }
    }
    CHECK(result.right == questions().size());
}

TEST_CASE("the names of the first published version are read too") {
    Files files;
    ClevrScenes scenes = load_clevr_scenes(files.scenes(), files.names);
    auto file = files.questions(
        R"({"image_index": 4, "answer": "1", "program": [
            {"function": "scene", "inputs": []},
            {"function": "filter_color", "inputs": [0], "side_inputs": ["blue"]},
            {"function": "count", "inputs": [1], "side_inputs": []}]})");
    ClevrQuestions loaded = load_clevr_questions(file, scenes, files.names);
    CHECK(answer_clevr(scenes, loaded.questions, files.names, {}).right == 1);
}

TEST_CASE("a question that meets no single object has no value, and is not right") {
    Files files;
    ClevrScenes scenes = load_clevr_scenes(files.scenes(), files.names);
    auto file = files.questions(
        question({node("scene", ""), node("unique", "0"), node("query_color", "1")}, "\"red\""));
    ClevrQuestions loaded = load_clevr_questions(file, scenes, files.names);
    ClevrResult result = answer_clevr(scenes, loaded.questions, files.names, {});
    CHECK(result.right == 0);
    CHECK(result.answers.at(0).text == "undefined");
    CHECK(result.answers[0].undefined == 1);
}

TEST_CASE("a wrong file is refused with its place, the cause and the way out") {
    Files files;
    auto good = files.scenes();
    auto starts = [](const std::string& text, const std::string& start) {
        INFO(text);
        CHECK(text.starts_with(start));
        CHECK(text.ends_with(")"));
    };
    starts(files.error(good, files.put("cut.json", "{\n\"questions\": [{\"image_index\": 4,")),
           "cut.json: line 2, byte 35: it is not JSON");
    starts(files.error(good, files.put("list.json", "[]")),
           "list.json: it has no list 'questions'");
    starts(files.error(good, files.put("empty.json", "")), "empty.json: ");
    starts(files.error(good, files.dir / "none.json"), "none.json: ");
    starts(files.error(good, files.questions("3")),
           "questions.json: an element of 'questions' is not an object: 3");
    starts(files.error(good, files.put("deep.json", std::string(200'000, '['))),
           "deep.json: line 1, byte ");
    starts(files.error(good, files.questions("{}")),
           "questions.json: question 0: it has no 'image_index'");
    starts(files.error(good, files.questions(R"({"image_index": 5, "answer": 1, "program": []})")),
           "questions.json: question 0: no scene has image_index 5");
    starts(files.question_error({}), "questions.json: question 0: its program has no steps");

    starts(files.question_error({node("scene", ""), node("count", "1")}),
           "questions.json: question 0, step 1: it takes step 1");
    starts(files.question_error({node("scene", ""), node("count", "-1")}),
           "questions.json: question 0, step 1: it takes step -1");
    starts(files.question_error({node("scene", ""), node("filter_colour", "0", "red")}),
           "questions.json: question 0, step 1: 'filter_colour' is not a stage of a pipeline");
    starts(files.question_error({node("scene", ""), node("query_color", "0")}),
           "questions.json: question 0, step 1: 'query' is given a set, expected an object");
    starts(files.question_error({node("scene", ""), node("filter_color", "0")}),
           "questions.json: question 0, step 1: argument count of 'filter_color' is 0, expected 1");
    starts(files.question_error(
               {node("scene", ""), node("filter_color", "0", "pink"), node("count", "1")}),
           "questions.json: question 0: 'pink' is no color");
    starts(files.question_error({node("scene", ""), node("unique", "0"),
                                 node("relate", "1", "above"), node("count", "2")}),
           "questions.json: question 0: 'above' is no relation");
    starts(files.question_error({node("scene", "")}),
           "questions.json: question 0: its program ends with a set");
    starts(files.question_error({"7"}),
           "questions.json: question 0, step 0: it is not an object: 7");
    std::vector<std::string> many(1001, node("scene", ""));
    starts(files.question_error(many), "questions.json: question 0: its program has 1001 steps");

    starts(files.scene_error(R"({"image_index": 0})"), "scenes.json: scene 0: it has no 'objects'");
    starts(files.scene_error(R"({"image_index": 0, "objects": [{"size": "huge"}]})"),
           "scenes.json: scene 0, object 0: 'huge' is no size");
    starts(
        files.scene_error(R"({"image_index": 0, "objects": [], "relationships": {"left": [[]]}})"),
        "scenes.json: scene 0: 'left' has 1 lists for 0 objects");
    std::string related = kScene;
    related.replace(related.find("[0, 1]"), 6, "[0, 3]");
    starts(files.scene_error(related), "scenes.json: scene 0: 'left' is 3, expected a number");
    std::string crowd;
    for (int i = 0; i < 65; ++i) crowd += i == 0 ? "{}" : ", {}";
    starts(files.scene_error(R"({"image_index": 0, "objects": [)" + crowd + "]}"),
           "scenes.json: scene 0: it has 65 objects");
}

TEST_CASE("the command answers, lists what is wrong, and writes programs") {
    Files files;
    std::string scenes = files.scenes().string();
    std::string file = files
                           .questions(joined(questions()) + ", " +
                                      question({node("scene", ""), node("count", "0")}, "5"))
                           .string();
    auto run = tests::run_entail({"clevr", scenes, file, "--wrong"});
    CHECK(run.exit_code == 0);
    CHECK(run.out == "question 11 (image 4): 3, should be 5\n11 of 12 answers right\n");
    CHECK(run.err.find("questions a second") != std::string::npos);
    CHECK(tests::run_entail({"clevr", scenes, file, "--certainty", "0.9"})
              .out.ends_with(" of 12 answers right\n"));
    CHECK(tests::run_entail({"clevr", scenes, file, "--certainty", "0.9", "--max-cases", "1"})
              .exit_code == 3);
    CHECK(tests::run_entail({"clevr", scenes, file, "--certainty", "1.5"}).exit_code == 2);
    CHECK(tests::run_entail({"clevr", scenes, file, "--program", "12"}).exit_code == 2);
    CHECK(tests::run_entail({"clevr", scenes, scenes}).exit_code == 1);
    auto program = tests::run_entail({"clevr", scenes, file, "--program", "1"});
    CHECK(to_text(Engine::from_text(program.out).run()) == "answer(red): 1\n");
}

TEST_CASE("all questions over CLEVR's scenes are answered right") {
    auto shared = tests::shared_dir();
    auto folder = shared ? *shared / "data" / "clevr" : std::filesystem::path();
    if (!shared || !std::filesystem::exists(folder)) {
        MESSAGE("skipped: no data/clevr in a shared directory");
        return;
    }
    functional::Vocabulary names = clevr_vocabulary();
    ClevrScenes scenes = load_clevr_scenes(folder / "CLEVR_train_scenes_1000.json.gz", names);
    ClevrQuestions loaded =
        load_clevr_questions(folder / "questions_train_5000.json.gz", scenes, names);
    CHECK(loaded.questions.size() == 5000);
    CHECK(answer_clevr(scenes, loaded.questions, names, {}).right == 5000);

    // A sample as rules; uncertain as well where counting takes no time.
    for (std::size_t q = 3; q < loaded.questions.size(); q += 125) {
        const ClevrQuestion& asked = loaded.questions[q];
        const functional::Scene& scene = scenes.scenes[asked.scene];
        CAPTURE(q);
        CHECK(by_rules(clevr_program(asked, scene, names, 1)).at(asked.answer) == 1);
        if (scene.size > 6) continue;
        std::map<std::string, double> rules = by_rules(clevr_program(asked, scene, names, 0.9));
        functional::Law law =
            functional::law(asked.code, functional::with_certainty(scene, names, 0.9), names);
        CHECK(std::abs(rules["undefined"] - law.undefined) < 1e-9);
        for (const auto& [outcome, mass] : law.outcomes) {
            CHECK(std::abs(rules[functional::text(outcome, names)] - mass) < 1e-9);
        }
    }
}
