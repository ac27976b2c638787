// The command as its users meet it: options, exit codes, what is printed, limits, determinism.

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/golden.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using namespace entail::tests;
using Json = nlohmann::json;

namespace {

constexpr const char* kCounter = "n(0).\nn(Y) :- n(X), Y is X + 1.\nquery n(5).\nquery n(X).\n";
constexpr const char* kCoins = "0.5 :: a(1).\n0.5 :: a(2).\nb :- a(1).\nquery b.\nquery a(X).\n";

/// A folder to write programs into.
struct Folder {
    TempDir dir;
    std::string put(const std::string& name, const std::string& text) const {
        std::ofstream(dir / name, std::ios::binary) << text;
        return (dir / name).string();
    }
    std::string path(const std::string& name) const { return (dir / name).string(); }
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// 60 rendered digits, 40 sums, and the program that adds them.
struct Digits : Folder {
    Digits() {
        const auto made =
            run_entail({"digits", "--count", "60", "--sums", "40", "--out", path("")});
        REQUIRE_MESSAGE(made.exit_code == 0, made);
        put("sum.ent",
            "type digit = 0..9.\nmodule mnist : image -> digit = lenet.\n"
            "digit(I, D) ~ mnist(I).\n"
            "sum(A, B, S) :- digit(A, X), digit(B, Y), S is X + Y.\nquery sum(A, B, S).\n");
    }
    ProcessResult train(std::vector<std::string> more) const {
        std::vector<std::string> arguments{"train",          path("sum.ent"), "--data",
                                           path("sums.csv"), "--images",      path("images.idx")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_entail(arguments);
    }
};

}  // namespace

TEST_CASE("the help of each subcommand mentions its options and exits with 0") {
    const std::vector<std::string> common{
        "PROGRAM",      "--given",        "--weights",  "--root",   "--threads",
        "--time-limit", "--memory-limit", "--evidence", "--format", "--max-derivations"};
    const std::vector<std::pair<std::string, std::vector<std::string>>> expected{
        {"run", common},
        {"run", {"--top"}},
        {"solve", common},
        {"solve", {"--top"}},
        {"sample", common},
        {"sample", {"--count", "--seed"}},
        {"compile", {"PROGRAM", "--output", "--format", "--answer", "--given", "--time-limit"}},
        {"explain", common},
        {"explain", {"ATOM"}},
        {"check", {"PROGRAM", "--root"}},
        {"train", {"--interpretations", "--iterations", "--tolerance", "--time-limit"}},
        {"clevr", {"SCENES", "QUESTIONS", "--certainty", "--wrong", "--program", "--max-cases"}},
        {"train", {"--data",
                   "--images",
                   "--labels",
                   "--valid-data",
                   "--valid-images",
                   "--valid-labels",
                   "--epochs",
                   "--batch",
                   "--learning-rate",
                   "--weight-rate",
                   "--seed",
                   "--threads",
                   "--memory-limit",
                   "--weights",
                   "--save",
                   "--checkpoint",
                   "--checkpoint-every",
                   "--resume",
                   "--log",
                   "--root"}},
        {"digits", {"--count", "--sums", "--numbers", "--seed", "--out"}}};
    for (const auto& [subcommand, options] : expected) {
        const auto result = run_entail({subcommand, "--help"});
        CHECK_MESSAGE(result.exit_code == 0, result);
        CHECK(result.err.empty());
        for (const auto& option : options) CHECK_MESSAGE(has(result.out, option), option);
    }
    const auto all = run_entail({"--help"});
    CHECK(all.exit_code == 0);
    for (const auto& row : expected) CHECK_MESSAGE(has(all.out, row.first), all);
    CHECK(run_entail({"--version"}).exit_code == 0);
}

TEST_CASE("wrong usage exits with 2, says why on standard error and prints nothing") {
    const Folder folder;
    const std::string program = folder.put("coins.ent", kCoins);
    const std::vector<std::vector<std::string>> wrong{
        {},
        {"fly"},
        {"run"},
        {"run", program, "--fly"},
        {"run", program, "extra"},
        {"run", program, "--format", "xml"},
        {"run", program, "--time-limit", "-1"},
        {"run", program, "--time-limit", "soon"},
        {"run", program, "--memory-limit", "0"},
        {"run", program, "--threads", "-3"},
        {"run", program, "--weights", "nofile"},
        {"run", program, "--weights", "m="},
        {"run", program, "--weights", "unknown=file"},
        {"run", program, "--top", "0"},
        {"solve", program, "--top", "many"},
        {"sample", program, "-n", "-1"},
        {"compile", program, "--format", "pdf"},
        {"compile", program, "--answer", "c"},
        {"explain", program},
        {"check"},
        {"train", program},
        {"train", program, "--data", "x.csv", "--epochs", "0"},
        {"train", program, "--data", "x.csv", "--resume"},
        {"train", program, "--data", "x.csv", "--iterations", "3"},
        {"train", program, "--data", "x.csv", "--interpretations", "x.ent"},
        {"digits"},
        {"digits", "--out", folder.path(""), "--numbers", "0"},
        {"digits", "--out", folder.path(""), "--count", "many"}};
    for (const auto& arguments : wrong) {
        std::string line;
        for (const auto& argument : arguments) line += " " + argument;
        CAPTURE(line);
        const auto result = run_entail(arguments);
        CHECK_MESSAGE(result.exit_code == 2, result);
        CHECK(!result.err.empty());
        CHECK(result.out.empty());
    }
}

TEST_CASE("the best worlds, samples and answers are printed, and limits end them") {
    const Folder folder;
    const std::string coins = folder.put("coins.ent", kCoins);
    CHECK(run_entail({"solve", coins, "--given", "b"}).out ==
          "optimal\nprobability: 0.5\nb\na(1)\na(2)\n");
    CHECK(run_entail({"run", coins, "--top", "1"}).out == "b: 0.5\na(1): 0.5\n");
    const auto json = Json::parse(
        run_entail({"solve", coins, "--top", "9", "--given", "b", "--format", "json"}).out);
    CHECK(json["status"] == "optimal");
    CHECK(json["worlds"].size() == 2);
    CHECK(json["worlds"][1]["probability"] == 0.5);
    const auto samples =
        Json::parse(run_entail({"sample", coins, "-n", "7", "--format", "json"}).out);
    CHECK(samples["samples"].size() == 7);
    CHECK(run_entail({"sample", coins, "-n", "50", "--seed", "4", "--threads", "1"}).out ==
          run_entail({"sample", coins, "-n", "50", "--seed", "4", "--threads", "2"}).out);

    std::string many = "query c(X).\n";
    for (int i = 0; i < 300; ++i) many += "0.5 :: c(" + std::to_string(i) + ").\n";
    const std::string program = folder.put("many.ent", many);
    const auto late = run_entail({"solve", program, "--top", "1000000", "--time-limit", "0.3"});
    CHECK_MESSAGE(late.exit_code == 3, late.err);
    CHECK(has(late.err, "the time limit was reached"));
    CHECK(late.out.starts_with("optimal\n"));
    CHECK(late.seconds < 5);
    const auto full = run_entail({"sample", program, "-n", "100000000", "--memory-limit", "30"});
    CHECK_MESSAGE(full.exit_code == 3, full.err);
    CHECK(has(full.err, "the memory limit was reached"));
    const auto endless = folder.put("counter.ent", kCounter);
    const auto unknown = run_entail({"solve", endless, "--time-limit", "0.2"});
    CHECK_MESSAGE(unknown.exit_code == 3, unknown);
    CHECK(unknown.out == "unknown\n");
}

TEST_CASE("weights are learned from interpretations, with a line for each iteration") {
    const Folder folder;
    const std::string program = folder.put("coin.ent", "t(_) :: a.\nquery a.\n");
    const std::string seen =
        folder.put("seen.ent", "evidence(a).\n---\nevidence(a).\n---\nevidence(\\+ a).\n");
    const auto learned = run_entail({"train", program, "--interpretations", seen, "--save-program",
                                     folder.path("learned.ent")});
    CHECK_MESSAGE(learned.exit_code == 0, learned);
    CHECK(has(learned.out,
              "interpretations: 3, 2 different\nlog-likelihood: -1.9095425 after 2 iterations\n"));
    CHECK(has(learned.out, "coin.ent:1: t(_) is 0.666666667\n"));
    CHECK(has(learned.err, "iteration 1  log-likelihood -1.9095425\n"));
    CHECK(run_entail({"run", folder.path("learned.ent")}).out == "a: 0.666666667\n");
    CHECK(run_entail({"train", program, "--interpretations", folder.path("none")}).exit_code == 1);
    const auto late =
        run_entail({"train", program, "--interpretations", seen, "--time-limit", "1e-9"});
    CHECK(late.exit_code == 3);
    CHECK(has(late.out, "interrupted after iteration 0\n"));
}

TEST_CASE("a circuit is written to a file or to standard output, with its size on standard error") {
    const Folder folder;
    const std::string coins = folder.put("coins.ent", kCoins);
    const auto shown = run_entail({"compile", coins, "--answer", "a(2)"});
    CHECK(shown.exit_code == 0);
    CHECK(has(shown.out, "\nnnf 5 1 2\n"));
    CHECK(has(shown.out, " a(2)\n"));
    CHECK(shown.err == "5 nodes, 1 edges, 2 variables\n");
    const std::string file = folder.path("coins.circuit");
    CHECK(run_entail({"compile", coins, "--format", "entail", "-o", file}).out.empty());
    CHECK(read_text(file).starts_with("entail-circuit 1\nchoices 2\n"));
    const std::string endless = folder.put("counter.ent", kCounter);
    CHECK(run_entail({"compile", endless, "--time-limit", "0.2"}).exit_code == 3);
    CHECK(run_entail({"compile", coins, "-o", folder.path("none/x.nnf")}).exit_code == 1);
}

TEST_CASE("a right program exits with 0 in every subcommand, a wrong one with 1") {
    const Folder folder;
    const std::string right = folder.put("right.ent", kCoins);
    const std::string wrong = folder.put("wrong.ent", "a(X :- b.\n");
    CHECK(run_entail({"run", right}).exit_code == 0);
    CHECK(run_entail({"check", right}).exit_code == 0);
    CHECK(run_entail({"explain", right, "b"}).exit_code == 0);
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"run", wrong}, {"explain", wrong, "b"}, {"train", wrong, "--data", right}}) {
        const auto result = run_entail(arguments);
        CHECK_MESSAGE(result.exit_code == 1, result);
        CHECK(has(result.err, "wrong.ent:1:"));
        CHECK(result.out.empty());
    }
    const auto both = run_entail({"check", right, wrong});
    CHECK(both.exit_code == 1);
    CHECK(has(both.out + both.err, "wrong.ent:1:"));
    CHECK(run_entail({"explain", right, "b("}).exit_code == 1);
    CHECK(run_entail({"explain", right, "a(X)"}).exit_code == 1);
    CHECK(run_entail({"explain", right, "fly"}).exit_code == 1);
}

