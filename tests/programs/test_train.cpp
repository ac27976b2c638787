// Training from files, and everything that can be wrong with them.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "neural/core/data_error.h"
#include "neural/data/csv.h"
#include "neural/data/idx.h"
#include "neural/data/write_png.h"
#include "neural/render_digits.h"
#include "programs/digits.h"
#include "programs/engine.h"
#include "programs/train.h"
#include "tests/support/golden.h"
#include "tests/support/temp_dir.h"

using namespace entail;
namespace fs = std::filesystem;

namespace {

constexpr const char* kDigits =
    "type digit = 0..9.\n"
    "module mnist : image -> digit = lenet.\n"
    "digit(I, D) ~ mnist(I).\n";
constexpr const char* kSum =
    "sum(A, B, S) :- digit(A, X), digit(B, Y), S is X + Y.\n"
    "query sum(A, B, S).\n";

void write(const fs::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
}

/// A folder with a program, 400 pictures and 200 sums.
struct Workplace {
    Workplace() {
        write_digits({.count = 400, .sums = 200, .numbers = 1, .seed = 1, .folder = dir.path()});
        write(dir / "sum.ent", std::string(kDigits) + kSum);
        options.program = dir / "sum.ent";
        options.data = {dir / "sums.csv", dir / "images.idx", ""};
        options.threads = 1;
    }
    /// The message of the exception that training throws.
    std::string failure() {
        try {
            train(options);
        } catch (const std::exception& error) {
            return error.what();
        }
        return "nothing was thrown";
    }
    std::string failure_with_data(const std::string& csv) {
        write(dir / "bad.csv", csv);
        options.data.examples = dir / "bad.csv";
        std::string message = failure();
        const std::string folder = dir.path().string() + "/";
        for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder)) {
            message.erase(at, folder.size());
        }
        return message;
    }
    std::string failure_of_program(const std::string& program) {
        write(dir / "bad.ent", program);
        options.program = dir / "bad.ent";
        return failure();
    }

    tests::TempDir dir;
    TrainOptions options;
};

bool has(const std::string& text, const std::string& part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
    return text.find(part) != std::string::npos;
}

/// Names of the columns, a star behind those that are pictures: "A* B* S".
std::string columns(const std::string& rules) {
    const LoadedProgram loaded = load_text("p.ent", std::string(kDigits) + rules, {});
    REQUIRE_MESSAGE(!loaded.diagnostics.has_errors(), render(loaded.diagnostics, loaded.sources));
    std::string text;
    for (const auto& column : query_columns(loaded.program, loaded.program.queries[0])) {
        text += (text.empty() ? "" : " ") + column.name + (column.modules.empty() ? "" : "*");
    }
    return text;
}

}  // namespace

TEST_CASE("a query's variables are pictures where a network ends up looking at them") {
    CHECK(columns(kSum) == "A* B* S");
    CHECK(columns("query digit(I, D).") == "I* D");
    CHECK(columns("number([], N, N).\n"
                  "number([D|T], A, N) :- digit(D, V), B is A * 10 + V, number(T, B, N).\n"
                  "sum(A, B, S) :- number(A, 0, X), number(B, 0, Y), S is X + Y.\n"
                  "query sum([A, B], [C, D], S).") == "A* B* C* D* S");
    CHECK(columns("calc(A, O, B, S) :- digit(A, X), digit(B, Y), op(O, X, Y, S).\n"
                  "op(plus, X, Y, S) :- S is X + Y.\n"
                  "op(times, X, Y, S) :- S is X * Y.\n"
                  "query calc(A, O, B, S).") == "A* O B* S");
    CHECK(columns("both(pair(A, N), S) :- digit(A, X), between(0, 3, N), S is X + N.\n"
                  "query both(pair(A, N), S).") == "A* N S");
    CHECK(columns("s(P, S) :- P = [A, B], digit(A, X), digit(B, Y), S is X + Y.\n"
                  "query s([U, V], S).") == "U* V* S");
    CHECK(columns("any(U, V, D) :- image(U), image(V), member(I, [U, V]), digit(I, D).\n"
                  "query any(U, V, D).") == "U* V* D");
    CHECK(columns("same(A, A2) :- digit(A, X), A2 is X + X.\nquery same(A, S).") == "A* S");
    CHECK(columns("dark(A) :- \\+ digit(A, 0), image(A).\n"
                  "n(A, yes) :- dark(A).\nn(A, no) :- \\+ dark(A), image(A).\n"
                  "query n(A, S).") == "A* S");
}

