#pragma once
// Seeds of random tests: fresh on every run, always printed, replayed with ENTAIL_SEED=<number>.

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace entail::tests {

/// A seed that this test case prints, so that a failure can be repeated.
inline std::uint64_t random_seed() {
    const char* replay = std::getenv("ENTAIL_SEED");
    const std::uint64_t seed = replay != nullptr && *replay != '\0'
                                   ? static_cast<std::uint64_t>(std::stoull(replay))
                                   : static_cast<std::uint64_t>(std::random_device{}());
    MESSAGE("ENTAIL_SEED=" << seed);
    return seed;
}

}  // namespace entail::tests