TEST_CASE("answers come by descending printed value, then in the standard order of terms") {
    const Folder folder;
    const std::string program = folder.put(
        "order.ent",
        "0.5 :: v(b).\n0.5 :: v(\"text\").\n0.5 :: v(f(1)).\n0.5 :: v(-3).\n0.5 :: v(2.5).\n"
        "0.5 :: v('Quoted atom').\n0.5 :: v([]).\n0.5 :: v([1,-2]).\n0.75 :: v(z).\n"
        "0.00000000001 :: v(rare).\nv(sure).\nw(0).\n"
        "query v(X).\nquery w(1).\nquery w(0).\nquery w(X).\n");
    const auto result = run_entail({"run", program});
    CHECK_MESSAGE(result.exit_code == 0, result);
    CHECK(result.err.empty());
    CHECK(difference("v(sure): 1\nv(z): 0.75\nv(-3): 0.5\nv(2.5): 0.5\nv('Quoted atom'): 0.5\n"
                     "v([]): 0.5\nv(b): 0.5\nv(\"text\"): 0.5\nv(f(1)): 0.5\nv([1,-2]): 0.5\n"
                     "v(rare): 1e-11\nw(1): 0\nw(0): 1\nw(0): 1\n",
                     result.out) == "");
}

TEST_CASE("JSON has the fields of the contract, for exact answers, ranges and bounds") {
    const Folder folder;
    const auto run = [&](const std::string& text, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"run", folder.put("p.ent", text), "--format", "json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto result = run_entail(arguments);
        CAPTURE(result);
        Json json = Json::parse(result.out);
        CHECK(json.at("version") == 1);
        CHECK(json.at("limits").is_array());
        CHECK((result.exit_code == 0) == json.at("limits").empty());
        for (const Json& query : json.at("results")) {
            CHECK(query.at("query").is_string());
            CHECK(query.at("undefined") == 0);
            for (const Json& answer : query.at("answers")) {
                CHECK(answer.size() == 6);
                const double lower = answer.at("lower"), upper = answer.at("upper");
                CHECK(answer.at("atom").is_string());
                CHECK(answer.at("method").is_string());
                CHECK(answer.at("probability").is_null() == (lower != upper));
                CHECK((answer.at("kind") == "exact") == (lower == upper));
            }
        }
        return json;
    };
    Json exact = run(kCoins);
    REQUIRE(exact["results"].size() == 2);
    CHECK(exact["results"][0]["query"] == "b");
    CHECK(exact["results"][0]["answers"][0]["probability"] == 0.5);
    CHECK(exact["results"][1]["query"] == "a(X)");
    CHECK(exact["results"][1]["answers"].size() == 2);

    const char* range =
        "choose pick(C) in {red, green}.\n0.25 :: lucky.\n"
        "win :- pick(red).\nwin :- lucky.\nquery win.\n";
    Json free = run(range);
    CHECK(free["results"][0]["answers"][0]["kind"] == "range");
    CHECK(free["results"][0]["answers"][0]["lower"] == 0.25);
    CHECK(free["results"][0]["answers"][0]["upper"] == 1);
    CHECK(run_entail({"run", folder.put("range.ent", range)}).out == "win: [0.25, 1]\n");

    Json partial = run(kCounter, {"--max-derivations", "100"});
    CHECK(partial["limits"] == Json::array({"derivations"}));
    CHECK(partial["results"][0]["answers"][0]["kind"] == "bounds");

    CHECK(run("0.5 :: a(\"\\\"\\\\ \\n\").\nquery a(X).\n")["results"][0]["answers"].size() == 1);
    CHECK(run("")["results"].empty());
}