TEST_CASE("digits are trained from sums, saved, and used by the engine") {
    Workplace place;
    write_digits(
        {.count = 6000, .sums = 3000, .numbers = 1, .seed = 2, .folder = place.dir.path()});
    place.options.data.labels = place.dir / "labels.idx";
    place.options.training.epochs = 2;
    place.options.save[""] = place.dir / "mnist.weights";
    const TrainReport report = train(place.options);
    const std::string text = to_text(report);
    MESSAGE(text);
    CHECK(report.examples == 3000);
    CHECK(report.patterns == 1);
    CHECK(report.validation.concepts[0].images.share() > 0.9);
    CHECK(report.saved.size() == 1);
    CHECK(report.outcome.times.logic < 0.1 * report.outcome.times.total());
    has(text, "answer accuracy: ");
    has(text, "concept accuracy: ");

    const auto digits = neural::render_digits(std::vector<int>{3, 8}, 77);
    for (int i = 0; i < 2; ++i)
        neural::write_png(digits, i, place.dir / (i == 0 ? "a.png" : "b.png"));
    Options options;
    options.weights["mnist"] = place.dir / "mnist.weights";
    Engine engine = Engine::from_text(std::string(kDigits) + kSum +
                                          "input a : image = \"a.png\".\n"
                                          "input b : image = \"b.png\".\n",
                                      options, "use.ent", place.dir.path());
    CHECK(engine.ask("sum(a, b, S)").answers.at(0).atom == "sum(a,b,11)");
}

TEST_CASE("lines that share pictures or differ in constants have patterns of their own") {
    Workplace place;
    write(place.dir / "calc.ent",
          std::string(kDigits) +
              "calc(A, O, B, S) :- digit(A, X), digit(B, Y), op(O, X, Y, S).\n"
              "op(plus, X, Y, S) :- S is X + Y.\n"
              "op(times, X, Y, S) :- S is X * Y.\n"
              "query calc(A, O, B, S).\n");
    place.options.program = place.dir / "calc.ent";
    const auto labels = neural::load_idx_labels(place.dir / "labels.idx");
    const auto line = [&](std::size_t a, std::string op, std::size_t b) {
        const int sum = labels[a] + labels[b], product = labels[a] * labels[b];
        return fmt::format("{},{},{},{}\n", a, op, b, op == "plus" ? sum : product);
    };
    write(place.dir / "calc.csv", line(0, "plus", 1) + line(2, "times", 3) + line(4, "plus", 4) +
                                      line(5, "plus", 6) + line(7, "times", 7));
    place.options.data.examples = place.dir / "calc.csv";
    const TrainReport report = train(place.options);
    CHECK(report.examples == 5);
    CHECK(report.patterns == 4);
    CHECK(report.impossible.count == 0);
    // The square of a digit is not 24.
    has(place.failure_with_data("7,times,7,24\n"), "none of the 1 lines");
}

TEST_CASE("pictures of a folder are named by file or by number") {
    Workplace place;
    const auto digits = neural::render_digits(std::vector<int>{1, 2, 3}, 5);
    fs::create_directory(place.dir / "pictures");
    for (int i = 0; i < 3; ++i) {
        neural::write_png(digits, i, place.dir / "pictures" / fmt::format("p{}.png", i));
    }
    place.options.data.images = place.dir / "pictures";
    write(place.dir / "named.csv", "p0.png,p1.png,3\np1.png,p2.png,5\n");
    place.options.data.examples = place.dir / "named.csv";
    place.options.save[""] = place.dir / "named.weights";
    CHECK(train(place.options).examples == 2);
    write(place.dir / "numbered.csv", "first,second,sum\n0,1,3\n1,2,5\n");
    place.options.data.examples = place.dir / "numbered.csv";
    place.options.save[""] = place.dir / "numbered.weights";
    CHECK(train(place.options).examples == 2);
    CHECK(tests::read_text(place.dir / "named.weights") ==
          tests::read_text(place.dir / "numbered.weights"));
    has(place.failure_with_data("p0.png,p9.png,3\n"),
        "bad.csv:1: 'p9.png' in column B is no picture (name a file of the folder");
}

