#include "programs/digits.h"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>
#include <system_error>

#include "neural/core/data_error.h"
#include "neural/core/random.h"
#include "neural/data/file_bytes.h"
#include "neural/data/write_idx.h"
#include "neural/render_digits.h"

namespace entail {

namespace {

/// Pictures in random order, all of them before any comes again.
class Deck {
public:
    Deck(int count, std::uint64_t seed) : cards_(static_cast<std::size_t>(count)), random_(seed) {
        std::iota(cards_.begin(), cards_.end(), 0);
        next_ = cards_.size();
    }
    int draw() {
        if (next_ == cards_.size()) {
            random_.shuffle(cards_);
            next_ = 0;
        }
        return cards_[next_++];
    }

private:
    std::vector<int> cards_;
    std::size_t next_;
    neural::Random random_;
};

std::string sum_lines(const DigitsOptions& options, const std::vector<int>& labels) {
    Deck deck(options.count, neural::mix(options.seed, 2));
    std::string text;
    for (int line = 0; line < options.sums; ++line) {
        std::int64_t sum = 0;
        for (int number = 0; number < 2; ++number) {
            std::int64_t value = 0;
            for (int digit = 0; digit < options.numbers; ++digit) {
                const int picture = deck.draw();
                value = value * 10 + labels[static_cast<std::size_t>(picture)];
                text += fmt::format("{},", picture);
            }
            sum += value;
        }
        text += fmt::format("{}\n", sum);
    }
    return text;
}

void check(const DigitsOptions& options) {
    const auto require = [](bool holds, const char* argument, const char* what) {
        if (holds) return;
        throw std::invalid_argument(fmt::format("write_digits: {} must be {}", argument, what));
    };
    require(options.count >= 1 && options.count <= 1'000'000, "count", "within 1..1000000");
    require(options.sums >= 0, "sums", "at least 0");
    require(options.numbers >= 1 && options.numbers <= 9, "numbers", "within 1..9");
}

}  // namespace

std::vector<std::filesystem::path> write_digits(const DigitsOptions& options) {
    check(options);
    std::error_code failed;
    std::filesystem::create_directories(options.folder, failed);
    if (failed) {
        throw neural::DataError(options.folder.string(), "the folder cannot be made",
                                "choose a place that can be written");
    }
    const auto digits = neural::render_digit_set(options.count, neural::mix(options.seed, 1));
    std::vector<std::filesystem::path> files{options.folder / "images.idx",
                                             options.folder / "labels.idx"};
    neural::write_idx_images(digits.images, files[0]);
    neural::write_idx_labels(digits.labels, files[1]);
    if (options.sums > 0) {
        files.push_back(options.folder / "sums.csv");
        neural::write_file_atomically(files.back(), sum_lines(options, digits.labels));
    }
    return files;
}

}  // namespace entail
