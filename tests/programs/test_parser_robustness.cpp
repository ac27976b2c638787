// Input that nobody wrote on purpose: enormous, cut off, random. The parser must answer with
// diagnostics inside the text, in linear time and bounded stack.

#include <doctest/doctest.h>

#include <random>

#include "programs/syntax/printer.h"
#include "programs/syntax/same.h"
#include "tests/programs/reading.h"
#include "tests/support/golden.h"
#include "tests/support/seed.h"
#include "tests/support/shared.h"

using namespace entail;
using entail::tests::ParsedText;

namespace {

constexpr std::size_t kTenMegabytes = 10'000'000;

std::string repeat(std::string_view unit, std::size_t bytes) {
    std::string text;
    text.reserve(bytes + unit.size());
    while (text.size() < bytes) text += unit;
    return text;
}

/// Reads the text; checks that what is said lies inside it, that a text which is not understood is
/// said to be so, and that what was understood survives printing.
void check_sound(const std::string& text) {
    ParsedText reading(text);
    CHECK(reading.diagnostics.all().size() <= 101);
    for (const Diagnostic& d : reading.diagnostics.all()) {
        bool inside = d.span.begin <= d.span.end && d.span.end <= text.size();
        CHECK(inside);
        for (const auto& note : d.notes) CHECK(note.span.end <= text.size());
    }
    std::string printed = ast::print(reading.file);
    ParsedText again(printed);
    CHECK_MESSAGE(again.clean(), again.report());
    CHECK(ast::same(reading.file, again.file));
}

}  // namespace

TEST_CASE("ten megabytes of one thing are refused at once, and clearly") {
    struct Case {
        std::string_view unit;
        std::string_view code;
        std::size_t bytes = 1'000'000;
    };
    const Case cases[] = {
        {"(", "nested-too-deep", kTenMegabytes},
        {"[", "nested-too-deep", kTenMegabytes},
        {"f(", "nested-too-deep", kTenMegabytes},
        {"-", "nested-too-deep", kTenMegabytes},
        {"1+", "term-too-high", kTenMegabytes},
        {"a,", "conjunction-in-head", kTenMegabytes},
        {"a;", "unweighted-head", kTenMegabytes},
        {"a :- ", "unexpected-token"},
        {"{", "unexpected-token"},
        {")", "unopened-bracket"},
        {"'", "missing-dot"},
        {"\"x", "not-a-head"},
        {"/*", "unterminated-comment"},
        {"\xff", "invalid-utf8"},
        {std::string_view("\0", 1), "nul-byte"},
        {"2**", "nested-too-deep"},
        {"9", "integer-overflow"},
        {"x", "missing-dot"},
        {".", "unexpected-token"},
        {"\\+", "unexpected-token"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.unit);
        ParsedText reading(repeat(c.unit, c.bytes));
        REQUIRE_FALSE(reading.clean());
        auto codes = reading.codes();
        CHECK_MESSAGE(std::find(codes.begin(), codes.end(), c.code) != codes.end(),
                      reading.report().substr(0, 2000));
        CHECK(reading.report().size() < 1000);
    }
}

TEST_CASE("the same inside a body and inside a list") {
    for (std::string_view prefix : {"a :- ", "a([", "a :- \\+ (", "fun f = equal(", "#minimize{"}) {
        for (std::string_view unit :
             {"(", "[", "f(", "-", "1+", "(a,", "\\+ (", "not ", "equal(", "#sum{ X : ", "(a;"}) {
            CAPTURE(prefix);
            CAPTURE(unit);
            ParsedText reading(std::string(prefix) + repeat(unit, 1'000'000));
            CHECK_FALSE(reading.clean());
            CHECK(reading.diagnostics.all().size() <= 101);
        }
    }
}

TEST_CASE("long lists, conjunctions, disjunctions and programs are read whole") {
    constexpr std::size_t kLong = 100'000;
    std::string conjunction, list, alternatives, heads, facts;
    for (std::size_t i = 0; i < kLong; ++i) {
        std::string n = std::to_string(i);
        conjunction += (i ? ", p" : "p") + n;
        list += (i ? ", " : "") + n;
        alternatives += (i ? " ; p" : "p") + n;
        heads += (i ? " ; 0.00001::h(" : "0.00001::h(") + n + ")";
        facts += "edge(" + n + ", a).\n";
    }
    ParsedText reading("a :- " + conjunction + ".\nb([" + list + "]).\nc :- (" + alternatives +
                       ").\n" + heads + ".\n" + facts);
    CHECK(reading.report() == "");
    CHECK(reading.file.statements.size() == kLong + 4);
    CHECK(reading.form<ast::Clause>(0).body.size() == kLong);
    CHECK(reading.form<ast::Clause>(3).heads.size() == kLong);
    ast::File copy = reading.file;
    CHECK(ast::same(copy, reading.file));
    CHECK(ParsedText(ast::print(copy)).clean());
}

TEST_CASE("every prefix of a valid program is read or refused soundly") {
    std::string program = tests::read_text(tests::source_dir() / "tests" / "golden" / "printing" /
                                           "every_construct.ent");
    for (std::size_t length = 0; length <= program.size(); ++length) {
        CAPTURE(length);
        check_sound(program.substr(0, length));
    }
}

TEST_CASE("every valid program with one byte lost is read or refused soundly") {
    std::string program = tests::read_text(tests::source_dir() / "tests" / "golden" / "printing" /
                                           "every_construct.ent");
    for (std::size_t i = 0; i < program.size(); ++i) {
        CAPTURE(i);
        std::string damaged = program;
        damaged.erase(i, 1);
        check_sound(damaged);
    }
}

TEST_CASE("random bytes and random words are read or refused soundly") {
    std::mt19937_64 random(tests::random_seed());
    std::string noise(kTenMegabytes, ' ');
    for (char& c : noise) c = static_cast<char>(random());
    check_sound(noise);

    const std::string_view words[] = {
        "a",
        "b(",
        "X",
        "_",
        "1",
        "0.5",
        "\"s\"",
        "'q'",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        "|",
        ";",
        ". ",
        ".",
        "..",
        ":",
        "::",
        ":-",
        "->",
        "~",
        "|>",
        "\\+",
        "+",
        "-",
        "*",
        "/",
        "//",
        "**",
        "=",
        "\\=",
        "==",
        "=:=",
        "<",
        "=<",
        "is",
        "in",
        "mod",
        "not",
        "#sum",
        "#minimize",
        "type",
        "pred",
        "module",
        "input",
        "facts",
        "fun",
        "query",
        "evidence",
        "never",
        "always",
        "invariant",
        "import",
        "choose",
        "scene",
        "filter(",
        "count",
        "categorical{",
        "t(",
        "nn(",
        "from",
        "under",
        "\n",
        " ",
        "!",
        ":=",
        "%",
        "p(X)",
        "p(X) :- q(X)",
        ". ",
        ". ",
    };
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        std::size_t length = random() % 24;
        for (std::size_t i = 0; i < length; ++i) {
            text += words[random() % std::size(words)];
            if (random() % 3 != 0) text += ' ';
        }
        CAPTURE(text);
        check_sound(text);
    }
}