TEST_CASE("learnable weights are fitted without any network") {
    Workplace place;
    write(place.dir / "coin.ent",
          "t(_) :: heads.\nwon(yes) :- heads.\nwon(no) :- \\+ heads.\nquery won(X).\n");
    std::string lines;
    for (int i = 0; i < 40; ++i) lines += i % 4 == 0 ? "no\n" : "yes\n";
    write(place.dir / "games.csv", lines);
    place.options.program = place.dir / "coin.ent";
    place.options.data = {place.dir / "games.csv", "", ""};
    place.options.training.epochs = 200;
    place.options.training.batch = 40;
    place.options.save_program = place.dir / "learned.ent";
    const TrainReport report = train(place.options);
    REQUIRE(report.learned.size() == 1);
    CHECK(report.learned[0].value == doctest::Approx(0.75).epsilon(1e-3));
    has(to_text(report), "coin.ent:1: t(_) is 0.7");
}

TEST_CASE("the learned program runs as it was learned") {
    Workplace place;
    write(place.dir / "urn.ent",
          "draw(x, C) ~ categorical{red: t(_), green: t(0.25), blue: 0.5}. % t(9) is no weight\n"
          "t(0.9) :: seen(C) :- draw(x, C).\n"
          "shown(C) :- seen(C).\nshown(none) :- \\+ seen(red), \\+ seen(green), \\+ seen(blue).\n"
          "query shown(C).\n");
    std::string lines;
    for (int i = 0; i < 60; ++i) lines += i % 6 < 2 ? "none\n" : i % 6 == 2 ? "green\n" : "blue\n";
    write(place.dir / "draws.csv", lines);
    place.options.program = place.dir / "urn.ent";
    place.options.data = {place.dir / "draws.csv", "", ""};
    place.options.training.epochs = 100;
    place.options.save_program = place.dir / "learned.ent";
    const TrainReport report = train(place.options);
    const std::string text = tests::read_text(place.dir / "learned.ent");
    has(text, "% t(9) is no weight");
    REQUIRE(report.learned.size() == 3);
    Engine engine = Engine::from_file(place.dir / "learned.ent");
    CHECK(engine.ask("shown(red)").answers.at(0).lower ==
          doctest::Approx(report.learned[0].value * report.learned[2].value).epsilon(1e-9));
    CHECK(engine.ask("shown(blue)").answers.at(0).lower ==
          doctest::Approx(0.5 * report.learned[2].value).epsilon(1e-9));
}

TEST_CASE("evidence, constraints and inputs of the program") {
    Workplace place;
    // Given that the digits differ; a picture that the program names is no picture of an example.
    write(place.dir / "differ.ent",
          std::string(kDigits) + kSum +
              ":- image(A), image(B), A \\= B, digit(A, X), digit(B, X).\n"
              "input own : image = \"own.png\".\n");
    place.options.program = place.dir / "differ.ent";
    const auto labels = neural::load_idx_labels(place.dir / "labels.idx");
    std::string lines;
    for (std::size_t i = 0; i + 1 < labels.size(); i += 2) {
        if (labels[i] == labels[i + 1]) continue;
        lines += fmt::format("{},{},{}\n", i, i + 1, labels[i] + labels[i + 1]);
    }
    write(place.dir / "differ.csv", lines);
    place.options.data.examples = place.dir / "differ.csv";
    const TrainReport report = train(place.options);
    CHECK(report.patterns == 1);
    CHECK(report.validation.impossible == 0);
    // 0 = 0 + 0 is excluded.
    has(place.failure_with_data("0,1,0\n"), "none of the 1 lines");
}