TEST_CASE("a limit ends a program that counts forever with exit code 3, and says so") {
    const Folder folder;
    const std::string program = folder.put("count.ent", kCounter);
    const std::vector<std::pair<std::vector<std::string>, std::string>> limits{
        {{"--time-limit", "0.3"}, "time"},
        {{"--memory-limit", "30"}, "memory"},
        {{"--max-derivations", "1000"}, "derivations"}};
    for (const auto& limit : limits) {
        const auto& option = limit.first;
        const std::string& name = limit.second;  // a binding cannot be captured by Clang 14
        CAPTURE(name);
        std::vector<std::string> arguments{"run", program};
        arguments.insert(arguments.end(), option.begin(), option.end());
        const auto run = run_entail(arguments);
        CHECK_MESSAGE(run.exit_code == 3, run);
        CHECK(has(run.err, name));
        CHECK(run.out == "n(5): [0, 1]\n");
        arguments[0] = "explain";
        arguments.insert(arguments.begin() + 2, "n(5)");
        const auto explain = run_entail(arguments);
        CHECK_MESSAGE(explain.exit_code == 3, explain);
        CHECK(!(explain.out + explain.err).empty());
        arguments.insert(arguments.end(), {"--format", "json"});
        CHECK(Json::accept(run_entail(arguments).out));
    }
}

