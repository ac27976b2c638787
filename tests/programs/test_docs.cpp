// What README.md and docs/*.md show is what happens. The convention is in docs/development.md.

#include <doctest/doctest.h>

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>

#include "programs/engine.h"
#include "programs/loader.h"
#include "tests/support/golden.h"
#include "tests/support/shared.h"
#include "tests/support/temp_dir.h"

using namespace entail;
namespace fs = std::filesystem;

namespace {

/// A fenced block of a page.
struct Block {
    std::string kind;   ///< "ent", "output", …; the first word after the fence
    std::string text;   ///< every line with its end
    std::string place;  ///< "docs/language.md:12"
};

std::vector<Block> blocks_of(const fs::path& page) {
    std::vector<Block> blocks;
    std::istringstream lines(tests::read_text(page));
    std::string line;
    bool inside = false;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
        if (line.starts_with("```")) {
            inside = !inside;
            if (!inside) continue;
            std::string kind = line.substr(3, line.find(' ') - 3);
            std::string name = fs::relative(page, tests::source_dir()).generic_string();
            blocks.push_back({kind, "", name + ":" + std::to_string(number)});
        } else if (inside) {
            blocks.back().text += line + "\n";
        }
    }
    REQUIRE_MESSAGE(!inside, "a block of " << page.string() << " is not closed");
    return blocks;
}

std::vector<fs::path> pages() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(tests::source_dir() / "docs")) {
        if (entry.path().extension() == ".md") found.push_back(entry.path());
    }
    if (fs::exists(tests::source_dir() / "README.md")) {
        found.push_back(tests::source_dir() / "README.md");
    }
    std::ranges::sort(found);
    return found;
}

fs::path examples_dir() {
    return tests::source_dir() / "examples";
}

void check_equal(const std::string& expected, const std::string& actual) {
    std::string difference = tests::difference(expected, actual);
    if (!difference.empty()) FAIL_CHECK(difference);
}

/// What is said of a program that lies in examples/, whose data files it may name.
struct Checked {
    std::string text;
    std::vector<DiagnosticCode> errors;
};
Checked check(const std::string& program) {
    LoadedProgram loaded = load_text("program.ent", program, FileAccess(examples_dir(), {}));
    Checked result{render(loaded.diagnostics, loaded.sources), {}};
    for (const Diagnostic& diagnostic : loaded.diagnostics.all()) {
        if (diagnostic.severity() == Severity::error) result.errors.push_back(diagnostic.code);
    }
    return result;
}

/// What the program prints, as text or as JSON; its errors where it cannot run.
std::string run(const std::string& program, bool json) {
    try {
        RunResult result = Engine::from_text(program, {}, "program.ent", examples_dir()).run();
        return json ? to_json(result) : to_text(result);
    } catch (const ProgramError& error) {
        return error.what();
    }
}

/// Both output streams of a shell command.
std::string shell(const fs::path& folder, const std::string& command) {
    std::string line = "cd '" + folder.string() + "' && { " + command + "; } 2>&1";
    FILE* pipe = popen(line.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string output;
    std::array<char, 4096> buffer;
    while (std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
        output.append(buffer.data(), size);
    }
    const int status = pclose(pipe);
    CHECK_MESSAGE(WIFEXITED(status), command);
    return output;
}

/// One `$ entail …` of a console block, and what must come out. Commands that train, install or
/// build are shown only.
void check_command(const std::string& command, const std::string& expected, const Block* before) {
    std::istringstream words(command);
    std::string program, action, file;
    words >> program >> action >> file;
    static const std::set<std::string> kChecked = {"run",    "solve",   "sample", "compile",
                                                   "check",  "explain", "verify", "abduce",
                                                   "whatif", "claims"};
    const bool is_checked = fs::path(program).filename() == "entail" && kChecked.contains(action);
    if (!is_checked) return;
    CAPTURE(command);
    const std::string arguments = command.substr(command.find(' '));
    const std::string line = std::string("'") + ENTAIL_COMMAND + "'" + arguments;
    bool is_program_before = before != nullptr && before->kind == "ent";
    for (const fs::path& folder : {tests::source_dir(), examples_dir()}) {
        if (!fs::exists(folder / file)) continue;
        if (is_program_before) {
            INFO("the program shown is " << file);
            check_equal(tests::read_text(folder / file), before->text);
        }
        check_equal(expected, shell(folder, line));
        return;
    }
    REQUIRE_MESSAGE(is_program_before, "no file and no ```ent block for " << file);
    tests::TempDir folder;
    std::ofstream(folder / file) << before->text;
    check_equal(expected, shell(folder.path(), line));
}

void check_console(const std::string& text, const Block* before) {
    std::string command, expected;
    auto finish = [&] {
        if (!command.empty()) check_command(command, expected, before);
        expected.clear();
    };
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("$ ")) {
            finish();
            command = line.substr(2);
        } else {
            expected += line + "\n";
        }
    }
    finish();
}

/// Counts what was looked at, so that a page whose fences are misspelt is noticed.
std::size_t check_page(const fs::path& page) {
    const std::vector<Block> blocks = blocks_of(page);
    const Block* before = nullptr;  // the last block that is not a command's output
    std::size_t checked = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const Block& block = blocks[i];
        INFO(block.place << "  ```" << block.kind);
        const std::string next = i + 1 < blocks.size() ? blocks[i + 1].kind : "";
        ++checked;
        if (block.kind == "ent") {
            CHECK(check(block.text).text == "");
            if (next == "output" || next == "json") {
                check_equal(blocks[i + 1].text, run(block.text, next == "json"));
            }
        } else if (block.kind == "ent-error") {
            CHECK(!check(block.text).errors.empty());
            if (next == "output") check_equal(blocks[i + 1].text, check(block.text).text);
        } else if (block.kind == "ent-later") {
            const Checked result = check(block.text);
            const bool only_later = std::ranges::all_of(result.errors, [](DiagnosticCode code) {
                return code == DiagnosticCode::not_supported;
            });
            CHECK_MESSAGE(!result.errors.empty(), "this is supported now: mark it ```ent");
            CHECK_MESSAGE(only_later, result.text);
        } else if (block.kind == "console") {
            check_console(block.text, before);
        } else {
            --checked;
        }
        if (block.kind != "console") before = &block;
    }
    return checked;
}

}  // namespace

TEST_CASE("what the documentation shows is what happens") {
    for (const fs::path& page : pages()) check_page(page);
    CHECK(check_page(tests::source_dir() / "docs" / "language.md") > 30);
}

TEST_CASE("every example program is free of errors") {
    for (const auto& entry : fs::directory_iterator(examples_dir())) {
        if (entry.path().extension() != ".ent") continue;
        CAPTURE(entry.path().filename().string());
        CHECK(check(tests::read_text(entry.path())).text == "");
    }
}

TEST_CASE("the reference has a row for every diagnostic, in the order of the list") {
    std::vector<std::string> rows, codes;
    std::istringstream lines(tests::read_text(tests::source_dir() / "docs" / "language.md"));
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("| code |")) inside = true;
        if (line.empty()) inside = false;
        if (!inside || !line.starts_with("| `")) continue;
        rows.push_back(line.substr(3, line.find('`', 3) - 3));
        CAPTURE(line);
        CHECK(line.size() > line.find('`', 3) + 8);
    }
    for (DiagnosticCode code : all_diagnostic_codes()) codes.emplace_back(info(code).code);
    for (const std::string& code : codes) {
        CHECK_MESSAGE(std::ranges::count(rows, code) == 1,
                      "docs/language.md has no row `" << code << "`");
    }
    CHECK(rows == codes);
}
