// Sums of two numbers of N digits by two programs, ten values a digit, through the same path as
// training: lines of a table become patterns, a pattern is compiled once, a batch is counted
// forward and backward.
//
// by number: the state is the number read so far; the answer is left open (one circuit, every sum).
// by carry: columns from the right, the state is one carry; the observed sum is given.
//
// Goals, for the exact probability of an observed sum and its full gradient, per example in a batch
// of 128: 5 us at N = 1, 20 us at N = 15, 150 us at N = 100; a pattern of N = 15 is compiled within
// 1 s. Two batches by carry: 128 examples of one sum, which share a circuit, and 128 with a sum
// each, which share nothing. Both are to meet the goals. Probabilities are checked against a carry
// DP of the bench's own, and a gradient against changed weights.

#include <CLI/CLI.hpp>
#include <cmath>
#include <optional>
#include <vector>

#include "bench/patterns.h"
#include "neural/core/random.h"

using namespace entail;
using bench::Rows;

namespace {

constexpr std::size_t kBatch = 128;

const char* const kDigits =
    "type digit = 0..9.\n"
    "module mnist : image -> digit = lenet.\n"
    "digit(I, D) ~ mnist(I).\n";
const char* const kByNumber =
    "number([], N, N).\n"
    "number([D|T], Acc, N) :- digit(D, V), Acc1 is Acc * 10 + V, number(T, Acc1, N).\n"
    "sum(A, B, S) :- number(A, 0, X), number(B, 0, Y), S is X + Y.\n";
const char* const kByCarry =
    "add([], [], 0, []).\n"
    "add([], [], 1, [1]).\n"
    "add([X|Xs], [Y|Ys], C, [D|Ds]) :-\n"
    "    digit(X, V), digit(Y, W), T is V + W + C, D is T mod 10, C1 is T // 10,\n"
    "    add(Xs, Ys, C1, Ds).\n"
    "sum(Xs, Ys, Ds) :- add(Xs, Ys, 0, Ds).\n"
    "seen(Xs, Ys, Ds, yes) :- sum(Xs, Ys, Ds).\n";

std::string variables(char name, int count) {
    std::string text = "[";
    for (int i = 0; i < count; ++i) text += fmt::format("{}{}{}", i == 0 ? "" : ", ", name, i);
    return text + "]";
}

struct Task {
    bool by_carry;
    int digits;
    bool own_sums;               // by carry: 128 different ones
    std::optional<double> goal;  // seconds
};

/// Least significant digit first, as the carry program has them; 2N weights of ten values each.
using Weights = Eigen::Ref<const Rows>;

/// P(sum = observed) by a DP over carries.
double probability(const Weights& weights, int digits, const std::vector<int>& observed) {
    double p[2] = {1, 0};
    for (int i = 0; i < digits; ++i) {
        double next[2] = {0, 0};
        for (int c = 0; c < 2; ++c) {
            for (int v = 0; v < 10; ++v) {
                const int w = (observed[std::size_t(i)] - v - c + 20) % 10;
                next[(v + w + c) / 10] += p[c] * weights(i, v) * weights(digits + i, w);
            }
        }
        p[0] = next[0];
        p[1] = next[1];
    }
    return p[observed.size() > std::size_t(digits) ? 1 : 0];
}

class Bench {
public:
    void run(const Task& task) {
        draw(std::size_t(2 * task.digits));
        const std::string table = draw_examples(task);
        std::string program = kDigits;
        const std::string a = variables('A', task.digits), b = variables('B', task.digits);
        if (task.by_carry) {
            program += fmt::format("{}query seen({}, {}, {}, Y).\n", kByCarry, a, b,
                                   variables('D', int(observed_[0].size())));
        } else {
            program += fmt::format("{}query sum({}, {}, S).\n", kByNumber, a, b);
        }
        const bench::PatternRun run = patterns_.run(program, table, rows_);
        const double error = run.failure.empty() ? check(task, run) : INFINITY;
        const bool met =
            !task.goal || (run.counting <= *task.goal && (task.digits != 15 || run.making <= 1));
        const bool right = error < 1e-9;
        fmt::print("{:9} {:4}  {:9} {:10.4f} {:9} {:10.2f} {:>7}  {:6}  {}\n",
                   task.by_carry ? "by carry" : "by number", task.digits,
                   !task.by_carry  ? "open"
                   : task.own_sums ? "128"
                                   : "1",
                   run.making, run.nodes, 1e6 * run.counting,
                   task.goal ? fmt::format("{:.0f}", 1e6 * *task.goal) : "-",
                   task.goal || !right ? goals.check(right && met) : "-",
                   !run.failure.empty() ? run.failure
                   : right              ? ""
                                        : fmt::format("error {:.1e}", error));
        std::fflush(stdout);
    }

