#include <doctest/doctest.h>

#include "programs/syntax/parser.h"
#include "programs/syntax/printer.h"
#include "programs/syntax/same.h"
#include "tests/programs/reading.h"

using namespace entail;
using namespace entail::ast;
using entail::tests::ParsedText;

namespace {

/// The term as nested calls, operators too: what was read, whatever the printer does.
std::string calls(const Term& t) {
    switch (t.kind) {
        case TermKind::variable:
            return t.text;
        case TermKind::anonymous:
            return "_";
        case TermKind::integer:
            return std::to_string(t.integer);
        case TermKind::real:
            return print_real(t.real);
        default:
            break;
    }
    std::string text = t.kind == TermKind::list ? "list" : t.text;
    if (t.args.empty()) return text;
    text += "(";
    for (const Term& arg : t.args) text += calls(arg) + " ";
    text.back() = ')';
    return text;
}

std::string read_term(std::string text) {
    SourceSet sources;
    Diagnostics diagnostics;
    auto term = parse_term(sources.add("t", std::move(text)), sources, diagnostics);
    return term ? calls(*term) : render(diagnostics, sources);
}

}  // namespace

TEST_CASE("operators bind as in Prolog") {
    CHECK(read_term("1 + 2 * 3") == "+(1 *(2 3))");
    CHECK(read_term("1 - 2 - 3") == "-(-(1 2) 3)");
    CHECK(read_term("1 - (2 - 3)") == "-(1 -(2 3))");
    CHECK(read_term("A // B mod C / D") == "/(mod(//(A B) C) D)");
    CHECK(read_term("- X ** 2") == "-(**(X 2))");
    CHECK(read_term("-1 ** 2") == "**(-1 2)");
    CHECK(read_term("2 ** -X ** 3") == "**(2 -(**(X 3)))");
    CHECK(read_term("-X + Y") == "+(-(X) Y)");
    CHECK(read_term("1 -1") == "-(1 1)");
    CHECK(read_term("- 1") == "-(1)");
    CHECK(read_term("f(-1, - 1, [a, -X | T])") == "f(-1 -(1) list(a -(X) T))");
    CHECK(read_term("mod mod mod") == "mod(mod mod)");
    CHECK(read_term("((X)) * ((1 + 2))") == "*(X +(1 2))");
}

TEST_CASE("statement words are words only where such a statement begins") {
    ParsedText r(
        "type(1). type. type :- a. input(a, b). query(a, b). fun. module(x) :- pred.\n"
        "0.5 :: choose. never ~ normal(0, 1).\n"
        "a :- type, input(X), query, evidence(Y), import(X), is(a, b), mod(1), in, under, from.\n");
    // `never ~` has no value argument, which is the only error.
    CHECK(r.codes() == std::vector<std::string_view>{"no-value-argument"});
    for (std::size_t i = 0; i < r.file.statements.size(); ++i) r.form<Clause>(i);
    CHECK(r.file.statements.size() == 9);
}

TEST_CASE("a parenthesis after a blank begins a group, not arguments") {
    ParsedText r("never (a ; b). never(a). query (a). evidence (a).\n");
    CHECK(r.report() == "");
    CHECK(r.form<Never>(0).body.size() == 1);
    CHECK(r.form<Clause>(1).heads[0].atom.text == "never");
    CHECK(r.form<Query>(2).atom.text == "a");
    CHECK(r.form<Evidence>(3).atom.text == "a");
}

TEST_CASE("questions in ProbLog's form are questions, quoted names are not") {
    ParsedText r(
        "query(p(X)). evidence(p, false). evidence(p, true). evidence(p). query(\\+ p).\n"
        "evidence(\\+ p). 'query'(p). 'evidence'(p, q).");
    CHECK(r.report() == "");
    CHECK(calls(r.form<Query>(0).atom) == "p(X)");
    CHECK(r.form<Evidence>(1).negated);
    CHECK_FALSE(r.form<Evidence>(2).negated);
    CHECK_FALSE(r.form<Evidence>(3).negated);
    CHECK(r.form<Query>(4).negated);
    CHECK(r.form<Evidence>(5).negated);
    CHECK(r.form<Clause>(6).heads[0].atom.text == "query");
    CHECK(r.form<Clause>(7).heads[0].atom.text == "evidence");
}

