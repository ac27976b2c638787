#include "neural/data/idx.h"

#include <fmt/format.h>

#include "neural/core/data_error.h"
#include "neural/data/file_bytes.h"

namespace entail::neural {

namespace {

struct IdxFile {
    std::vector<std::size_t> extents;
    std::string bytes;
    std::size_t data;  // where the elements begin
};

/// Reads a file whose header is 0, 0, 8 (unsigned bytes), rank, then the extents, big-endian, and
/// believes it only if exactly as many bytes follow.
IdxFile read_idx(const std::filesystem::path& file, std::size_t max_bytes) {
    IdxFile idx{{}, read_file_or_gzip(file, max_bytes), 0};
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(idx.bytes[i]); };
    if (idx.bytes.size() < 4 || byte(0) != 0 || byte(1) != 0) {
        throw DataError(file.string(), "is not an IDX file: it does not begin with two zero bytes",
                        "give an IDX file, plain or .gz");
    }
    if (byte(2) != 0x08) {
        throw DataError(
            file.string(),
            fmt::format("byte 2: IDX elements of type 0x{:02x} are not supported", byte(2)),
            "store unsigned bytes (type 0x08)");
    }
    const std::size_t rank = byte(3);
    idx.data = 4 + 4 * rank;
    if (rank == 0 || idx.bytes.size() < idx.data) {
        throw DataError(file.string(),
                        fmt::format("truncated: {} bytes cannot hold an IDX header of rank {}",
                                    idx.bytes.size(), rank),
                        "fetch the file again");
    }
    std::size_t size = 1;
    const std::size_t present = idx.bytes.size() - idx.data;
    std::string text;
    bool sane = true;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        std::size_t extent = 0;
        for (std::size_t i = 0; i < 4; ++i) extent = extent << 8 | byte(4 + 4 * axis + i);
        text += fmt::format("{}{}", text.empty() ? "" : "x", extent);
        idx.extents.push_back(extent);
        // Both factors stay below 2^32, so this cannot wrap.
        sane = sane && extent > 0 && size * extent <= present;
        if (sane) size *= extent;
    }
    if (!sane || size != present) {
        throw DataError(
            file.string(),
            fmt::format("the IDX header promises {} bytes, but {} bytes follow it", text, present),
            "the file is truncated or its header is wrong; fetch it again");
    }
    return idx;
}

DataError wrong_rank(const std::filesystem::path& file, std::size_t rank, const char* expected) {
    return DataError(file.string(), fmt::format("has IDX rank {}, expected {}", rank, expected),
                     "give images where images are asked for, labels where labels are");
}

}  // namespace

ImageSet load_idx_images(const std::filesystem::path& file, const LoadLimits& limits) {
    const IdxFile idx = read_idx(file, limits.bytes);
    const std::size_t rank = idx.extents.size();
    if (rank != 3 && rank != 4) throw wrong_rank(file, rank, "3 (images) or 4 (with channels)");
    const std::size_t channels = rank == 4 ? idx.extents[3] : 1;
    const auto side = static_cast<std::size_t>(limits.side);
    if (idx.extents[0] > std::size_t{1} << 30 || idx.extents[1] > side || idx.extents[2] > side ||
        channels > 4) {
        throw DataError(
            file.string(),
            fmt::format("has {} images of {}x{}x{}, above the limit of {} a side and 4 "
                        "channels",
                        idx.extents[0], idx.extents[1], idx.extents[2], channels, limits.side),
            "raise the limit or make the images smaller");
    }
    ImageSet images;
    images.count = static_cast<int>(idx.extents[0]);
    images.height = static_cast<int>(idx.extents[1]);
    images.width = static_cast<int>(idx.extents[2]);
    images.channels = static_cast<int>(channels);
    images.pixels.assign(idx.bytes.begin() + static_cast<std::ptrdiff_t>(idx.data),
                         idx.bytes.end());
    return images;
}

std::vector<int> load_idx_labels(const std::filesystem::path& file, const LoadLimits& limits) {
    const IdxFile idx = read_idx(file, limits.bytes);
    if (idx.extents.size() != 1) throw wrong_rank(file, idx.extents.size(), "1 (labels)");
    std::vector<int> labels;
    labels.reserve(idx.extents[0]);
    for (std::size_t i = idx.data; i < idx.bytes.size(); ++i) {
        labels.push_back(static_cast<unsigned char>(idx.bytes[i]));
    }
    return labels;
}

}  // namespace entail::neural
