// Friends of friends: n people, a coin of 0.1 for each pair, are 1 and n connected?
//
// Exact as far as the limits allow, bounds beyond. Goals: no run exceeds its limits by more than a
// tenth, and every answer holds the truth, which for equal coins follows from the probability that
// a random graph is connected (Gilbert 1959). ProbLog took 27 hours and 148 GB on such a closure.

#include <CLI/CLI.hpp>
#include <cmath>

#include "bench/limited.h"

using namespace entail;

namespace {

constexpr double kCoin = 0.1;

std::string program(int people) {
    std::string text;
    for (int p = 1; p <= people; ++p) text += fmt::format("person({}).\n", p);
    return text + fmt::format(
                      "{} :: pair(X, Y) :- person(X), person(Y), X < Y.\n"
                      "friend(X, Y) :- pair(X, Y).\n"
                      "friend(X, Y) :- pair(Y, X).\n"
                      "knows(X, Y) :- friend(X, Y).\n"
                      "knows(X, Z) :- knows(X, Y), friend(Y, Z).\n"
                      "query knows(1, {}).\n",
                      kCoin, people);
}

double binomial(int n, int k) {
    return std::round(
        std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0)));
}

/// P(1 and n are connected): over the size of 1's component, if n is in it.
double truth(int people) {
    std::vector<double> connected{1, 1};
    for (int k = 2; k <= people; ++k) {
        double sum = 1;
        for (int i = 1; i < k; ++i) {
            sum -= binomial(k - 1, i - 1) * connected[std::size_t(i)] *
                   std::pow(1 - kCoin, i * (k - i));
        }
        connected.push_back(sum);
    }
    double result = 0;
    for (int k = 2; k <= people; ++k) {
        result += binomial(people - 2, k - 2) * connected[std::size_t(k)] *
                  std::pow(1 - kCoin, k * (people - k));
    }
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Friends of friends under limits; exits with 1 if a goal is missed"};
    std::vector<int> people = {4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 20, 25, 30};
    double seconds = 60, megabytes = 4096;
    app.add_option("--people", people, "How many")->delimiter(',');
    app.add_option("--time-limit", seconds, "Seconds")->capture_default_str();
    app.add_option("--memory-limit", megabytes, "MiB")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    bench::Goals goals;
    fmt::print("{:>6} {:>5} {:>8} {:>7} {:>9}  {:24} {:12} goal\n", "people", "coins", "s", "MB",
               "width", "answer", "truth");
    for (const int n : people) {
        const bench::LimitedRun run = bench::run_limited(program(n), seconds, megabytes);
        const double p = truth(n);
        const bool holds = run.answered && run.lower <= p + 1e-12 && p <= run.upper + 1e-12;
        fmt::print("{:6} {:5} {:8.2f} {:7.0f} {:9.1e}  {:24} {:<12.9g} {}{}\n", n, n * (n - 1) / 2,
                   run.seconds, run.megabytes, run.upper - run.lower, run.result(), p,
                   goals.check(holds && run.is_within(seconds, megabytes)),
                   holds ? "" : " (the truth is outside)");
        std::fflush(stdout);
    }
    return goals.exit_code();
}