TEST_CASE("an interrupt ends a long run soon, with exit code 3") {
    const Folder folder;
    const std::string program = folder.put("count.ent", kCounter);
    for (const int signal : {SIGINT, SIGTERM}) {
        const auto result = run_entail(
            {"run", program}, {.time_out = 30, .signal_after_ms = 400, .signal_to_send = signal});
        CHECK_MESSAGE(result.exit_code == 3, result);
        CHECK(result.seconds < 10);
        CHECK(has(result.err, "interrupted"));
        CHECK(result.out == "n(5): [0, 1]\n");
    }
}

TEST_CASE("evidence given in the call conditions the answers, and is refused where it is wrong") {
    const Folder folder;
    const std::string program = folder.put("coins.ent", kCoins);
    const auto b = [&](std::vector<std::string> given) {
        std::vector<std::string> arguments{"run", program};
        for (const auto& one : given) arguments.insert(arguments.end(), {"--given", one});
        return run_entail(arguments);
    };
    CHECK(has(b({"a(1)"}).out, "b: 1\n"));
    CHECK(has(b({"\\+ a(1)"}).out, "b: 0\n"));
    CHECK(has(b({"a(2)", "b"}).out, "a(1): 1\na(2): 1\n"));
    CHECK(b({"a(1)"}).out == run_entail({"run", program, "--evidence", "a(1)"}).out);
    for (const std::string wrong : {"a(", "fly(1)", "a(X)", "", "a(1). b", "a(1) = b", ":- b",
                                    "\\+ \\+ b", "a(1, 2)", "a(9)"}) {
        CAPTURE(wrong);
        const auto result = b({wrong});
        CHECK_MESSAGE(result.exit_code == 1, result);
        CHECK(!result.err.empty());
        CHECK(result.out.empty());
    }
    CHECK(b({"b", "\\+ a(1)"}).exit_code == 1);
}

