#pragma once
// Training data of the project's own: rendered digits, and sums of numbers written with them.

#include <cstdint>
#include <filesystem>
#include <vector>

namespace entail {

struct DigitsOptions {
    int count = 1000;  ///< pictures of digits
    int sums = 0;      ///< lines of sums.csv: two numbers, picture by picture, and their sum
    int numbers = 1;   ///< digits of each number, at most 9
    std::uint64_t seed = 1;
    std::filesystem::path folder;  ///< is made if it is not there
};

/// Writes images.idx, labels.idx, and, if sums are asked for, sums.csv, in which no picture comes
/// again before all have been used. Returns their paths. Throws std::invalid_argument for options
/// out of range, neural::DataError if a file cannot be written.
std::vector<std::filesystem::path> write_digits(const DigitsOptions& options);

}  // namespace entail
