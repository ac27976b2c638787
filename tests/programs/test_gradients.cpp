// Engine::gradient against central differences of the oracle, which moves weight from one
// alternative of a choice to another.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "programs/engine.h"
#include "tests/programs/oracle/oracle.h"
#include "tests/support/seed.h"

namespace entail::tests {

namespace {

/// Choices c(i,1..n) with all their weights written out, and rules over them.
class Problem {
public:
    explicit Problem(std::uint64_t seed) : random_(seed) {
        const int choices = 2 + below(3);
        for (int i = 0; i < choices; ++i) {
            std::vector<double> weights = {0.2, 0.3, 0.5};
            if (below(2) == 0) weights = {0.6, 0.4};
            choices_.push_back(weights);
        }
        const int rules = 3 + below(4);
        for (int i = 0; i < rules; ++i) {
            rules_ += fmt::format("p{} :- ", below(3));
            const int literals = 1 + below(3);
            for (int k = 0; k < literals; ++k) rules_ += (k == 0 ? "" : ", ") + literal();
            rules_ += ".\n";
        }
        // p0 and p1 feed each other, so that there are cycles; q is above a negation.
        rules_ += fmt::format("p0 :- p1, {}. p1 :- p0, {}. p1 :- {}. p2 :- {}.\n", literal(),
                              literal(), literal(), literal());
        rules_ += fmt::format("q :- p0, \\+ p2. q :- \\+ p1, {}.\n", literal());
        rules_ += fmt::format("e :- p2. e :- {}. e :- \\+ q.\n", literal());
        if (below(2) == 0) rules_ += "evidence e.\n";
        if (below(3) == 0)
            rules_ += fmt::format("n(N) :- N = #count{{ I : c(I,1) }}. q :- n(1).\n");
    }

    /// With `step` of weight moved from alternative `from` of a choice to `to`.
    std::string text(std::size_t choice = 0, std::size_t from = 0, std::size_t to = 0,
                     double step = 0.0) const {
        std::string result;
        for (std::size_t i = 0; i < choices_.size(); ++i) {
            for (std::size_t a = 0; a < choices_[i].size(); ++a) {
                double weight = choices_[i][a];
                if (i == choice && a == from) weight -= step;
                if (i == choice && a == to) weight += step;
                result += fmt::format("{}{:.6f}::c({},{})", a == 0 ? "" : " ; ", weight, i, a);
            }
            result += ".\n";
        }
        return result + rules_ + "query q.\n";
    }
    const std::vector<std::vector<double>>& choices() const { return choices_; }

private:
    int below(int bound) { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }
    std::string literal() {
        const int choice = below(static_cast<int>(choices_.size()));
        const int size = static_cast<int>(choices_[static_cast<std::size_t>(choice)].size());
        return fmt::format("{}c({},{})", below(4) == 0 ? "\\+ " : "", choice, below(size));
    }

    std::mt19937_64 random_;
    std::vector<std::vector<double>> choices_;
    std::string rules_;
};

}  // namespace

TEST_CASE("gradients agree with finite differences of the enumeration of worlds") {
    constexpr double kStep = 1e-4;
    std::uint64_t seed = random_seed();
    int compared = 0;
    for (int tried = 0; tried < 60; ++tried, ++seed) {
        const Problem problem(seed);
        const std::string program = problem.text();
        if (ask_oracle(program).inconsistent) continue;
        std::map<std::string, double> gradient;
        for (const WeightDerivative& one : Engine::from_text(program).gradient("q")) {
            gradient[one.atom] += one.derivative;
        }
        const auto probability = [&](std::size_t i, std::size_t a, std::size_t b, double step) {
            return ask_oracle(problem.text(i, a, b, step)).queries.at(0).answers.at(0).upper;
        };
        for (std::size_t i = 0; i < problem.choices().size(); ++i) {
            for (std::size_t a = 1; a < problem.choices()[i].size(); ++a) {
                // The error of a central difference is of the order of its step squared; one
                // extrapolation takes it to the fourth.
                const auto central = [&](double step) {
                    return (probability(i, 0, a, step) - probability(i, 0, a, -step)) / (2 * step);
                };
                const double expected = (4 * central(kStep) - central(2 * kStep)) / 3;
                const double actual = gradient[fmt::format("c({},{})", i, a)] -
                                      gradient[fmt::format("c({},{})", i, 0)];
                ++compared;
                if (std::abs(actual - expected) <= 1e-6) continue;
                FAIL_CHECK("replay: ENTAIL_SEED=" << seed << "\nmoving weight from c(" << i
                                                  << ",0) to c(" << i << "," << a << "): " << actual
                                                  << ", by differences " << expected << "\n"
                                                  << program);
                return;
            }
        }
    }
    CHECK(compared > 60);
}

TEST_CASE("the gradient in the weight of a coin is the derivative, with evidence and without") {
    constexpr double kStep = 1e-4;
    const std::string rules = R"(c(X) :- s(X), a. c(X) :- c(Y), b, e(Y,X). e(1,2). e(2,1). s(1).
        q :- c(2), \+ d. q :- d, b. )";
    for (const std::string& evidence : {std::string(), std::string("evidence c(1). "),
                                        std::string("evidence \\+ d. f :- b. f :- d. :- f, a. ")}) {
        const auto program = [&](double a, double b, double d) {
            return fmt::format("{:.6f}::a. {:.6f}::b. {:.6f}::d. ", a, b, d) + rules + evidence +
                   "query q.";
        };
        const auto probability = [&](double a, double b, double d) {
            return ask_oracle(program(a, b, d)).queries.at(0).answers.at(0).upper;
        };
        std::map<std::string, double> gradient;
        for (const WeightDerivative& one :
             Engine::from_text(program(0.3, 0.6, 0.2)).gradient("q")) {
            gradient[one.atom] += one.derivative;
        }
        const std::map<std::string, double> expected = {
            {"a", probability(0.3 + kStep, 0.6, 0.2) - probability(0.3 - kStep, 0.6, 0.2)},
            {"b", probability(0.3, 0.6 + kStep, 0.2) - probability(0.3, 0.6 - kStep, 0.2)},
            {"d", probability(0.3, 0.6, 0.2 + kStep) - probability(0.3, 0.6, 0.2 - kStep)}};
        for (const auto& [name, difference] : expected) {
            INFO(evidence << name);
            CHECK(std::abs(gradient[name] - difference / (2 * kStep)) <= 1e-6);
        }
    }
}

}  // namespace entail::tests