TEST_CASE("training, answers and proofs are the same bytes for any number of threads") {
    const Digits digits;
    std::vector<std::string> weights, answers, proofs;
    for (const std::string threads : {"1", "2", "1", "3"}) {
        const std::string file = digits.path("w" + std::to_string(weights.size()));
        const auto trained =
            digits.train({"--save", file, "--threads", threads, "--epochs", "2", "--seed", "7"});
        REQUIRE_MESSAGE(trained.exit_code == 0, trained);
        weights.push_back(read_text(file));
        const std::string two = digits.put("two.ent", read_text(digits.path("sum.ent")) +
                                                          "input a : image = \"a.png\".\n"
                                                          "input b : image = \"b.png\".\n");
        for (const std::string name : {"a.png", "b.png"}) {
            std::filesystem::copy_file(std::string(ENTAIL_SOURCE_DIR) + "/examples/" + name,
                                       digits.path(name),
                                       std::filesystem::copy_options::overwrite_existing);
        }
        const auto answer =
            run_entail({"run", two, "--weights", "mnist=" + file, "--threads", threads});
        const auto proof = run_entail(
            {"explain", two, "sum(a, b, 8)", "--weights", "mnist=" + file, "--threads", threads});
        CHECK_MESSAGE(answer.exit_code == 0, answer);
        CHECK_MESSAGE(proof.exit_code == 0, proof);
        answers.push_back(answer.out);
        proofs.push_back(proof.out);
    }
    CHECK(!weights[0].empty());
    CHECK(has(proofs[0], "a.png"));
    for (std::size_t i = 1; i < weights.size(); ++i) {
        CHECK(weights[i] == weights[0]);
        CHECK(answers[i] == answers[0]);
        CHECK(proofs[i] == proofs[0]);
    }
}
