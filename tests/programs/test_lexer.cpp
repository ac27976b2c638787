#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "programs/syntax/decode.h"
#include "programs/syntax/lexer.h"
#include "symbolic/base/utf8.h"

using namespace entail;
using namespace entail::ast;
using K = TokenKind;

namespace {

struct Lexed {
    Diagnostics diagnostics;
    std::vector<Token> tokens;

    explicit Lexed(std::string_view text) {
        Reporter reporter(0, diagnostics);
        tokens = tokenize(text, reporter);
    }
    std::vector<K> kinds() const {
        std::vector<K> result;
        for (const Token& t : tokens) result.push_back(t.kind);
        return result;
    }
};

std::vector<K> kinds(std::string_view text) {
    Lexed lexed(text);
    CHECK_MESSAGE(lexed.diagnostics.all().empty(), text);
    return lexed.kinds();
}

}  // namespace

TEST_CASE("a dot is final, part of a number or part of a range by what surrounds it") {
    CHECK(kinds("1..5.") == std::vector{K::integer, K::range, K::integer, K::final_dot, K::end});
    CHECK(kinds("1.5.") == std::vector{K::real, K::final_dot, K::end});
    CHECK(kinds("1.\n") == std::vector{K::integer, K::final_dot, K::end});
    CHECK(kinds("a.%b") == std::vector{K::name, K::final_dot, K::end});
    CHECK(kinds("a.b") == std::vector{K::name, K::dot, K::name, K::end});
    CHECK(kinds("1.0..2.0") == std::vector{K::real, K::range, K::real, K::end});
    CHECK(kinds("X..Y") == std::vector{K::variable, K::range, K::variable, K::end});
    CHECK(kinds("1.e5") == std::vector{K::integer, K::dot, K::name, K::end});
}

TEST_CASE("the longest operator is taken") {
    CHECK(kinds("=:= =\\= \\== = == =< <= >= < >") ==
          std::vector{K::equal, K::not_equal, K::not_identical, K::unify, K::identical,
                      K::less_equal, K::less_equal, K::greater_equal, K::less, K::greater, K::end});
    CHECK(kinds("// / ** * |> | :- :: : -> -") ==
          std::vector{K::double_slash, K::slash, K::power, K::star, K::pipe, K::bar, K::neck,
                      K::weight, K::colon, K::arrow, K::minus, K::end});
    CHECK(kinds("X\\=Y\\+a") ==
          std::vector{K::variable, K::not_unify, K::variable, K::negation, K::name, K::end});
    CHECK(kinds("a=-1") == std::vector{K::name, K::unify, K::minus, K::integer, K::end});
}

TEST_CASE("comments and blanks only part tokens, and are remembered before a parenthesis") {
    Lexed lexed("f(a) g (b) h/* c */(d) % (e)\n/**/x /* * / ** */");
    CHECK(lexed.diagnostics.all().empty());
    CHECK_FALSE(lexed.tokens[1].blank_before);
    CHECK(lexed.tokens[5].blank_before);
    CHECK(lexed.tokens[9].blank_before);
    CHECK(lexed.tokens.size() == 14);
    CHECK(lexed.tokens[12].begin == 33);
}

TEST_CASE("a byte order mark is skipped") {
    CHECK(kinds("\xEF\xBB\xBFp.") == std::vector{K::name, K::final_dot, K::end});
}

TEST_CASE("integers cover exactly 64 bits") {
    CHECK(integer_value("9223372036854775807", false) == std::numeric_limits<std::int64_t>::max());
    CHECK(integer_value("9223372036854775808", true) == std::numeric_limits<std::int64_t>::min());
    CHECK_FALSE(integer_value("9223372036854775808", false));
    CHECK_FALSE(integer_value("9223372036854775809", true));
    CHECK_FALSE(integer_value("18446744073709551616", true));
    CHECK(integer_value("0", true) == 0);
    CHECK(integer_value("007", false) == 7);
    CHECK(integer_value("0'a", false) == 97);
    CHECK(integer_value("0'\xC3\xBC", false) == 0xFC);
    CHECK(integer_value("0'\\n", false) == 10);
    CHECK(integer_value("0'''", false) == 39);
}

