// examples/logic_programs: programs that a language model wrote, on samples and on published ones.

#include <doctest/doctest.h>

#include <map>
#include <regex>
#include <sstream>

#include "tests/support/golden.h"
#include "tests/support/process.h"
#include "tests/support/shared.h"

#ifdef ENTAIL_LOGIC_PROGRAMS

using namespace entail;
namespace fs = std::filesystem;

namespace {

struct Row {
    std::size_t programs = 0, right = 0, checked = 0, proofs = 0, decided = 0;
};

/// The rows of the table, by the name of the file.
std::map<std::string, Row> table(const std::string& output) {
    std::map<std::string, Row> rows;
    const std::regex form(
        R"((\S+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)/(\d+) +[\d.]+)");
    std::istringstream lines(output);
    std::smatch m;
    for (std::string line; std::getline(lines, line);) {
        if (!std::regex_match(line, m, form)) continue;
        auto number = [&](std::size_t i) { return std::stoul(m[i].str()); };
        rows[m[1].str()] = {number(2), number(3), number(10), number(11), number(4) + number(5)};
    }
    return rows;
}

tests::ProcessResult run(const std::vector<fs::path>& files) {
    std::vector<std::string> arguments = {ENTAIL_LOGIC_PROGRAMS, "--all"};
    for (const fs::path& file : files) arguments.push_back(file.string());
    tests::ProcessOptions options;
    options.time_out = 600;
    return tests::run_process(arguments, options);
}

}  // namespace

TEST_CASE("logic programs: samples of every kind are answered, proved, or told what is wrong") {
    const fs::path samples = tests::source_dir() / "examples" / "logic_programs";
    const auto result = run({samples / "deduction.json", samples / "ordering.json"});
    CAPTURE(result);
    CHECK(result.exit_code == 0);
    const std::string shown =
        std::regex_replace(result.out, std::regex(" +[\\d.]+\n| +seconds\n"), "\n");
    tests::check_golden(tests::source_dir() / "tests" / "golden" / "logic_programs.txt", shown);
}

TEST_CASE("logic programs that a language model wrote: as many right as published, all proved") {
    const auto shared = tests::shared_dir();
    if (!shared || !fs::exists(*shared / "data" / "logic-programs")) {
        MESSAGE("skipped: there is no ../shared/data/logic-programs");
        return;
    }
    const fs::path folder = *shared / "data" / "logic-programs";
    const std::map<std::string, std::size_t> least = {
        {"LogicalDeduction_dev_gpt-4.json.gz", 262},
        {"ProntoQA_dev_gpt-4.json.gz", 416},
        {"ProofWriter_dev_gpt-4.json.gz", 595},
    };
    std::vector<fs::path> files;
    for (const auto& [name, right] : least) files.push_back(folder / name);
    const auto result = run(files);
    CHECK(result.exit_code == 0);
    auto rows = table(result.out);
    REQUIRE(rows.size() == 4);
    for (const auto& [name, right] : least) {
        CAPTURE(name);
        CHECK(rows[name].right >= right);
        CHECK(rows[name].checked == rows[name].proofs);
        CHECK(rows[name].proofs >= rows[name].decided);
    }
}

#endif
