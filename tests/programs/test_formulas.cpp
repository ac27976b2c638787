// Sentences of first-order logic as text: spellings, precedence, scope, errors, depth.

#include <doctest/doctest.h>

#include "programs/syntax/printer.h"
#include "tests/programs/reading.h"

using namespace entail;
using tests::ParsedText;

namespace {

/// The canonical text of `sentence` as a statement `fol`, or the errors.
std::string read(const std::string& sentence) {
    ParsedText reading("fol " + sentence + ".");
    if (!reading.clean()) return reading.report();
    REQUIRE(reading.file.statements.size() == 1);
    std::string printed = ast::print(reading.file.statements[0]);
    return printed.substr(4, printed.size() - 5);
}

std::string quoted(const std::string& sentence) {
    return read("\"" + sentence + "\"");
}

/// The codes of what is wrong, with their columns.
std::string errors(const std::string& text) {
    ParsedText reading(text);
    std::string result;
    for (const Diagnostic& one : reading.diagnostics.all()) {
        const auto place = reading.sources[one.span.source].position(one.span.begin);
        result += std::string(info(one.code).code) + "@" + std::to_string(place.line) + ":" +
                  std::to_string(place.column) + " ";
    }
    return result;
}

}  // namespace

TEST_CASE("symbols, words and ASCII spell the same sentences, bare and in quotes") {
    for (const char* one : {"∀x (cat(x) → ¬dog(x))", "forall x (cat(x) -> ~dog(x))",
                            "all x (cat(x) implies not dog(x))", "∀x(cat(x)⇒¬dog(x))",
                            "all x. cat(x) -> -dog(x)", "∀x: cat(x) => !dog(x)"}) {
        CAPTURE(one);
        CHECK(quoted(one) == "forall x (cat(x) -> ~dog(x))");
        CHECK(read(one) == "forall x (cat(x) -> ~dog(x))");
    }
    CHECK(quoted("a ∧ b") == read("a & b"));
    CHECK(quoted("a ∨ b") == read("a | b"));
    CHECK(quoted("a ⊕ b") == read("a ^ b"));
    CHECK(quoted("a ⊕ b") == read("a xor b"));
    CHECK(quoted("a ↔ b") == read("a <-> b"));
    CHECK(quoted("a ⇔ b") == read("a iff b"));
    CHECK(quoted("∃x p(x)") == read("exists x p(x)"));
    CHECK(quoted("∃x p(x)") == read("some x p(x)"));
    CHECK(quoted("a ≠ b") == read("a != b"));
    CHECK(read("a and b or c") == read("a && b || c"));
    CHECK(quoted("p(a).") == "p(a)");
}

TEST_CASE("negation and quantifiers bind tightest, then and, or, implies, iff") {
    CHECK(read("~a & b") == "~a & b");
    CHECK(read("a & b | c & d") == "(a & b) | (c & d)");
    CHECK(read("a | b -> c") == "(a | b) -> c");
    CHECK(read("a -> b -> c") == "a -> (b -> c)");
    CHECK(read("a -> b <-> c") == "(a -> b) <-> c");
    CHECK(read("forall x p(x) & q") == "forall x p(x) & q");
    CHECK(read("forall x. p(x) & q") == "forall x (p(x) & q)");
    CHECK(read("forall x, y (r(x, y))") == read("forall x y (r(x, y))"));
    CHECK(quoted("∀x∀y (r(x, y))") == "forall x forall y r(x, y)");
    CHECK(quoted("∀x ∃y r(x, y)") == "forall x exists y r(x, y)");
}

TEST_CASE("a name is a variable where a quantifier binds it, and a constant elsewhere") {
    CHECK(read("forall Thing p(Thing, Tom)") == "forall Thing p(Thing, 'Tom')");
    CHECK(read("Cat(tom)") == "'Cat'(tom)");
    CHECK(read("'x' = 1") == "x = 1");
    CHECK(read("father(tom) = f(a, 2.5)") == "father(tom) = f(a, 2.5)");
    CHECK(errors("fol Cat(X).") == "free-variable@1:9 ");
    CHECK(errors("fol p(x1) & q(y).") == "free-variable@1:7 free-variable@1:15 ");
    CHECK(errors("fol \"∀x Cat(x) → Animal(x)\".") == "free-variable@1:25 ");
    CHECK(errors("fol forall a p(a) & q(a).") == "free-variable@1:23 ");
}

TEST_CASE("errors of sentences have narrow places, and reading goes on after them") {
    CHECK(errors("fol \"∀x (Cat(x) → \".\nfol p(.\nclaim c: a b.\nfol q.") ==
          "unclosed-bracket@1:9 unclosed-bracket@2:6 unexpected-token@3:12 ");
    CHECK(errors("fol a | b ^ c.") == "mixed-connectives@1:11 ");
    CHECK(errors("fol forall x x.") == "unexpected-token@1:14 ");
    CHECK(errors("fol 3.\nfol \"\".") == "unexpected-token@1:5 unexpected-token@2:6 ");
    CHECK(errors("claim c p.") == "unexpected-token@1:9 ");
    CHECK(errors("fol all.") == "unexpected-token@1:8 ");
    CHECK(errors("fol \"p $ q\".") == "unexpected-character@1:8 ");
    CHECK(errors("fol \"a = \".") == "unexpected-token@1:10 ");
    CHECK(errors("a :- b ∧ c.") == "foreign-operator@1:8 ");
    // The words are names elsewhere.
    CHECK(errors("fol(1). claim(2). p :- fol(1), all(claim).") == "");
}

TEST_CASE("deep and long sentences are read or refused, without end of the stack") {
    constexpr std::size_t kMany = 100'000;
    const auto repeat = [](const std::string& text) {
        std::string result;
        for (std::size_t i = 0; i < kMany; ++i) result += text;
        return result;
    };
    CHECK(errors("fol " + repeat("(") + "p" + repeat(")") + ".").starts_with("nested-too-deep"));
    CHECK(errors("fol " + repeat("~") + "p.").starts_with("nested-too-deep"));
    CHECK(errors("fol " + repeat("p -> ") + "p.").starts_with("nested-too-deep"));
    CHECK(errors("fol " + repeat("forall x ") + "p.").starts_with("nested-too-deep"));
    CHECK(
        errors("fol p(" + repeat("f(") + "a" + repeat(")") + ").").starts_with("nested-too-deep"));
    CHECK(errors("fol \"" + repeat("¬") + "p\".").starts_with("nested-too-deep"));
    CHECK(errors("fol " + repeat("p & ") + "p.") == "");
    CHECK(errors("fol " + repeat("p ^ ") + "p.") == "");
    CHECK(errors("fol " + repeat("p <-> ") + "p.") == "");
    CHECK(errors("fol forall " + repeat("abc, ") + "abc p(abc).") == "");
}
