#include "neural/core/random.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace entail::neural {

Random::Random(std::uint64_t seed) : words_{} {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] = mix(seed, i);
}

std::uint64_t Random::bits() {
    const std::uint64_t result = std::rotl(words_[1] * 5, 7) * 9;
    const std::uint64_t shifted = words_[1] << 17;
    words_[2] ^= words_[0];
    words_[3] ^= words_[1];
    words_[1] ^= words_[2];
    words_[0] ^= words_[3];
    words_[2] ^= shifted;
    words_[3] = std::rotl(words_[3], 45);
    return result;
}

std::uint64_t Random::below(std::uint64_t bound) {
    // Values under 2^64 mod bound would make the small remainders too frequent.
    const std::uint64_t reject = (std::numeric_limits<std::uint64_t>::max() - bound + 1) % bound;
    std::uint64_t value = bits();
    while (value < reject) value = bits();
    return value % bound;
}

double Random::normal() {
    for (;;) {
        const double x = uniform(-1, 1);
        const double y = uniform(-1, 1);
        const double r = x * x + y * y;
        if (r > 0 && r < 1) return x * std::sqrt(-2 * std::log(r) / r);
    }
}

std::string Random::state() const {
    return fmt::format("{:016x}{:016x}{:016x}{:016x}", words_[0], words_[1], words_[2], words_[3]);
}

Random Random::from_state(std::string_view text) {
    Random random(0);
    bool good = text.size() == 64;
    for (std::size_t i = 0; good && i < 4; ++i) {
        const char* begin = text.data() + 16 * i;
        const auto [end, error] = std::from_chars(begin, begin + 16, random.words_[i], 16);
        good = error == std::errc() && end == begin + 16;
    }
    // The all-zero state is the generator's only fixed point.
    good = good && std::any_of(random.words_.begin(), random.words_.end(),
                               [](std::uint64_t word) { return word != 0; });
    if (!good) {
        throw std::invalid_argument(fmt::format(
            "Random::from_state: \"{}\" is not a state of 64 hexadecimal digits", text));
    }
    return random;
}

}  // namespace entail::neural
