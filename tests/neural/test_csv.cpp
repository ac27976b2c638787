#include <doctest/doctest.h>

#include <fstream>

#include "neural/core/data_error.h"
#include "neural/core/random.h"
#include "neural/data/csv.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"

using namespace entail::neural;
using Row = std::vector<std::string>;

TEST_CASE("a table of numbers without a header has none") {
    const CsvTable table = parse_csv("1,2.5,-3\n4,5e2,+6\n", "t.csv");
    CHECK(table.header.empty());
    CHECK(table.columns() == 3);
    CHECK(table.rows.size() == 2);
    CHECK(table.number(1, 1) == 500);
    CHECK(table.integer(1, 2) == 6);
    CHECK(table.column("2") == 2);
    CHECK_THROWS_WITH_AS(table.column("sum"),
                         doctest::Contains("has no column \"sum\": it has no header and 3 columns"),
                         DataError);
}

TEST_CASE("a header is detected, and a missing column is told with those there are") {
    const CsvTable table = parse_csv("a,b,sum\n0,1,1\n2,3,5", "t.csv");
    CHECK(table.header == Row{"a", "b", "sum"});
    CHECK(table.rows.size() == 2);
    CHECK(table.integer(1, table.column("sum")) == 5);
    CHECK_THROWS_WITH_AS(
        table.column("total"),
        "t.csv: has no column \"total\"; its columns are a, b, sum (add the column or "
        "name one of these)",
        DataError);
    CHECK(parse_csv("x,y\nu,v\n", "t").header.empty());
    CHECK(parse_csv("x,y\nu,v\n", "t", CsvHeader::present).header == Row{"x", "y"});
    CHECK(parse_csv("x,y\n1,2\n", "t", CsvHeader::absent).rows.size() == 2);
}

TEST_CASE(
    "quotes, line breaks in quotes, blanks, CRLF, a byte order mark and blank lines are "
    "understood") {
    const CsvTable table = parse_csv(
        "\xef\xbb\xbfname , note\r\n\r\n\"Smith, J.\",  \"said \"\"hi\"\"\"  \r\n plain text "
        ",\"two\n"
        "lines\"\n\"\",\n",
        "t", CsvHeader::present);
    CHECK(table.header == Row{"name", "note"});
    REQUIRE(table.rows.size() == 3);
    CHECK(table.rows[0] == Row{"Smith, J.", "said \"hi\""});
    CHECK(table.rows[1] == Row{"plain text", "two\nlines"});
    CHECK(table.rows[2] == Row{"", ""});
    CHECK(table.lines == std::vector<int>{3, 4, 6});
    CHECK(parse_csv("1,", "t").rows[0] == Row{"1", ""});
    CHECK(parse_csv("\"\"", "t").rows[0] == Row{""});
}

TEST_CASE("errors of a table name the line") {
    CHECK_THROWS_WITH_AS(parse_csv("1,2\n3,4\n5\n", "t"),
                         "t: line 3: 1 fields, but line 1 has 2 (give every line as many fields)",
                         DataError);
    CHECK_THROWS_WITH_AS(parse_csv("1\n\"2\n3", "t"),
                         doctest::Contains("line 2: the quote that opens here is never closed"),
                         DataError);
    CHECK_THROWS_WITH_AS(parse_csv("\"a\"b,c", "t"),
                         doctest::Contains("line 1: text after a closing quote"), DataError);
    CHECK_THROWS_WITH_AS(parse_csv("a\"b,c", "t"), doctest::Contains("line 1: a quote within"),
                         DataError);
    CHECK_THROWS_WITH_AS(parse_csv("\n\n", "t"), doctest::Contains("has no data"), DataError);
    const CsvTable table = parse_csv("a,b\n1,2\n3,x\n4,nan\n", "t");
    CHECK_THROWS_WITH_AS(table.number(1, 1),
                         "t: line 3, column \"b\": \"x\" is not a number (correct the field)",
                         DataError);
    CHECK_THROWS_WITH_AS(table.number(2, 1), doctest::Contains("\"nan\" is not a number"),
                         DataError);
    CHECK_THROWS_WITH_AS(parse_csv("1.5\n", "t").integer(0, 0),
                         doctest::Contains("\"1.5\" is not an integer"), DataError);
}

TEST_CASE("a table's file is read, and what is no file is refused") {
    const entail::tests::TempDir directory;
    const auto file = directory.path() / "t.csv";
    std::ofstream(file) << "1,2\n";
    CHECK(load_csv(file).rows.size() == 1);
    CHECK_THROWS_WITH_AS(load_csv(file, CsvHeader::detect, 2), doctest::Contains("above the limit"),
                         DataError);
    CHECK_THROWS_WITH_AS(load_csv(directory.path()), doctest::Contains("is a directory"),
                         DataError);
    CHECK_THROWS_WITH_AS(load_csv(directory.path() / "no"), doctest::Contains("no such file"),
                         DataError);
    std::ofstream(file, std::ios::trunc).close();
    CHECK_THROWS_WITH_AS(load_csv(file), doctest::Contains("is empty"), DataError);
}

TEST_CASE("random text never does anything but parse or give a DataError") {
    Random random(entail::tests::random_seed());
    constexpr std::string_view kAlphabet = "1a,\"\n\r \t.";
    for (int round = 0; round < 20000; ++round) {
        std::string text(random.below(20), ' ');
        for (char& c : text) c = kAlphabet[random.below(kAlphabet.size())];
        try {
            const CsvTable table = parse_csv(text, "t");
            CHECK(table.columns() >= 1);
            for (const Row& row : table.rows)
                REQUIRE(static_cast<int>(row.size()) == table.columns());
        } catch (const DataError&) {
        }
    }
}
