// scripts/bif_to_ent.py: a Bayesian network becomes a program with the same marginals.

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "programs/engine.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace entail;

const char* const kNetwork = R"(network "small" { property made by hand ; }
// The quotes, the keyword, the integers and the rounding are on purpose.
variable Rain { type discrete [ 2 ] { yes, no }; }
variable query { type discrete [ 3 ] { 0, 1, 2 }; }
variable "Wet" { type discrete [ 2 ] { Yes, No }; property colour = blue ; }
probability ( Rain ) { table .25, 0.75 ; }
probability ( query | Rain ) { (yes) 0.3333, 0.3333, 0.3333; default 1e-1 0.4 0.5; }
probability ( Wet | Rain, query ) {
  (yes, 0) 1.0, 0.0; (yes, 1) 0.9, 0.1; (yes, 2) 0.8, 0.2; default 0.0, 1.0;
}
)";

const char* const kProgram = R"(0.25::'Rain'(yes) ; 0.75::'Rain'(no).
0.3333/0.9999::'query'(0) ; 0.3333/0.9999::'query'(1) ; 0.3333/0.9999::'query'(2) :- 'Rain'(yes).
1.0e-1::'query'(0) ; 0.4::'query'(1) ; 0.5::'query'(2) :- 'Rain'(no).
'Wet'('Yes') :- 'Rain'(yes), 'query'(0).
0.9::'Wet'('Yes') ; 0.1::'Wet'('No') :- 'Rain'(yes), 'query'(1).
0.8::'Wet'('Yes') ; 0.2::'Wet'('No') :- 'Rain'(yes), 'query'(2).
'Wet'('No') :- 'Rain'(no), 'query'(0).
'Wet'('No') :- 'Rain'(no), 'query'(1).
'Wet'('No') :- 'Rain'(no), 'query'(2).
evidence 'Wet'('No').
query 'Rain'(X).
query 'query'(X).
)";

tests::ProcessResult convert(const std::string& network, const std::vector<std::string>& options) {
    tests::TempDir folder;
    const auto file = folder.path() / "small.bif";
    std::ofstream(file) << network;
    std::vector<std::string> arguments = {"/usr/bin/env", "python3",
                                          ENTAIL_SOURCE_DIR "/scripts/bif_to_ent.py", file};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return tests::run_process(arguments);
}

bool is_python_missing() {
    const bool missing = tests::run_process({"/usr/bin/env", "python3", "-c", ""}).exit_code != 0;
    if (missing) MESSAGE("skipped: there is no python3");
    return missing;
}

}  // namespace

TEST_CASE("a Bayesian network becomes a program with the same marginals") {
    if (is_python_missing()) return;
    const auto result = convert(kNetwork, {"--evidence", "Wet=No"});
    CAPTURE(result);
    REQUIRE(result.exit_code == 0);
    CHECK(result.out == kProgram);
    const RunResult answers = Engine::from_text(result.out).run();
    // By hand: the dry worlds with rain weigh 0.25 * (0 + 0.1 + 0.2) / 3, those without 0.75.
    const double rain = 0.025 / 0.775;
    REQUIRE(answers.results.size() == 2);
    REQUIRE(answers.results[0].answers.size() == 2);
    CHECK(answers.results[0].answers[0].atom == "'Rain'(no)");
    CHECK(std::abs(answers.results[0].answers[0].lower - (1 - rain)) < 1e-12);
    REQUIRE(answers.results[1].answers.size() == 3);
    CHECK(answers.results[1].answers[0].atom == "query(2)");
    CHECK(std::abs(answers.results[1].answers[0].lower - (0.05 / 3 + 0.375) / 0.775) < 1e-12);
}

TEST_CASE("rows can keep their ratios instead of summing to 1") {
    if (is_python_missing()) return;
    const auto result = convert(kNetwork, {"--rows", "scale", "--query", "query"});
    CAPTURE(result);
    CHECK(result.out.find("\n0.3333::'query'(0) ; 0.3333::'query'(1)") != std::string::npos);
    CHECK(result.out.ends_with(".\nquery 'query'(X).\n"));
}

TEST_CASE("a network that cannot be translated is answered with place and cause") {
    if (is_python_missing()) return;
    const auto broken = [](const std::string& from, const std::string& to) {
        std::string text = kNetwork;
        return convert(text.replace(text.find(from), from.size(), to), {});
    };
    const auto row = broken("(yes) 0.3333,", "(maybe) 0.3333,");
    CHECK(row.exit_code == 1);
    CHECK(row.err.find("small.bif:7: (maybe) are no values of the parents of query") !=
          std::string::npos);
    const auto numbers = broken("0.9, 0.1", "0.9, 0.1, 0.1");
    CHECK(numbers.err.find("small.bif:9: Wet needs 2 numbers") != std::string::npos);
    const auto end = broken(
        "(yes, 0) 1.0, 0.0; (yes, 1) 0.9, 0.1; (yes, 2) 0.8, 0.2; default 0.0, "
        "1.0;\n}",
        "(yes, 0) 1.0");
    CHECK(end.err.find("the file ends") != std::string::npos);
    CHECK(convert(kNetwork, {"--evidence", "Wet=Maybe"}).err.find("Wet has no value 'Maybe'") !=
          std::string::npos);
}
