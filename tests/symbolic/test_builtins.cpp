// The built-in predicates, called directly: answers in every mode, and what they refuse.

#include <doctest/doctest.h>

#include <set>

#include "symbolic/ir/arithmetic_functions.h"
#include "symbolic/ir/builtin.h"

using namespace entail;
using namespace entail::ir;

namespace {

class Calls {
public:
    ValueStore values;

    Value list(std::vector<Value> elements) {
        Value result = values.nil();
        while (!elements.empty()) {
            Value cell[] = {elements.back(), result};
            result = values.compound(values.cons(), cell);
            elements.pop_back();
        }
        return result;
    }
    Value number(std::int64_t n) { return values.integer(n); }
    Value atom(std::string_view name) { return values.atom(name); }

    /// All answers, as they print, separated by blanks; `!` and the reason for an error.
    std::string call(std::string_view name, const std::vector<std::optional<Value>>& arguments) {
        const Builtin* builtin = find_builtin(name, arguments.size());
        REQUIRE(builtin != nullptr);
        BuiltinCall call(arguments, values);
        builtin->run(call);
        if (call.type_error()) return "!" + std::string(call.type_error()->expected);
        if (call.has_failed()) return "!" + std::string(describe(call.arithmetic_error()));
        std::string out;
        std::vector<Value> answers = call.take_answers();
        for (std::size_t i = 0; i < answers.size(); ++i) {
            if (arguments[i % arguments.size()]) continue;
            out += (out.empty() ? "" : " ") + values.print(answers[i]);
        }
        bool is_test = out.empty() && !answers.empty();
        return is_test ? "yes" : out;
    }
};

constexpr std::nullopt_t any = std::nullopt;

}  // namespace

TEST_CASE("every built-in has modes for each of its arguments, and a name of its own") {
    std::set<std::pair<std::string_view, std::uint32_t>> names;
    for (const Builtin* builtin : all_builtins()) {
        CAPTURE(builtin->name);
        CHECK(names.insert({builtin->name, builtin->arity}).second);
        CHECK(find_builtin(builtin->name, builtin->arity) == builtin);
        std::size_t position = 0;
        for (char c : std::string(builtin->modes) + " ") {
            if (c == '+' || c == '?') ++position;
            if (c != ' ') continue;
            CHECK(position == builtin->arity);
            position = 0;
        }
        CHECK(builtin->is_ready((std::uint64_t{1} << builtin->arity) - 1));
        CHECK_FALSE(builtin->is_ready(0));
    }
}

TEST_CASE("modes say what must be bound and when one answer is all") {
    const Builtin& append = *find_builtin("append", 3);
    CHECK(append.is_ready(0b011));
    CHECK(append.is_ready(0b100));
    CHECK_FALSE(append.is_ready(0b001));
    CHECK(append.is_single(0b011));
    CHECK_FALSE(append.is_single(0b100));
    CHECK(append.is_single(0b111));
    CHECK(append.forms() == "append(+,+,?) or append(+,?,+) or append(?,?,+)");
}

TEST_CASE("lists are taken apart and put together in every mode") {
    Calls c;
    Value a = c.atom("a"), b = c.atom("b"), ab = c.list({a, b}), aba = c.list({a, b, a});
    CHECK(c.call("append", {any, any, ab}) == "[] [a,b] [a] [b] [a,b] []");
    CHECK(c.call("append", {ab, c.list({a}), any}) == "[a,b,a]");
    CHECK(c.call("append", {c.list({a}), any, aba}) == "[b,a]");
    CHECK(c.call("append", {any, c.list({a}), aba}) == "[a,b]");
    CHECK(c.call("append", {c.list({b}), any, aba}) == "");
    CHECK(c.call("append", {c.list({ab, ab}), any}) == "[a,b,a,b]");
    CHECK(c.call("member", {any, aba}) == "a b");
    CHECK(c.call("member", {a, b}) == "");
    CHECK(c.call("memberchk", {b, aba}) == "yes");
    CHECK(c.call("select", {a, aba, any}) == "[b,a] [a,b]");
    CHECK(c.call("select", {b, any, c.list({a})}) == "[b,a] [a,b]");
    CHECK(c.call("select", {a, any, c.list({a})}) == "[a,a]");
    CHECK(c.call("nth0", {any, aba, a}) == "0 2");
    CHECK(c.call("nth1", {c.number(2), aba, any}) == "b");
    CHECK(c.call("nth1", {c.number(9), aba, any}) == "");
    CHECK(c.call("last", {aba, any}) == "a");
    CHECK(c.call("reverse", {any, ab}) == "[b,a]");
    CHECK(c.call("length", {aba, any}) == "3");
    CHECK(c.call("length", {a, any}) == "!list");
    CHECK(c.call("numlist", {c.number(2), c.number(4), any}) == "[2,3,4]");
    CHECK(c.call("flatten", {c.list({a, c.list({b, c.list({})}), a}), any}) == "[a,b,a]");
    CHECK(c.call("pairs_keys_values", {any, ab, ab}) == "['-'(a,a),'-'(b,b)]");
}

