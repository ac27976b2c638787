#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace entail::neural {

/// Bijective 64-bit mixer (Steele, Lea and Flood's SplitMix64 finaliser).
constexpr std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    return mix(mix(a) ^ b);
}

/// xoshiro256** (Blackman and Vigna, 2018). The same seed gives the same numbers with every
/// compiler and standard library, which std::normal_distribution and std::shuffle do not promise.
class Random {
public:
    explicit Random(std::uint64_t seed);

    std::uint64_t bits();
    /// Uniform in [0, 1), 53 random bits.
    double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    /// Uniform in [0, bound), without bias. bound > 0.
    std::uint64_t below(std::uint64_t bound);
    /// Standard normal, by the polar method; keeps no second value, so the state is the four words
    /// alone.
    double normal();

    /// Fisher-Yates, over anything with size() and operator[].
    template <class Sequence>
    void shuffle(Sequence& items) {
        using std::swap;
        for (std::size_t i = items.size(); i > 1; --i) swap(items[i - 1], items[below(i)]);
    }

    /// The state as 64 hexadecimal digits, for checkpoints; from_state throws std::invalid_argument
    /// otherwise.
    std::string state() const;
    static Random from_state(std::string_view text);

    bool operator==(const Random&) const = default;

private:
    std::array<std::uint64_t, 4> words_;
};

}  // namespace entail::neural
