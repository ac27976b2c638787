// The acceptance programs of the language, compared with what they must print, byte for byte.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "programs/engine.h"
#include "tests/support/golden.h"
#include "tests/support/shared.h"

namespace entail::tests {

namespace {

/// The lines after `$ entail COMMAND NAME.ent`, up to the next command; remarks in parentheses left
/// out.
std::string block_of(const std::string& expected, const std::string& word,
                     const std::string& name) {
    const std::string command = "$ entail " + word + " " + name + ".ent\n";
    const std::size_t at = expected.find(command);
    REQUIRE(at != std::string::npos);
    const std::size_t begin = at + command.size();
    const std::size_t end = std::min(expected.find("$ ", begin), expected.size());
    std::string block;
    for (std::size_t line = begin; line < end;) {
        const std::size_t next = std::min(expected.find('\n', line), end - 1) + 1;
        const std::string text = expected.substr(line, next - line);
        const std::size_t first = text.find_first_not_of(' ');
        if (first == std::string::npos || text[first] != '(') block += text;
        line = next;
    }
    return block;
}

void check_program(const std::string& name, const std::string& command = "run") {
    const auto shared = shared_dir();
    const auto file = shared ? *shared / "programs" / (name + ".ent") : std::filesystem::path();
    if (!shared || !std::filesystem::exists(file)) {
        MESSAGE("skipped: no programs/" << name << ".ent in a shared directory");
        return;
    }
    const std::string expected = read_text((*shared / "programs" / (name + ".expected")).string());
    try {
        Engine engine = Engine::from_text(read_text(file));
        const std::string text =
            command == "solve" ? to_text(engine.solve()) : to_text(engine.run());
        CHECK(text == block_of(expected, command, name));
    } catch (const ProgramError& error) {
        FAIL_CHECK(error.what());
    }
}

}  // namespace

TEST_CASE("closure.ent prints what it must") {
    check_program("closure");
}
TEST_CASE("alarm.ent prints what it must") {
    check_program("alarm");
}
TEST_CASE("smokers.ent prints what it must") {
    check_program("smokers");
}
TEST_CASE("dice.ent prints what it must") {
    check_program("dice");
}
TEST_CASE("lists.ent prints what it must") {
    check_program("lists");
}
TEST_CASE("digits_by_number.ent prints what it must") {
    check_program("digits_by_number");
}
TEST_CASE("digits_by_carry.ent prints what it must") {
    check_program("digits_by_carry");
}
TEST_CASE("seating.ent prints what it must") {
    check_program("seating");
    check_program("seating", "solve");
}
TEST_CASE("scene.ent prints what it must") {
    check_program("scene");
}
TEST_CASE("diagnosis.ent and intervene.ent print their plain answers") {
    check_program("diagnosis");
    check_program("intervene");
}

}  // namespace entail::tests