TEST_CASE("reals are the nearest doubles; too large is an error, too small is zero") {
    CHECK(real_value("0.1") == 0.1);
    CHECK(real_value("1e+22") == 1e22);
    CHECK(real_value("1.7976931348623157e308") == std::numeric_limits<double>::max());
    CHECK(real_value("5e-324") == std::numeric_limits<double>::denorm_min());
    CHECK_FALSE(real_value("1e309"));
    CHECK_FALSE(real_value("0.5e999"));
    CHECK_FALSE(real_value("1.0e99999999999999999999"));
    CHECK_FALSE(real_value("1" + std::string(400, '0') + ".0"));
    CHECK(real_value("1e-400") == 0.0);
    CHECK(real_value("0." + std::string(400, '0') + "1") == 0.0);
    CHECK(real_value("123.0e-99999999999999999999") == 0.0);
    CHECK(real_value("0." + std::string(400, '0') + "1e400") == 0.1);
}

TEST_CASE("decimal text is an exact reduced fraction whenever it fits") {
    auto check = [](std::string_view text, std::int64_t numerator, std::int64_t denominator) {
        CAPTURE(text);
        auto value = fraction_value(text);
        REQUIRE(value);
        CHECK(value->numerator == numerator);
        CHECK(value->denominator == denominator);
    };
    check("0.3", 3, 10);
    check("0.30", 3, 10);
    check("0.25", 1, 4);
    check("1.0", 1, 1);
    check("0.0", 0, 1);
    check("100", 100, 1);
    check("2.5e-3", 1, 400);
    check("2.5E3", 2500, 1);
    check("1e18", 1000000000000000000, 1);
    check("0.5000000000000000000000000000000", 1, 2);
    check("1000000000000000000000.0e-21", 1, 1);
    check("0.000000000000000001", 1, 1000000000000000000);
    CHECK_FALSE(fraction_value("1e19"));
    CHECK_FALSE(fraction_value("1e-19"));
    CHECK_FALSE(fraction_value("0.12345678901234567890123"));
    CHECK_FALSE(fraction_value("1e99999999999999999999"));

    auto third = divide({1, 1}, {-3, 1});
    REQUIRE(third);
    CHECK(third->numerator == -1);
    CHECK(third->denominator == 3);
    CHECK_FALSE(divide({1, 1}, {0, 1}));
    CHECK_FALSE(divide({1, 4611686018427387905}, {3, 1}));
}

TEST_CASE("quotes hold escapes, doubled quotes and any script") {
    CHECK(unquote("'a''b'") == "a'b");
    CHECK(unquote("\"a\"\"b\"") == "a\"b");
    CHECK(unquote(R"('\n\t\\\'\"\x41\\101\')") == "\n\t\\'\"AA");
    CHECK(unquote("'\\x1F600\\'") == "\xF0\x9F\x98\x80");
    CHECK(unquote("'größe'") == "größe");
    CHECK(unquote("''") == "");
    CHECK(escape_length("\\x\\") == 0);
    CHECK(escape_length("\\x0\\") == 0);
    CHECK(escape_length("\\xD800\\") == 0);
    CHECK(escape_length("\\x41") == 0);
    CHECK(escape_length("\\") == 0);
}

TEST_CASE("UTF-8 is validated in full") {
    for (std::uint32_t c :
         {0x24U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xD7FFU, 0xE000U, 0xFFFFU, 0x10000U, 0x10FFFFU}) {
        std::string text;
        append_utf8(text, c);
        CHECK(utf8_length(text, 0) == text.size());
        if (text.size() > 1) CHECK(utf8_length(text.substr(0, text.size() - 1), 0) == 0);
    }
    for (std::string_view bad :
         {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
        CHECK(utf8_length(bad, 0) == 0);
    }
}
