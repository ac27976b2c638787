#include "neural/data/pgm.h"

#include <fmt/format.h>

#include "neural/core/data_error.h"

namespace entail::neural {

namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

class PgmReader {
public:
    PgmReader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

    /// The next decimal number; blanks and comments (# to the end of the line) before it are
    /// skipped.
    long number(const char* what, long least, long greatest) {
        while (position_ < bytes_.size() &&
               (is_space(bytes_[position_]) || bytes_[position_] == '#')) {
            if (bytes_[position_] == '#') {
                position_ = std::min(bytes_.find('\n', position_), bytes_.size() - 1);
            }
            ++position_;
        }
        long value = 0;
        const std::size_t begin = position_;
        while (position_ < bytes_.size() && bytes_[position_] >= '0' && bytes_[position_] <= '9' &&
               value <= greatest) {
            value = 10 * value + (bytes_[position_++] - '0');
        }
        if (position_ == begin) {
            fail(position_ < bytes_.size() ? fmt::format("expected {}", what)
                                           : fmt::format("truncated: {} is missing", what));
        }
        if (value < least || value > greatest) {
            fail(fmt::format("{} must be from {} to {}", what, least, greatest));
        }
        return value;
    }

    std::string_view rest() const { return bytes_.substr(std::min(position_, bytes_.size())); }
    void skip(std::size_t count) { position_ += count; }

    [[noreturn]] void fail(const std::string& cause) const {
        throw DataError(file_, fmt::format("PGM, byte {}: {}", position_, cause),
                        "write the picture again");
    }

private:
    std::string_view bytes_;
    const std::string& file_;
    std::size_t position_ = 0;
};

}  // namespace

ImageSet parse_pgm(std::string_view bytes, const std::string& file, const LoadLimits& limits) {
    PgmReader reader(bytes, file);
    if (bytes.substr(0, 2) != "P2" && bytes.substr(0, 2) != "P5") {
        reader.fail("does not begin with P2 or P5");
    }
    const bool text = bytes[1] == '2';
    reader.skip(2);
    ImageSet image;
    image.count = 1;
    image.width = static_cast<int>(reader.number("the width", 1, limits.side));
    image.height = static_cast<int>(reader.number("the height", 1, limits.side));
    const long white = reader.number("the greatest level", 1, 65535);
    const std::size_t size = image.image_size();
    const std::size_t depth = white < 256 ? 1 : 2;
    if (size > limits.bytes) reader.fail("more pixels than the limit allows");
    // A pixel takes at least two bytes as text, so a lying header costs no memory.
    if (!text) reader.skip(1);
    const std::size_t present = reader.rest().size();
    if (present < (text ? 2 * size - 1 : depth * size)) {
        reader.fail(fmt::format("truncated: {} bytes cannot hold {}x{} pixels", present,
                                image.width, image.height));
    }
    image.pixels.reserve(size);
    const std::string_view raw = reader.rest();
    for (std::size_t i = 0; i < size; ++i) {
        long level = 0;
        if (text) {
            level = reader.number("a level", 0, white);
        } else {
            for (std::size_t k = 0; k < depth; ++k) {
                level = level << 8 | static_cast<unsigned char>(raw[depth * i + k]);
            }
            level = std::min(level, white);
        }
        image.pixels.push_back(static_cast<std::uint8_t>((level * 255 + white / 2) / white));
    }
    return image;
}

}  // namespace entail::neural
