// Handwritten formulas: digits and + - * /, precedence by the grammar of examples/arithmetic.ent,
// exact fractions; each of up to 7 symbols is one of 14 with its own distribution.
//
// Goal: at length 7, the exact probability of an observed result and its gradient within 50 ms an
// example after compilation. "given": the result is part of the question, a circuit for each.
// "open": one circuit for all results of a length, as training uses it. Probabilities are checked
// against the enumeration of all sequences of symbols. With --data, the published test expressions
// (HWF, symbols as labelled) are evaluated by the same rules; all are to be right.

#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "bench/patterns.h"
#include "neural/core/random.h"

namespace fs = std::filesystem;
using namespace entail;
using bench::Rows;

namespace {

const char* const kSymbols[] = {"0", "1", "2", "3",    "4",     "5",     "6",
                                "7", "8", "9", "plus", "minus", "times", "over"};
constexpr std::size_t kClasses = std::size(kSymbols);
const std::string kRules =
    "type sign = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, plus, minus, times, over}.\n"
    "import \"" ENTAIL_SOURCE_DIR "/examples/arithmetic.ent\".\n";

struct Fraction {
    std::int64_t numerator, denominator;
    auto operator<=>(const Fraction&) const = default;
};

Fraction lowest(std::int64_t n, std::int64_t d) {
    const std::int64_t g = std::gcd(n, d);
    return {n / g, d / g};
}

/// Digits at even places, operators at odd ones; nothing if it divides by 0.
std::optional<Fraction> evaluate(const std::vector<int>& symbols) {
    Fraction sum{0, 1}, product{symbols[0], 1};
    const auto add = [](Fraction a, Fraction b) {
        return lowest(a.numerator * b.denominator + b.numerator * a.denominator,
                      a.denominator * b.denominator);
    };
    for (std::size_t i = 1; i < symbols.size(); i += 2) {
        const std::int64_t digit = symbols[i + 1];
        switch (symbols[i]) {
            case 10:
            case 11:
                sum = add(sum, product);
                product = {symbols[i] == 10 ? digit : -digit, 1};
                break;
            case 12:
                product = lowest(product.numerator * digit, product.denominator);
                break;
            default:
                if (digit == 0) return std::nullopt;
                product = lowest(product.numerator, product.denominator * digit);
        }
    }
    return add(sum, product);
}

/// P(result) by enumeration.
double probability(const Eigen::Ref<const Rows>& symbols, Fraction result) {
    std::vector<int> chosen(std::size_t(symbols.rows()));
    double sum = 0;
    const auto descend = [&](const auto& self, std::size_t at, double p) -> void {
        if (at == chosen.size()) {
            if (evaluate(chosen) == result) sum += p;
            return;
        }
        const int begin = at % 2 == 0 ? 0 : 10, end = at % 2 == 0 ? 10 : 14;
        for (chosen[at] = begin; chosen[at] < end; ++chosen[at]) {
            self(self, at + 1, p * symbols(neural::Index(at), chosen[at]));
        }
    };
    descend(descend, 0, 1);
    return sum;
}

std::string list(const char* prefix, std::size_t length) {
    std::string text = "[";
    for (std::size_t i = 0; i < length; ++i)
        text += fmt::format("{}{}{}", i == 0 ? "" : ", ", prefix, i);
    return text + "]";
}

struct Examples {
    std::string table;
    Rows distributions;
    std::vector<Fraction> results;
};

/// A right symbol gets most of the mass, as a network in training would give it.
Examples draw(std::size_t length, std::size_t count, bool is_open) {
    neural::Random random(length);
    Examples examples;
    examples.distributions.resize(neural::Index(count * length), kClasses);
    for (std::size_t e = 0; e < count; ++e) {
        std::vector<int> right;
        for (std::size_t i = 0; i < length; ++i) {
            right.push_back(int(i % 2 == 0 ? 1 + random.below(9) : 10 + random.below(4)));
            auto row = examples.distributions.row(neural::Index(e * length + i));
            for (neural::Index k = 0; k < row.size(); ++k) row(k) = std::exp(random.normal());
            row(right.back()) += 20;
            row /= row.sum();
            examples.table += fmt::format("{},", i);
        }
        const Fraction value = *evaluate(right);
        examples.results.push_back(value);
        const auto [n, d] = value;
        examples.table +=
            is_open ? fmt::format("\"q({},{})\"\n", n, d) : fmt::format("{},{},yes\n", n, d);
    }
    return examples;
}

void measure(const bench::PatternBench& patterns, std::size_t length, bool is_open,
             double time_limit, bench::Goals& goals) {
    const std::size_t count = is_open ? 32 : 4;
    const Examples examples = draw(length, count, is_open);
    const std::string pictures = list("S", length);
    const std::string program =
        kRules + "module hwf : image -> sign = lenet.\nsymbol(X, S) ~ hwf(X).\n" +
        (is_open ? fmt::format("query expression({}, V).\n", pictures)
                 : fmt::format("seen(L, N, M, yes) :- expression(L, q(N, M)).\n"
                               "query seen({}, N, M, Y).\n",
                               pictures));
    const bench::PatternRun run =
        patterns.run(program, examples.table, examples.distributions, time_limit);
    double error = run.failure.empty() ? 0 : INFINITY;
    for (std::size_t e = 0; e < run.logs.size() && e < 4; ++e) {
        const double p = probability(
            examples.distributions.middleRows(neural::Index(e * length), neural::Index(length)),
            examples.results[e]);
        error = std::max(error, std::abs(std::exp(run.logs[e]) / p - 1));
    }
    fmt::print("{:6}  {:6} {:10.3f} {:9} {:11.4f}  {:6}  {}\n", length, is_open ? "open" : "given",
               run.making, run.nodes, 1e3 * run.counting,
               goals.check(error < 1e-9 && run.counting <= 50e-3),
               !run.failure.empty() ? run.failure
               : error < 1e-9       ? ""
                                    : fmt::format("error {:.1e}", error));
    std::fflush(stdout);
}

/// HWF's expressions with certain symbols, by the same rules.
void check_expressions(const fs::path& file, bench::Goals& goals) {
    const auto data = nlohmann::json::parse(std::ifstream(file));
    const std::string operators = "+-*/";
    std::size_t right = 0;
    Options options;
    options.roots = {ENTAIL_SOURCE_DIR};
    options.threads = 1;
    const double seconds = bench::seconds_of([&] {
        for (const auto& item : data) {
            const auto expression = item.at("expr").get<std::string>();
            std::string program = kRules;
            for (std::size_t i = 0; i < expression.size(); ++i) {
                const auto at = operators.find(expression[i]);
                program += fmt::format(
                    "symbol(s{}, {}).\n", i,
                    at == std::string::npos ? std::string(1, expression[i]) : kSymbols[10 + at]);
            }
            program += fmt::format("query expression({}, V).\n", list("s", expression.size()));
            const RunResult result = Engine::from_text(program, options).run();
            const auto& answers = result.results[0].answers;
            long long n = 0, d = 0;
            if (answers.size() == 1 && answers[0].lower == 1) {
                const std::string& atom = answers[0].atom;
                std::sscanf(atom.c_str() + atom.rfind("q("), "q(%lld,%lld)", &n, &d);
            }
            const double expected = item.at("res").get<double>();
            right += d != 0 && std::abs(double(n) / double(d) - expected) <=
                                   1e-12 * std::max(1.0, std::abs(expected));
        }
    });
    fmt::print("{} of {} expressions right, {:.2f} ms each, reading included  {}\n", right,
               data.size(), 1e3 * seconds / double(data.size()), goals.check(right == data.size()));
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Handwritten formulas; exits with 1 if a goal is missed"};
    fs::path data;
    double time_limit = 60;
    std::size_t most = 7;
    app.add_option("--data", data, "The folder of HWF with expr_test.json");
    app.add_option("--length", most, "Formulas up to this long")->capture_default_str();
    app.add_option("--time-limit", time_limit, "Seconds to make one shape")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    bench::Goals goals;
    const bench::PatternBench patterns;
    if (data.empty()) {
        fmt::print("skipped: HWF's expressions (no --data)\n");
    } else {
        check_expressions(data / "expr_test.json", goals);
    }
    fmt::print("{:>6}  {:6} {:>10} {:>9} {:>11}  goal\n", "length", "result", "s to make", "nodes",
               "ms/example");
    for (std::size_t length = 1; length <= most; length += 2) {
        measure(patterns, length, false, time_limit, goals);
        measure(patterns, length, true, time_limit, goals);
    }
    return goals.exit_code();
}
