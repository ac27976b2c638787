// Programs made to explode, under small and large limits.
//
// Goal: no limit is exceeded by more than a tenth; every program has an answer, a number or bounds,
// and where the truth is known the answer holds it.

#include <CLI/CLI.hpp>
#include <cmath>
#include <optional>

#include "bench/limited.h"

using namespace entail;

namespace {

struct Program {
    std::string name, text;
    std::optional<double> truth;
};

/// Two-way, every direction of an edge a coin.
Program grid(int side) {
    std::string text;
    const auto coin = [&](int a, int b) { text += fmt::format("0.5 :: edge({}, {}).\n", a, b); };
    for (int node = 0; node < side * side; ++node) {
        for (const int step : {1, side}) {
            if (step == 1 ? node % side + 1 == side : node + side >= side * side) continue;
            coin(node, node + step);
            coin(node + step, node);
        }
    }
    text += "path(X, Y) :- edge(X, Y).\npath(X, Z) :- path(X, Y), edge(Y, Z).\n";
    return {fmt::format("grid {0}x{0}", side),
            text + fmt::format("query path(0, {}).\n", side * side - 1), std::nullopt};
}

/// Disjunctions of three values under "an even number of them are 1", counted by an aggregate or
/// written out pair by pair.
Program parity(int count, bool written_out) {
    std::string text;
    double even = 1;
    for (int i = 1; i <= count; ++i) {
        const int share = 10 + 2 * (i % 10);
        text += fmt::format("{1}/100::v({0}, 1) ; 30/100::v({0}, 2) ; {2}/100::v({0}, 3).\n", i,
                            share, 70 - share);
        if (i > 1) even *= 1 - share / 50.0;
    }
    even = 0.5 + 0.5 * even;  // of all but the first
    if (written_out) {
        text += "odd(0, no).\n";
        for (int i = 1; i <= count; ++i) {
            text += fmt::format(
                "odd({0}, yes) :- odd({1}, no), v({0}, 1).\nodd({0}, no) :- odd({1}, yes), v({0}, "
                "1).\n"
                "odd({0}, P) :- odd({1}, P), \\+ v({0}, 1).\n",
                i, i - 1);
        }
        text += fmt::format(":- odd({}, yes).\n", count);
    } else {
        text += ":- N = #count{ I : v(I, 1) }, 1 is N mod 2.\n";
    }
    const double first = 0.12;
    return {fmt::format("parity of {}, {}", count, written_out ? "recursive" : "counted"),
            text + "query v(1, 1).\n",
            first * (1 - even) / (first * (1 - even) + (1 - first) * even)};
}

/// Everybody draws a seat, no seat is taken twice.
Program permutations(int count) {
    std::string text = fmt::format("person(P) :- P in 1..{}.\n", count);
    for (int p = 1; p <= count; ++p) {
        for (int s = 1; s <= count; ++s) {
            text += fmt::format("{}1/{}::seat({}, {})", s == 1 ? "" : " ; ", count, p, s);
        }
        text += ".\n";
    }
    return {fmt::format("permutations of {}", count),
            text + ":- seat(P, S), seat(Q, S), P < Q.\nquery seat(1, 1).\n", 1.0 / count};
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Programs made to explode; exits with 1 if a limit is exceeded"};
    std::vector<double> seconds = {1, 10}, megabytes = {100, 1000};
    app.add_option("--time-limit", seconds, "Seconds, one or several")->delimiter(',');
    app.add_option("--memory-limit", megabytes, "MiB, one for each time")->delimiter(',');
    CLI11_PARSE(app, argc, argv);
    bench::Goals goals;
    fmt::print("{:26} {:>7} {:>7} {:>8} {:>7}  {:24} goal\n", "program", "limit s", "MB", "s", "MB",
               "answer");
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        const double memory = megabytes[std::min(i, megabytes.size() - 1)];
        for (const Program& program : {grid(8), grid(12), parity(40, false), parity(40, true),
                                       permutations(12), permutations(30)}) {
            const bench::LimitedRun run = bench::run_limited(program.text, seconds[i], memory);
            const bool holds =
                run.answered && (!program.truth || (run.lower <= *program.truth + 1e-12 &&
                                                    *program.truth <= run.upper + 1e-12));
            fmt::print("{:26} {:7.0f} {:7.0f} {:8.2f} {:7.0f}  {:24} {}{}\n", program.name,
                       seconds[i], memory, run.seconds, run.megabytes, run.result(),
                       goals.check(holds && run.is_within(seconds[i], memory)),
                       holds ? "" : " (wrong)");
            std::fflush(stdout);
        }
    }
    return goals.exit_code();
}
