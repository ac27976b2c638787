#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "symbolic/circuit/sum_law.h"
#include "tests/support/seed.h"

using namespace entail::circuit;

namespace {

/// The reference: term after term, in long doubles, whose exponents reach 1e-4932.
std::vector<long double> reference(const std::vector<SumTerm>& terms, std::int64_t& least) {
    std::vector<long double> law{1};
    least = 0;
    for (const SumTerm& term : terms) {
        auto [low, high] = std::ranges::minmax(term);
        least += low.first;
        std::vector<long double> next(law.size() + std::size_t(high.first - low.first), 0);
        for (auto [value, weight] : term) {
            for (std::size_t s = 0; s < law.size(); ++s) {
                next[s + std::size_t(value - low.first)] += law[s] * weight;
            }
        }
        law = std::move(next);
    }
    return law;
}

void check(const std::vector<SumTerm>& terms) {
    std::int64_t least = 0;
    const auto expected = reference(terms, least);
    const SumLaw law = *sum_law(terms);
    REQUIRE(law.least == least);
    REQUIRE(law.probabilities.size() == expected.size());
    double worst = 0;
    for (std::size_t s = 0; s < expected.size(); ++s) {
        const auto [mantissa, exponent] = law.probabilities[s];
        const long double found = std::ldexp(static_cast<long double>(mantissa), int(exponent));
        REQUIRE((found == 0) == (expected[s] == 0));
        if (found > 0) worst = std::max(worst, double(std::abs(found / expected[s] - 1)));
    }
    CHECK(worst < 1e-12);
}

}  // namespace

TEST_CASE("The law of a sum agrees with its convolution in long doubles, far below 1e-308 too") {
    std::mt19937_64 random(entail::tests::random_seed());
    for (int round = 0; round < 200; ++round) {
        const bool has_gaps = round % 3 == 1, has_small = round % 4 == 3;
        std::vector<SumTerm> terms(1 + random() % (round % 10 == 0 ? 300 : 40));
        for (SumTerm& term : terms) {
            const int count = 1 + int(random() % 10);
            for (int k = 0; k < count; ++k) {
                double weight = (1 + double(random() % 1000)) / 1000;
                if (has_gaps && random() % 5 == 0) weight = 0;
                if (has_small) weight = std::ldexp(weight, -int(random() % 40));
                term.emplace_back(has_gaps ? int(random() % 31) - 15 : k - 3, weight);
            }
        }
        check(terms);
    }
}

TEST_CASE("Numbers of one block may differ by more than a block can hold") {
    std::vector<SumTerm> terms;
    for (int i = 0; i < 12; ++i) {
        terms.push_back({{0, 1}, {1, 1e-30}, {2, 1e-290}, {3, 0.5}, {4, i % 2 == 0 ? 1e-200 : 1}});
    }
    check(terms);
}

TEST_CASE("A sum of nothing is 0; a term without values is refused") {
    const SumLaw law = *sum_law({});
    CHECK(law.least == 0);
    REQUIRE(law.probabilities.size() == 1);
    CHECK(std::ldexp(law.probabilities[0].mantissa, int(law.probabilities[0].exponent)) == 1);
    const std::vector<SumTerm> empty(1);
    CHECK_THROWS_AS((void)sum_law(empty), std::invalid_argument);
}
