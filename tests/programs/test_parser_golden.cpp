// tests/golden/syntax/*.ent are refused; beside each lies what is said about it.

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/programs/reading.h"
#include "tests/support/golden.h"
#include "tests/support/shared.h"

using namespace entail;
using entail::tests::ParsedText;
namespace fs = std::filesystem;

namespace {

fs::path golden_dir() {
    return tests::source_dir() / "tests" / "golden" / "syntax";
}

std::vector<fs::path> golden_programs() {
    std::vector<fs::path> programs;
    for (const auto& entry : fs::directory_iterator(golden_dir())) {
        if (entry.path().extension() == ".ent") programs.push_back(entry.path());
    }
    std::sort(programs.begin(), programs.end());
    return programs;
}

/// The codes that the reader reports, which stand first in the list.
std::vector<DiagnosticCode> reading_codes() {
    std::vector<DiagnosticCode> codes;
    for (DiagnosticCode code : all_diagnostic_codes()) {
        codes.push_back(code);
        if (code == DiagnosticCode::too_many_errors) break;
    }
    return codes;
}

}  // namespace

TEST_CASE("every refused program is explained as its golden file says") {
    for (const fs::path& program : golden_programs()) {
        ParsedText reading(tests::read_text(program), program.filename().string());
        CAPTURE(program.filename().string());
        CHECK(reading.diagnostics.has_errors());
        tests::check_golden(fs::path(program).replace_extension(".expected"), reading.report());
    }
}

TEST_CASE("every diagnostic of reading has a golden program of its name that produces it") {
    for (DiagnosticCode code : reading_codes()) {
        std::string name(info(code).code);
        CAPTURE(name);
        std::replace(name.begin(), name.end(), '-', '_');
        fs::path program = golden_dir() / (name + ".ent");
        REQUIRE(fs::exists(program));
        std::vector<std::string_view> codes = ParsedText(tests::read_text(program)).codes();
        CHECK(std::count(codes.begin(), codes.end(), info(code).code) > 0);
    }
}

TEST_CASE("messages begin small and end without a full stop") {
    for (DiagnosticCode code : reading_codes()) {
        std::string_view format = info(code).format;
        CAPTURE(format);
        CHECK_FALSE((format[0] >= 'A' && format[0] <= 'Z'));
        CHECK(format.back() != '.');
    }
}