TEST_CASE("a table that does not fit the query is refused with file and line") {
    Workplace place;
    CHECK(place.failure_with_data("1,2\n") ==
          "bad.csv:1: has 2 columns, but the query has 3 variables (one column for each of A, B, "
          "S)");
    has(place.failure_with_data("1,2,3\n4,5\n"), "bad.csv: line 2: 2 fields");
    has(place.failure_with_data("1,2,3\n1,400,3\n"),
        "bad.csv:2: picture 400 in column B is out of range (there are 400 pictures");
    has(place.failure_with_data("1,-2,3\n"), "picture -2 in column B is out of range");
    has(place.failure_with_data("1,2,3\n1,1.5,3\n"), "bad.csv:2: '1.5' in column B is no picture");
    has(place.failure_with_data("1,99999999999999999999,3\n"), "is no picture");
    has(place.failure_with_data(""), "is empty");
    place.options.data.examples = place.dir.path();
    has(place.failure(), "is a directory");
    place.options.data.examples = place.dir / "missing.csv";
    has(place.failure(), "no such file");
}

TEST_CASE("answers that the program cannot give are left out, and refused if there is no other") {
    Workplace place;
    const std::string good = tests::read_text(place.dir / "sums.csv");
    write(place.dir / "mixed.csv", good + "1,2,19\n3,4,banana\n5,6, 007\n");
    place.options.data.examples = place.dir / "mixed.csv";
    const TrainReport report = train(place.options);
    CHECK(report.examples == 201);
    CHECK(report.impossible.count == 2);
    has(report.impossible.first, "mixed.csv:201: the program cannot give the answer S = 19");
    has(to_text(report), "left out: 2 lines; ");
    has(place.failure_with_data("1,2,19\n1,2,20\n"), "the answer of none of the 2 lines");
}

TEST_CASE("pictures and labels that are not there or do not fit are refused") {
    Workplace place;
    place.options.data.images.clear();
    has(place.failure(), "--images: the program looks at pictures");
    place.options.data.images = place.dir / "missing";
    has(place.failure(), "missing");
    place.options.data.images = place.dir / "images.idx";
    const std::string bytes = tests::read_text(place.dir / "images.idx");
    write(place.dir / "lies.idx", bytes.substr(0, bytes.size() / 2));
    place.options.data.images = place.dir / "lies.idx";
    has(place.failure(), "the IDX header promises");
    place.options.data.images = place.dir / "images.idx";
    place.options.data.labels = place.dir / "images.idx";
    has(place.failure(), "expected 1 (labels)");
    write(place.dir / "few.csv", "1\n2\n3\n");
    place.options.data.labels = place.dir / "few.csv";
    has(place.failure(), "has 3 labels, but there are 400 pictures");
    std::string lines;
    for (int i = 0; i < 400; ++i) lines += i == 17 ? "eleven\n" : i == 18 ? "\"\"\n" : "1\n";
    write(place.dir / "labels.csv", lines);
    place.options.data.labels = place.dir / "labels.csv";
    has(place.failure(), "labels.csv:18: 'eleven' is no class of mnist");
}

TEST_CASE("options that cannot work are refused before training") {
    Workplace place;
    place.options.save["other"] = place.dir / "w";
    has(place.failure(), "--save: there is no module 'other'; its modules are 'mnist'");
    place.options.save = {{"", place.dir / "no folder" / "w"}};
    has(place.failure(), "--save: there is no folder");
    place.options.save = {{"mnist", place.dir.path()}};
    has(place.failure(), "is a folder");
    place.options.save.clear();
    place.options.start["mnist"] = place.dir / "sums.csv";
    has(place.failure(), "is not a weights file");
    place.options.start.clear();
    place.options.resume = true;
    has(place.failure(), "--resume: name the checkpoint");
}