TEST_CASE("lists are sorted, searched and added up") {
    Calls c;
    Value a = c.atom("a"), b = c.atom("b"), one = c.number(1), real = c.values.real(1.0);
    Value mixed = c.list({b, a, real, one, a});
    CHECK(c.call("msort", {mixed, any}) == "[1,1.0,a,a,b]");
    CHECK(c.call("sort", {mixed, any}) == "[1,1.0,a,b]");
    CHECK(c.call("sort", {c.number(0), c.atom("@>="), mixed, any}) == "[b,a,a,1.0,1]");
    CHECK(c.call("list_to_set", {mixed, any}) == "[b,a,1.0,1]");
    CHECK(c.call("delete", {mixed, a, any}) == "[b,1.0,1]");
    CHECK(c.call("subtract", {mixed, c.list({a}), any}) == "[b,1.0,1]");
    CHECK(c.call("intersection", {mixed, c.list({a}), any}) == "[a,a]");
    CHECK(c.call("union", {c.list({a}), c.list({b}), any}) == "[a,b]");
    CHECK(c.call("subset", {c.list({a, b}), mixed}) == "yes");
    CHECK(c.call("max_member", {any, mixed}) == "b");
    Value numbers = c.list({c.number(3), c.values.real(2.5), c.number(-1)});
    CHECK(c.call("sum_list", {numbers, any}) == "4.5");
    CHECK(c.call("max_list", {numbers, any}) == "3");
    CHECK(c.call("min_list", {c.list({}), any}) == "");
    CHECK(c.call("max_list", {mixed, any}) == "!an operand is not a number");
    CHECK(c.call("sum_list", {c.list({c.number(INT64_MAX), one}), any}) ==
          "!the result is too large");
}

TEST_CASE("text counts code points and comes apart in every mode") {
    Calls c;
    Value word = c.atom("größe"), text = c.values.string("abab");
    CHECK(c.call("atom_length", {word, any}) == "5");
    CHECK(c.call("atom_length", {c.number(-12), any}) == "3");
    CHECK(c.call("string_length", {c.values.string(""), any}) == "0");
    CHECK(c.call("atom_chars", {word, any}) == "[g,r,'ö','ß',e]");
    CHECK(c.call("atom_codes", {c.atom("é"), any}) == "[233]");
    CHECK(c.call("atom_codes", {any, c.list({c.number(233), c.number(98)})}) == "'éb'");
    CHECK(c.call("atom_chars", {any, c.list({c.atom("1"), c.atom("2")})}) == "'12'");
    CHECK(c.call("number_codes", {any, c.list({c.number('4'), c.number('2')})}) == "42");
    CHECK(c.call("number_codes", {any, c.list({c.atom("x")})}) == "");
    CHECK(c.call("char_code", {any, c.number(0x1F600)}) == "'😀'");
    CHECK(c.call("char_code", {any, c.number(0xD800)}) == "!character code");
    CHECK(c.call("upcase_atom", {c.atom("žluťoučký ñ я ω ß"), any}) == "'ŽLUŤOUČKÝ Ñ Я Ω ß'");
    CHECK(c.call("string_lower", {c.values.string("ΑÉЖ"), any}) == "\"αéж\"");
    CHECK(c.call("atom_concat", {c.atom("ab"), c.number(1), any}) == "ab1");
    CHECK(c.call("atom_concat", {any, any, c.atom("öb")}) == "'' 'öb' 'ö' b 'öb' ''");
    CHECK(c.call("atom_concat", {c.atom("a"), any, text}) == "bab");
    CHECK(c.call("string_concat", {c.atom("a"), c.atom("b"), any}) == "\"ab\"");
    CHECK(c.call("sub_atom", {text, any, any, any, c.atom("ab")}) == "0 2 2 2 2 0");
    CHECK(c.call("sub_atom", {word, c.number(2), c.number(2), any, any}) == "1 'öß'");
    CHECK(c.call("sub_atom", {word, any, c.number(2), c.number(0), any}) == "3 'ße'");
    CHECK(c.call("sub_atom", {word, any, any, c.number(9), any}) == "");
    CHECK(c.call("sub_string", {c.atom("ab"), any, c.number(1), any, any}) ==
          "0 1 \"a\" 1 0 \"b\"");
}