TEST_CASE("a parenthesis in a body opens a group or an expression, by what is in it") {
    ParsedText r(
        "a :- (b), (c, d), (e ; f), (X) = 1, (X + 1) * 2 < 3, ((X) < 2), ((g, h ; i), j), "
        "(X - 1) in 1..2.");
    CHECK(r.report() == "");
    const Body& body = r.form<Clause>(0).body;
    REQUIRE(body.size() == 10);
    CHECK(print(body) ==
          "b, c, d, (e ; f), X = 1, (X + 1) * 2 < 3, X < 2, (g, h ; i), j, "
          "X - 1 in 1..2");
    CHECK(r.text(body[3].span) == "(e ; f)");
    CHECK(r.text(body[5].span) == "(X + 1) * 2 < 3");
    CHECK(r.text(std::get<Comparison>(body[5].form).left().span) == "(X + 1) * 2");
    CHECK(std::get<Disjunction>(body[7].form).alternatives[0].size() == 2);
}

TEST_CASE("negation covers one literal of any form") {
    ParsedText r(
        "a :- \\+ b, not c, \\+ X = 1, \\+ (d ; e), \\+ (f, g), not(h), \\+ X in 1..2, "
        "\\+ (Y < 2), not, not = X, 'not'(b).");
    CHECK(r.report() == "");
    const Body& body = r.form<Clause>(0).body;
    REQUIRE(body.size() == 11);
    for (std::size_t i = 0; i < 8; ++i) CHECK(body[i].negated);
    for (std::size_t i = 8; i < 11; ++i) CHECK_FALSE(body[i].negated);
    CHECK(std::get<Disjunction>(body[4].form).alternatives.size() == 1);
    CHECK(std::get<Comparison>(body[7].form).op == ComparisonOp::less);
}

TEST_CASE("an aggregate may stand on either side of a comparison") {
    ParsedText r("a :- 2 < #count{ X, Y : p(X), (q(Y) ; r(Y)) }, #sum{ V : p(V) } =< T.");
    CHECK(r.report() == "");
    const Body& body = r.form<Clause>(0).body;
    const auto& count = std::get<Aggregate>(body[0].form);
    CHECK(count.op == ComparisonOp::less);
    CHECK(count.function == AggregateOp::count);
    CHECK(count.over[0].tuple.size() == 2);
    CHECK(count.over[0].body.size() == 2);
    const auto& sum = std::get<Aggregate>(body[1].form);
    CHECK(sum.op == ComparisonOp::greater_equal);
    CHECK(sum.result[0].text == "T");
}

TEST_CASE("weights written as numbers are exact") {
    ParsedText r(
        "0.3 :: a. 1/3 :: a. 2/6 :: a. (0.1) :: a. 0.5/2 :: a. -1/2 :: a. 1e-30 :: a.\n"
        "t(0.25) :: a. t(_) :: a. 1 :: a. 1 - 0.5 :: a. P :: a(P) :- b(P).");
    CHECK(r.report() == "");
    auto weight = [&](std::size_t i) -> const Weight& {
        return *r.form<Clause>(i).heads[0].weight;
    };
    auto check = [&](std::size_t i, std::string_view text, std::int64_t n, std::int64_t d) {
        CAPTURE(i);
        CHECK(weight(i).text == text);
        CHECK(weight(i).exact);
        CHECK(weight(i).numerator == n);
        CHECK(weight(i).denominator == d);
        CHECK(weight(i).value == doctest::Approx(double(n) / double(d)));
    };
    check(0, "0.3", 3, 10);
    check(1, "1/3", 1, 3);
    check(2, "2/6", 1, 3);
    check(3, "0.1", 1, 10);
    check(4, "0.5/2", 1, 4);
    check(5, "-1/2", -1, 2);
    CHECK_FALSE(weight(6).exact);
    CHECK(weight(6).value == 1e-30);
    check(7, "0.25", 1, 4);
    CHECK(weight(7).kind == WeightKind::learnable);
    CHECK(weight(8).kind == WeightKind::learnable);
    CHECK(weight(8).text.empty());
    check(9, "1", 1, 1);
    CHECK(weight(10).kind == WeightKind::expression);
    CHECK(weight(11).expression[0].text == "P");
}

TEST_CASE("modules, distributions and DeepProbLog's networks are read into their parts") {
    ParsedText r(
        "module seen : image -> {shape: shape, color: {red, green}} = onnx(\"seen.onnx\").\n"
        "color(O, C) ~ seen.color(O).\n"
        "nn(mnist, [I, J], D, [0, 1]) :: digit(I, J, D).\n"
        "q(X) ~ categorical{a: 0.2, b: 1/3}.\n");
    CHECK(r.report() == "");
    const auto& module = r.form<ModuleDeclaration>(0);
    CHECK_FALSE(module.output);
    CHECK(module.concepts[1].name.text == "color");
    CHECK(module.concepts[1].domain.args.size() == 2);
    CHECK(module.architecture.args[0].text == "seen.onnx");
    const auto& draw = r.form<Draw>(1);
    CHECK(draw.distribution.module.text == "seen");
    CHECK(draw.distribution.part->text == "color");
    CHECK(r.text(draw.distribution.span) == "seen.color(O)");
    const Network& network = r.form<Clause>(2).heads[0].weight->network[0];
    CHECK(network.inputs.size() == 2);
    CHECK(network.labels.size() == 2);
    CHECK(network.output.text == "D");
    const auto& categorical = r.form<Draw>(3).distribution;
    CHECK(categorical.choices[1].weight.denominator == 3);
}

