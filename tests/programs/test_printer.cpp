#include <doctest/doctest.h>

#include <limits>

#include "programs/syntax/printer.h"
#include "programs/syntax/same.h"
#include "tests/programs/random_syntax.h"
#include "tests/programs/reading.h"
#include "tests/support/golden.h"
#include "tests/support/seed.h"
#include "tests/support/shared.h"

using namespace entail;
using entail::tests::ParsedText;
using entail::tests::RandomSyntax;
namespace fs = std::filesystem;

namespace {

void check_round_trip(const ast::File& file) {
    std::string printed = ast::print(file);
    ParsedText again(printed);
    CHECK_MESSAGE(again.clean(), again.report());
    CHECK(ast::same(file, again.file));
    CHECK(ast::print(again.file) == printed);
}

}  // namespace

TEST_CASE("names are quoted exactly when they need it") {
    CHECK(ast::print_name("red") == "red");
    CHECK(ast::print_name("rED_2") == "rED_2");
    CHECK(ast::print_name("mod") == "mod");
    CHECK(ast::print_name("Red") == "'Red'");
    CHECK(ast::print_name("2d") == "'2d'");
    CHECK(ast::print_name("_a") == "'_a'");
    CHECK(ast::print_name("") == "''");
    CHECK(ast::print_name("don't") == "'don\\'t'");
    CHECK(ast::print_name("größe") == "'größe'");
    CHECK(ast::print_name("a\n\t\\b\x01") == "'a\\n\\t\\\\b\\x1\\'");
    CHECK(ast::print_string("say \"x\"") == "\"say \\\"x\\\"\"");
}

TEST_CASE("reals print as the shortest text that reads back as the same double") {
    CHECK(ast::print_real(1.0) == "1.0");
    CHECK(ast::print_real(-0.0) == "-0.0");
    CHECK(ast::print_real(0.1) == "0.1");
    CHECK(ast::print_real(1e22) == "1e+22");
    CHECK(ast::print_real(std::numeric_limits<double>::denorm_min()) == "5e-324");
    CHECK(ast::print_real(123456789.0) == "123456789.0");
}

TEST_CASE("a program with every construct prints in the canonical style, and reads back") {
    fs::path program = tests::source_dir() / "tests/golden/printing/every_construct.ent";
    ParsedText reading(tests::read_text(program), program.filename().string());
    CHECK(reading.report() == "");
    tests::check_golden(fs::path(program).replace_extension(".printed"), ast::print(reading.file));
    check_round_trip(reading.file);
}

TEST_CASE("the acceptance programs read without a word, and survive printing") {
    auto shared = tests::shared_dir();
    if (!shared) {
        MESSAGE("skipped: no folder with the acceptance programs");
        return;
    }
    std::size_t programs = 0;
    for (const auto& entry : fs::directory_iterator(*shared / "programs")) {
        if (entry.path().extension() != ".ent") continue;
        CAPTURE(entry.path().string());
        ParsedText reading(tests::read_text(entry.path()));
        CHECK(reading.report() == "");
        check_round_trip(reading.file);
        ++programs;
    }
    CHECK(programs > 0);
}

TEST_CASE("random syntax reads back as it was printed") {
    RandomSyntax random(tests::random_seed());
    for (int round = 0; round < 4'000; ++round) {
        ast::File file;
        file.statements.push_back(random.statement());
        std::string printed = ast::print(file);
        CAPTURE(printed);
        check_round_trip(file);
    }
}

TEST_CASE("differences in content are seen") {
    const char* texts[] = {
        "p.",
        "q.",
        "p(1).",
        "p(1.0).",
        "p(-1).",
        "p(- 1).",
        "p(\"1\").",
        "p('1').",
        "p(X).",
        "p(Y).",
        "p(_).",
        "p([a]).",
        "p([a | b]).",
        "p([a, b]).",
        "p :- q.",
        "p :- \\+ q.",
        "0.5 :: p.",
        "0.50 :: p.",
        "t(0.5) :: p.",
        "t(_) :: p.",
        "query p.",
        "query \\+ p.",
        "evidence p.",
        "p :- X < Y.",
        "p :- X > Y.",
        "p :- (a ; b).",
        "p :- \\+ (a ; b).",
        ":- p.",
        "never p.",
        "import p.",
        "import \"p\".",
        "p(0.0).",
        "p(-0.0).",
    };
    for (const char* a : texts) {
        for (const char* b : texts) {
            CAPTURE(a);
            CAPTURE(b);
            CHECK(ast::same(ParsedText(a).file, ParsedText(b).file) == (a == b));
        }
    }
}