TEST_CASE("text is joined, split and read as numbers") {
    Calls c;
    Value a = c.atom("a"), one = c.number(1);
    CHECK(c.call("atomic_list_concat", {c.list({a, one, c.values.string("x")}), any}) == "a1x");
    CHECK(c.call("atomic_list_concat", {c.list({a, one}), c.atom(", "), any}) == "'a, 1'");
    CHECK(c.call("atomic_list_concat", {any, c.atom("--"), c.atom("a--b----c")}) == "[a,b,'',c]");
    CHECK(c.call("atomic_list_concat", {any, c.atom(""), c.atom("ab")}) == "!text to split at");
    CHECK(c.call("split_string", {c.values.string(" a ,b;"), c.atom(",;"), c.atom(" "), any}) ==
          "[\"a\",\"b\",\"\"]");
    CHECK(c.call("split_string", {c.values.string("  a "), c.atom(""), c.atom(" "), any}) ==
          "[\"a\"]");
    CHECK(c.call("atom_number", {c.atom("-3.5e2"), any}) == "-350.0");
    CHECK(c.call("atom_number", {c.atom("+7"), any}) == "7");
    for (const char* text : {"", "-", "+", "1.", ".5", "1e", "0x1", "1 ", "+-1", "inf", "nan"}) {
        CAPTURE(text);
        CHECK(c.call("atom_number", {c.atom(text), any}) == "");
    }
    CHECK(c.call("atom_number", {any, c.values.real(0.5)}) == "'0.5'");
    CHECK(c.call("atom_number", {c.atom("9223372036854775808"), any}) ==
          "!the result is too large");
    CHECK(c.call("number_string", {any, c.values.string("12")}) == "12");
    CHECK(c.call("atom_string", {one, any}) == "\"1\"");
    CHECK(c.call("atom_string", {any, c.values.string("a")}) == "a");
    // What is given counts by what it reads as, a name or a string.
    CHECK(c.call("atom_string", {a, a}) == "yes");
}

TEST_CASE("terms are tested, compared and built") {
    Calls c;
    Value a = c.atom("a"), b = c.atom("b");
    Value pair[] = {a, b};
    Value term = c.values.compound(c.atom("f"), pair);
    CHECK(c.call("atom", {a}) == "yes");
    CHECK(c.call("atom", {term}) == "");
    CHECK(c.call("is_list", {c.list({a})}) == "yes");
    CHECK(c.call("number", {c.values.real(0.5)}) == "yes");
    CHECK(c.call("@<", {c.number(9), a}) == "yes");
    CHECK(c.call("@>=", {a, a}) == "yes");
    CHECK(c.call("compare", {any, term, a}) == "'>'");
    CHECK(c.call("functor", {term, any, any}) == "f 2");
    CHECK(c.call("functor", {a, any, any}) == "a 0");
    CHECK(c.call("arg", {any, term, b}) == "2");
    CHECK(c.call("arg", {any, a, any}) == "!compound term");
    CHECK(c.call("=..", {term, any}) == "[f,a,b]");
    CHECK(c.call("=..", {any, c.list({a, b})}) == "a(b)");
    CHECK(c.call("=..", {any, c.list({})}) == "!list of a name and arguments");
    CHECK(c.call("succ", {any, c.number(4)}) == "3");
    CHECK(c.call("succ", {any, c.number(0)}) == "");
    CHECK(c.call("succ", {c.number(-1), any}) == "!natural number");
    CHECK(c.call("plus", {any, c.number(4), c.number(9)}) == "5");
    CHECK(c.call("plus", {c.number(1), any, c.number(9)}) == "8");
    CHECK(c.call("plus", {c.number(INT64_MAX), c.number(1), any}) == "!the result is too large");
}

