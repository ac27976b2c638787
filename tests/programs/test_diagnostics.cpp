// tests/golden/{checking,running,training} hold programs that are refused; beside each lies what is
// said.

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "programs/engine.h"
#include "programs/loader.h"
#include "programs/training_data.h"
#include "tests/support/golden.h"
#include "tests/support/shared.h"

using namespace entail;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> programs_in(const std::string& folder) {
    std::vector<fs::path> programs;
    for (const auto& entry :
         fs::directory_iterator(tests::source_dir() / "tests" / "golden" / folder)) {
        if (entry.path().extension() == ".ent") programs.push_back(entry.path());
    }
    std::sort(programs.begin(), programs.end());
    return programs;
}

/// What is said of the text when it lies in the program's folder; messages name the file alone.
std::string checked(const fs::path& program) {
    LoadedProgram loaded = load_text(program.filename().string(), tests::read_text(program),
                                     FileAccess(program.parent_path(), {}));
    return render(loaded.diagnostics, loaded.sources);
}

std::string run(const fs::path& program) {
    try {
        Engine engine = Engine::from_text(tests::read_text(program), {},
                                          program.filename().string(), program.parent_path());
        const std::string warnings = engine.warnings();
        return warnings + to_text(engine.run());
    } catch (const ProgramError& error) {
        return error.what();
    }
}

/// What is said when it is to be trained.
std::string trained(const fs::path& program) {
    LoadedProgram loaded = load_text(program.filename().string(), tests::read_text(program),
                                     FileAccess(program.parent_path(), {}));
    bridge::LearnableWeights learnable(loaded.program);
    try {
        TrainingData data(loaded, learnable, {});
        return "";
    } catch (const ProgramError& error) {
        return error.what();
    }
}

/// Paths of this checkout are no part of what is compared.
std::string without_paths(std::string text) {
    std::string here = (tests::source_dir() / "tests" / "golden").string();
    for (std::size_t at = text.find(here); at != std::string::npos; at = text.find(here, at)) {
        text.replace(at, here.size(), "…");
    }
    return text;
}

}  // namespace

TEST_CASE("every program that is checked is refused as its golden file says") {
    for (const fs::path& program : programs_in("checking")) {
        CAPTURE(program.filename().string());
        tests::check_golden(fs::path(program).replace_extension(".expected"),
                            without_paths(checked(program)));
    }
}

TEST_CASE("every program that fails while running fails as its golden file says") {
    for (const fs::path& program : programs_in("running")) {
        CAPTURE(program.filename().string());
        tests::check_golden(fs::path(program).replace_extension(".expected"),
                            without_paths(run(program)));
    }
}

TEST_CASE("every program that cannot be trained is refused as its golden file says") {
    for (const fs::path& program : programs_in("training")) {
        CAPTURE(program.filename().string());
        tests::check_golden(fs::path(program).replace_extension(".expected"),
                            without_paths(trained(program)));
    }
}

TEST_CASE("every diagnostic in the list is produced by a golden program") {
    std::set<std::string> produced;
    for (const char* folder : {"syntax", "checking", "running", "training", "claims"}) {
        for (const fs::path& program : programs_in(folder)) {
            std::string text = tests::read_text(fs::path(program).replace_extension(".expected"));
            for (std::size_t at = text.find('['); at != std::string::npos;
                 at = text.find('[', at + 1)) {
                std::size_t end = text.find("]: ", at);
                if (end != std::string::npos) produced.insert(text.substr(at + 1, end - at - 1));
            }
        }
    }
    for (DiagnosticCode code : all_diagnostic_codes()) {
        CAPTURE(std::string(info(code).code));
        CHECK(produced.contains(std::string(info(code).code)));
    }
    CHECK(all_diagnostic_codes().size() >= 40);
}
