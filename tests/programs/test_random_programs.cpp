#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "tests/programs/oracle/compare.h"
#include "tests/programs/oracle/generator.h"
#include "tests/support/seed.h"

namespace entail::tests {

namespace {

/// Fails with the smallest program found that still disagrees in the same way.
void report(std::uint64_t seed, const Sentences& sentences, const Disagreement& disagreement) {
    const auto fails = [&](const Sentences& smaller) {
        const Comparison comparison = compare_with_oracle(text(smaller));
        return comparison.disagreement && comparison.disagreement->kind == disagreement.kind;
    };
    const std::string smallest = text(shrink(sentences, fails));
    const Comparison comparison = compare_with_oracle(smallest);
    FAIL_CHECK("replay: ENTAIL_SEED="
               << seed << "\n"
               << (comparison.disagreement ? comparison.disagreement->detail : disagreement.detail)
               << "\n--- shrunk ---\n"
               << smallest << "--- whole ---\n"
               << text(sentences));
}

}  // namespace

TEST_CASE("random programs agree with the enumeration of their possible worlds") {
    // ENTAIL_PROGRAMS=20000 is a nightly run.
    const char* wanted = std::getenv("ENTAIL_PROGRAMS");
    const int kPrograms = wanted != nullptr ? std::stoi(wanted) : 2000;
    constexpr int kMaxFailures = 3;
    std::uint64_t seed = random_seed();
    int judged = 0, inconsistent = 0, failures = 0;
    for (; judged < kPrograms && failures < kMaxFailures; ++seed) {
        const Sentences sentences = random_program(seed);
        // Few programs are large: the oracle's time is linear in the worlds.
        const std::size_t max_worlds = seed % 50 == 0 ? 4096 : 256;
        const Comparison comparison = compare_with_oracle(text(sentences), max_worlds);
        if (comparison.judged == Judged::refused) continue;
        ++judged;
        inconsistent += comparison.inconsistent ? 1 : 0;
        if (comparison.disagreement) {
            ++failures;
            report(seed, sentences, *comparison.disagreement);
        }
    }
    // Most programs must have answers to compare.
    CHECK(inconsistent < judged / 4);
}

}  // namespace entail::tests