TEST_CASE("the functions of arithmetic say what they cannot compute") {
    ValueStore values;
    auto compute = [&](std::string_view name, std::vector<Value> operands) {
        ArithmeticError error = ArithmeticError::none;
        const ArithmeticFunction* function = find_arithmetic_function(name, operands.size());
        REQUIRE(function != nullptr);
        operands.resize(2, operands.empty() ? values.integer(0) : operands.front());
        Value result = function->apply({operands[0], operands[1], values, error});
        if (error != ArithmeticError::none) return "!" + std::string(describe(error));
        return values.print(result);
    };
    auto i = [&](std::int64_t n) { return values.integer(n); };
    auto r = [&](double x) { return values.real(x); };
    CHECK(compute("rem", {i(-7), i(2)}) == "-1");
    CHECK(compute("mod", {i(-7), i(2)}) == "1");
    CHECK(compute("div", {i(-7), i(2)}) == "-4");
    CHECK(compute("div", {i(INT64_MIN), i(-1)}) == "!the result is too large");
    CHECK(compute("rem", {i(INT64_MIN), i(-1)}) == "0");
    CHECK(compute("gcd", {i(-12), i(18)}) == "6");
    CHECK(compute("gcd", {i(INT64_MIN), i(0)}) == "!the result is too large");
    CHECK(compute("msb", {i(1000)}) == "9");
    CHECK(compute("msb", {i(0)}) == "!the result is not a real number");
    CHECK(compute("<<", {i(1), i(62)}) == "4611686018427387904");
    CHECK(compute("<<", {i(1), i(63)}) == "!the result is too large");
    CHECK(compute("<<", {i(0), i(1'000'000'000'000)}) == "0");
    CHECK(compute(">>", {i(-5), i(200)}) == "-1");
    CHECK(compute("xor", {i(6), i(3)}) == "5");
    CHECK(compute("/\\", {i(6), r(3)}) == "!this is computed of integers only");
    CHECK(compute("^", {i(2), i(10)}) == "1024");
    CHECK(compute("sqrt", {i(-1)}) == "!the result is not a real number");
    CHECK(compute("log", {i(0)}) == "!the result is not a real number");
    CHECK(compute("log", {i(2), i(8)}) == "3.0");
    CHECK(compute("exp", {i(1000)}) == "!the result is too large");
    CHECK(compute("round", {r(-2.5)}) == "-3");
    CHECK(compute("truncate", {r(-2.5)}) == "-2");
    CHECK(compute("ceiling", {r(1e19)}) == "!the result is too large");
    CHECK(compute("floor", {r(-9223372036854775808.0)}) == "-9223372036854775808");
    CHECK(compute("sign", {r(-0.5)}) == "-1.0");
    CHECK(compute("float", {i(2)}) == "2.0");
    CHECK(compute("atan2", {i(0), i(-1)}) == "3.141592653589793");
    CHECK(compute("pi", {}) == "3.141592653589793");
}

TEST_CASE("an expression that a program has made may be as deep as memory allows") {
    ValueStore values;
    Value sum = values.integer(0);
    for (int i = 0; i < 300'000; ++i) {
        Value operands[] = {sum, values.integer(1)};
        sum = values.compound(values.atom("+"), operands);
    }
    ArithmeticError error = ArithmeticError::none;
    Value result = evaluate(Term::make_constant(sum), {}, values, error);
    CHECK(error == ArithmeticError::none);
    CHECK(values.print(result) == "300000");
}
