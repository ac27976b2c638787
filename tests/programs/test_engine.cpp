// The engine as a library: what a caller changes, and what it is told.

#include <doctest/doctest.h>

#include <fstream>

#include "programs/engine.h"
#include "tests/support/temp_dir.h"

namespace entail::tests {

TEST_CASE("a file is read once however it is named or imported") {
    TempDir folder;
    auto write = [&](const char* name, const char* text) {
        std::filesystem::create_directories((folder.path() / name).parent_path());
        std::ofstream(folder.path() / name) << text;
    };
    write("main.ent", "import \"other.ent\". 0.5::q. query q. query c.");
    write("other.ent", "import \"main.ent\". import \"sub/c.ent\". import \"./sub/../sub/c.ent\".");
    write("sub/c.ent", "0.5::c.");
    Engine engine = Engine::from_file(folder.path() / "main.ent");
    CHECK(to_text(engine.run()) == "q: 0.5\nc: 0.5\n");
}

TEST_CASE("a question asked again after new facts and evidence has a new answer") {
    Engine engine =
        Engine::from_text("pred edge(term, term). 0.5::ok. r(Y) :- edge(1, Y), ok. query r(Y).");
    CHECK(to_text(engine.run()).empty());
    CHECK(engine.ask("r(2)").answers.front().upper == 0);
    engine.add_fact("edge(1, 2)");
    CHECK(to_text(engine.run()) == "r(2): 0.5\n");
    CHECK(engine.ask("r(2)").answers.front().upper == 0.5);
    engine.give("ok");
    CHECK(to_text(engine.run()) == "r(2): 1\n");
    CHECK(engine.ask("\\+ r(2)").answers.front().upper == 0);
}

TEST_CASE("an open question that a limit cut short says so") {
    Options options;
    options.max_derivations = 1000;
    Engine engine = Engine::from_text("n(0). n(Y) :- n(X), Y is X + 1.", options);
    QueryAnswers answers = engine.ask("n(X)");
    CHECK(answers.answers.empty());
    CHECK(answers.limits == std::vector<std::string>{"derivations"});
}

TEST_CASE("misuse of a call names the function and the argument") {
    Engine engine = Engine::from_text("0.5::a. query a.");
    CHECK_THROWS_WITH_AS(engine.set_input("b", {1, 1, {0}}),
                         "Engine::set_input: the program has no input 'b'", std::invalid_argument);
    CHECK_THROWS_AS(engine.set_input("b", {2, 2, {0}}), std::invalid_argument);
    CHECK_THROWS_AS(engine.set_weights("m", "file"), std::invalid_argument);
    CHECK_THROWS_AS(engine.gradient("\\+ a"), std::invalid_argument);
    CHECK_THROWS_AS(engine.ask("a("), ProgramError);
    CHECK_THROWS_AS(engine.explain("a(X)"), ProgramError);
}

}  // namespace entail::tests