TEST_CASE("programs that cannot be trained say why") {
    Workplace place;
    has(place.failure_of_program(std::string(kDigits) + "oops("), "error[");
    has(place.failure_of_program("a(1). query a(X)."), "neither a module nor a learnable weight");
    has(place.failure_of_program("t(_)::a(1)."), "it has no query");
    has(place.failure_of_program("t(_)::a. query a."), "no variable for the answer");
    has(place.failure_of_program(std::string(kDigits) + "p(D, I) :- digit(I, D). query p(D, I)."),
        "the last variable of its first query, I, is a picture");
    has(place.failure_of_program(std::string(kDigits) + "p(D) :- digit(_, D). query p(D)."),
        "no module looks at a variable of its first query");
    has(place.failure_of_program(
            std::string(kDigits) +
            "p(A, B, S) :- digit(A, X), digit(B, Y), digit(odd, Z), S is X + Y + Z.\n"
            "image(odd). query p(A, B, S)."),
        "a module looks at odd, which is no picture of the example");
    has(place.failure_of_program(
            std::string(kDigits) +
            "choose bonus(N) in 0..1.\n"
            "p(A, B, S) :- digit(A, X), digit(B, Y), bonus(Z), S is X + Y + Z.\n"
            "query p(A, B, S)."),
        "depend on free choices");
}

TEST_CASE("training goes on from its checkpoint, and starts from weights that are given") {
    Workplace place;
    place.options.save[""] = place.dir / "whole.weights";
    train(place.options);
    place.options.save[""] = place.dir / "resumed.weights";
    place.options.checkpoint = place.dir / "checkpoint";
    std::atomic<bool> interrupt = false;
    place.options.interrupt = &interrupt;
    place.options.report_every = 1;
    place.options.progress = [&](const bridge::Progress& progress) {
        interrupt = progress.step == 5;
    };
    const TrainReport first = train(place.options);
    CHECK(first.outcome.interrupted);
    CHECK(first.saved.empty());
    has(to_text(first), "interrupted after step 6 of 13");
    place.options.interrupt = nullptr;
    place.options.progress = nullptr;
    place.options.resume = true;
    place.options.threads = 2;
    CHECK(train(place.options).resumed_step == 6);
    CHECK(tests::read_text(place.dir / "whole.weights") ==
          tests::read_text(place.dir / "resumed.weights"));

    Workplace other;
    other.options.start["mnist"] = place.dir / "whole.weights";
    other.options.training.learning_rate = 1e-12;
    other.options.save[""] = other.dir / "kept.weights";
    const double loss = train(other.options).outcome.loss;
    CHECK(loss < first.outcome.loss);
}

TEST_CASE("rendered digits are written as they say") {
    const tests::TempDir dir;
    const auto files = write_digits(
        {.count = 30, .sums = 8, .numbers = 2, .seed = 4, .folder = dir / "new" / "folder"});
    REQUIRE(files.size() == 3);
    CHECK(neural::load_idx_images(files[0]).count == 30);
    const auto labels = neural::load_idx_labels(files[1]);
    const auto table = neural::load_csv(files[2]);
    REQUIRE(table.rows.size() == 8);
    std::vector<int> used(30, 0);
    for (std::size_t r = 0; r < 8; ++r) {
        std::vector<int> digit;
        for (int c = 0; c < 4; ++c) {
            const auto picture = static_cast<std::size_t>(table.integer(r, c));
            digit.push_back(labels.at(picture));
            ++used[picture];
        }
        CHECK(table.integer(r, 4) == 10 * digit[0] + digit[1] + 10 * digit[2] + digit[3]);
    }
    const auto [least, most] = std::ranges::minmax(used);
    CHECK(most - least <= 1);
    CHECK_THROWS_AS(write_digits({.count = 0, .folder = dir.path()}), std::invalid_argument);
    CHECK_THROWS_AS(write_digits({.numbers = 10, .folder = dir.path()}), std::invalid_argument);
    write(dir / "file", "x");
    CHECK_THROWS_AS(write_digits({.folder = dir / "file"}), neural::DataError);
}