TEST_CASE("every node has the span of its text") {
    ParsedText r(
        "0.5 :: a(X, 'b c') ; 0.25 :: d :-\n    \\+ e(Y), S = #sum{ V, I : f(V, I) }, Z is X + 1.");
    CHECK(r.report() == "");
    const auto& clause = r.form<Clause>(0);
    CHECK(r.text(clause.heads[0].span) == "0.5 :: a(X, 'b c')");
    CHECK(r.text(clause.heads[0].weight->span) == "0.5");
    CHECK(r.text(clause.heads[0].atom.span) == "a(X, 'b c')");
    CHECK(r.text(clause.heads[0].atom.name_span()) == "a");
    CHECK(r.text(clause.heads[0].atom.args[1].span) == "'b c'");
    CHECK(r.text(clause.heads[1].span) == "0.25 :: d");
    CHECK(r.text(clause.body[0].span) == "\\+ e(Y)");
    CHECK(r.text(clause.body[1].span) == "S = #sum{ V, I : f(V, I) }");
    CHECK(r.text(std::get<Aggregate>(clause.body[1].form).over[0].span) == "{ V, I : f(V, I) }");
    CHECK(r.text(std::get<Comparison>(clause.body[2].form).right().span) == "X + 1");
    CHECK(r.text(r.file.statements[0].span) == r.sources[0].text());
}

TEST_CASE("reading goes on after an error, and says each one once") {
    ParsedText r(
        "p(a b).\nq(1).\nr(X) :- s(X), .\nt(99999999999999999999, 88888888888888888888).\n"
        "u(1)\nv(2).\nw(3.\nx(4).");
    CHECK(r.codes() == std::vector<std::string_view>{"unexpected-token", "unexpected-token",
                                                     "integer-overflow", "integer-overflow",
                                                     "missing-dot", "unclosed-bracket"});
    CHECK(print(r.file) == "q(1).\nu(1).\nv(2).\nx(4).\n");
}

TEST_CASE("the parts of a command line are read by themselves") {
    SourceSet sources;
    Diagnostics diagnostics;
    auto add = [&](std::string text) { return sources.add("<argument>", std::move(text)); };
    auto atom = parse_atom(add("sum(a, b, 11)"), sources, diagnostics);
    REQUIRE(atom);
    CHECK(print(*atom) == "sum(a, b, 11)");
    auto literal = parse_literal(add("\\+ a."), sources, diagnostics);
    REQUIRE(literal);
    CHECK(literal->negated);
    auto body = parse_conjunction(add("fever, cough ; X < 3"), sources, diagnostics);
    REQUIRE(body);
    CHECK(print(*body) == "(fever, cough ; X < 3)");
    auto setting = parse_setting(add("flu = false"), sources, diagnostics);
    REQUIRE(setting);
    CHECK_FALSE(setting->value);
    setting = parse_setting(add("quake(weak)"), sources, diagnostics);
    REQUIRE(setting);
    CHECK(setting->value);
    auto term = parse_term(add("[1, 2.5 | \"x\"]"), sources, diagnostics);
    REQUIRE(term);
    CHECK(print(*term) == "[1, 2.5 | \"x\"]");
    CHECK(diagnostics.all().empty());

    std::vector<std::string_view> codes;
    CHECK_FALSE(parse_atom(add("p(a) q"), sources, diagnostics));
    CHECK_FALSE(parse_atom(add("p(a"), sources, diagnostics));
    CHECK_FALSE(parse_atom(add(""), sources, diagnostics));
    CHECK_FALSE(parse_atom(add("X"), sources, diagnostics));
    CHECK_FALSE(parse_atom(add("a. b."), sources, diagnostics));
    CHECK_FALSE(parse_setting(add("flu = maybe"), sources, diagnostics));
    CHECK_FALSE(parse_literal(add("(a, b)"), sources, diagnostics));
    for (const Diagnostic& d : diagnostics.all()) codes.push_back(info(d.code).code);
    CHECK(codes == std::vector<std::string_view>{
                       "unexpected-token", "unclosed-bracket", "unexpected-token", "not-a-head",
                       "unexpected-token", "unexpected-token", "not-a-goal"});
}

TEST_CASE("an empty text, blanks and comments are an empty program") {
    CHECK(ParsedText("").clean());
    CHECK(ParsedText(" \n% nothing\n/* at all */").clean());
    CHECK(ParsedText("").file.statements.empty());
}
