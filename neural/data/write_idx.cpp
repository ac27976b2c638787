#include "neural/data/write_idx.h"

#include <fmt/format.h>

#include <initializer_list>
#include <stdexcept>
#include <string>

#include "neural/data/file_bytes.h"

namespace entail::neural {

namespace {

/// 0, 0, 8 (unsigned bytes), rank, then the extents, big-endian.
std::string header(std::initializer_list<int> extents) {
    std::string bytes{'\0', '\0', '\x08', static_cast<char>(extents.size())};
    for (const int extent : extents) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            bytes += static_cast<char>(static_cast<unsigned>(extent) >> shift & 0xFFU);
        }
    }
    return bytes;
}

}  // namespace

void write_idx_images(const ImageSet& images, const std::filesystem::path& file) {
    if (images.count == 0) throw std::invalid_argument("write_idx_images: images is empty");
    std::string bytes = images.channels == 1
                            ? header({images.count, images.height, images.width})
                            : header({images.count, images.height, images.width, images.channels});
    bytes.append(images.pixels.begin(), images.pixels.end());
    write_file_atomically(file, bytes);
}

void write_idx_labels(std::span<const int> labels, const std::filesystem::path& file) {
    if (labels.empty()) throw std::invalid_argument("write_idx_labels: labels is empty");
    std::string bytes = header({static_cast<int>(labels.size())});
    for (const int label : labels) {
        if (label < 0 || label > 255) {
            throw std::invalid_argument(
                fmt::format("write_idx_labels: label {} is not within 0..255", label));
        }
        bytes += static_cast<char>(label);
    }
    write_file_atomically(file, bytes);
}

}  // namespace entail::neural
