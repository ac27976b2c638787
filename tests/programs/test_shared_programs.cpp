// The acceptance programs of the language: every command that their `.expected` files list prints
// what it must.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/golden.h"
#include "tests/support/process.h"
#include "tests/support/shared.h"

namespace entail::tests {

namespace {

namespace fs = std::filesystem;

/// Lines that are indented, and remarks in parentheses, are for people.
std::string compared(const std::string& text) {
    std::istringstream lines(text);
    std::string result;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(' ')) result += line + "\n";
    }
    return result;
}

struct Command {
    std::string line, expected;
};

std::vector<Command> commands_of(const std::string& text) {
    std::istringstream lines(text);
    std::vector<Command> commands;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("$ entail ")) {
            commands.push_back({line.substr(2), ""});
        } else if (!commands.empty()) {
            commands.back().expected += line + "\n";
        }
    }
    return commands;
}

}  // namespace

TEST_CASE("the acceptance programs print what they must, in every command") {
    const auto shared = shared_dir();
    if (!shared || !fs::exists(*shared / "programs")) {
        MESSAGE("skipped: no programs in a shared directory");
        return;
    }
    std::vector<fs::path> expected;
    for (const auto& entry : fs::directory_iterator(*shared / "programs")) {
        if (entry.path().extension() == ".expected") expected.push_back(entry.path());
    }
    std::ranges::sort(expected);
    std::size_t compared_commands = 0;
    for (const fs::path& file : expected) {
        for (const Command& command : commands_of(read_text(file))) {
            CAPTURE(command.line);
            const std::string line = "cd '" + file.parent_path().string() + "' && '" +
                                     ENTAIL_COMMAND + "'" + command.line.substr(6);
            const ProcessResult result = run_process({"/bin/sh", "-c", line});
            CHECK(result.exit_code == 0);
            CHECK(compared(result.out) == compared(command.expected));
            ++compared_commands;
        }
    }
    CHECK(compared_commands > 15);
}

}  // namespace entail::tests