    bench::Goals goals;

private:
    /// Distributions as a network gives them: 128 examples of 2N digits.
    void draw(std::size_t inputs) {
        neural::Random random(7);
        rows_.resize(neural::Index(kBatch * inputs), 10);
        for (neural::Index r = 0; r < rows_.rows(); ++r) {
            for (neural::Index k = 0; k < 10; ++k) rows_(r, k) = std::exp(2 * random.normal());
            rows_.row(r) /= rows_.row(r).sum();
        }
    }

    /// Sums of random numbers without a last carry, so that all have N digits; by number, any.
    std::string draw_examples(const Task& task) {
        neural::Random random(11);
        std::string table;
        observed_.assign(kBatch, {});
        const auto n = std::size_t(task.digits);
        for (std::size_t b = 0; b < kBatch; ++b) {
            std::vector<int>& sum = observed_[b];
            for (std::size_t i = 0; i < n; ++i) {
                sum.push_back(int(random.below(task.by_carry && i + 1 == n ? 9 : 10)));
            }
            if (!task.own_sums && task.by_carry) sum = observed_[0];
            for (std::size_t i = 0; i < 2 * n; ++i) table += fmt::format("{},", i);
            if (task.by_carry) {
                for (const int d : sum) table += fmt::format("{},", d);
                table += "yes\n";
            } else {
                std::int64_t number = 0;
                for (std::size_t i = n; i-- > 0;) number = number * 10 + sum[i];
                table += fmt::format("{}\n", number);
            }
        }
        return table;
    }

    /// The greatest relative error of a probability, and of the first example's gradient.
    double check(const Task& task, const bench::PatternRun& run) const {
        const auto n = neural::Index(task.digits);
        double worst = 0;
        const auto weights_of = [&](std::size_t b) {
            Rows weights = rows_.middleRows(neural::Index(b) * 2 * n, 2 * n);
            if (task.by_carry) return weights;
            // By number, the first digit is the greatest.
            for (const neural::Index side : {neural::Index{0}, n}) {
                weights.middleRows(side, n) =
                    weights.middleRows(side, n).colwise().reverse().eval();
            }
            return weights;
        };
        for (std::size_t b = 0; b < kBatch; ++b) {
            const double p = probability(weights_of(b), task.digits, observed_[b]);
            worst = std::max(worst, std::abs(std::exp(run.logs[b] - std::log(p)) - 1));
        }
        Rows weights = weights_of(0);
        const double p = probability(weights, task.digits, observed_[0]);
        for (neural::Index r = 0; r < 2 * n; ++r) {
            const neural::Index row = task.by_carry ? r : r < n ? n - 1 - r : 3 * n - 1 - r;
            const auto with = [&](neural::Index k) {
                Rows changed = weights;
                changed.row(r).setZero();
                changed(r, k) = 1;
                return probability(changed, task.digits, observed_[0]) / p;
            };
            const double base = with(0);
            for (neural::Index k = 1; k < 10; ++k) {
                const double found = run.gradients(row, k) - run.gradients(row, 0);
                const double expected = with(k) - base;
                worst = std::max(worst, std::abs(found - expected) / (1 + std::abs(expected)));
            }
        }
        return worst;
    }

    bench::PatternBench patterns_;
    Rows rows_;
    std::vector<std::vector<int>> observed_;  // least significant first
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Sums of two numbers of N digits; exits with 1 if a goal is missed"};
    int most_by_number = 3;
    app.add_option("--most-by-number", most_by_number, "N up to this by number")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    Bench bench;
    fmt::print("{:9} {:>4}  {:9} {:>10} {:>9} {:>10} {:>7}  goal\n", "program", "N", "sums",
               "s to make", "nodes", "us/example", "goal us");
    for (int n = 1; n <= most_by_number; ++n) {
        bench.run({false, n, false, n == 1 ? std::optional(5e-6) : std::nullopt});
    }
    for (const auto& [n, goal] : {std::pair(1, 5e-6), {15, 20e-6}, {100, 150e-6}}) {
        for (const bool own_sums : {false, true}) bench.run({true, n, own_sums, goal});
    }
    return bench.goals.exit_code();
}
