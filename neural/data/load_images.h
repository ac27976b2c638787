#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "neural/data/images.h"

namespace entail::neural {

struct LoadLimits {
    std::size_t bytes = std::size_t{1}
                        << 30;  ///< of a file, decompressed, and of all pixels together
    int side = 16384;           ///< greatest height or width of one picture
};

/// All of these throw DataError for anything wrong with the file: it is missing, a directory,
/// empty, truncated, of another format, too large.

/// One picture: PNG, JPEG, or PGM (P2, P5), told apart by content. In its own size and channels (1
/// to 4).
ImageSet load_picture(const std::filesystem::path& file, const LoadLimits& limits = {});

/// The pictures of a directory in natural order of names (2.png before 10.png), converted to
/// `shape`; names are file names. Files that are no pictures by extension are left out. At least
/// one picture.
ImageSet load_directory(const std::filesystem::path& directory, const Shape& shape,
                        const LoadLimits& limits = {});

/// Whatever the path is, a directory, an IDX file (plain or .gz) or a picture, converted to
/// `shape`.
ImageSet load_images(const std::filesystem::path& path, const Shape& shape,
                     const LoadLimits& limits = {});

/// Less-than on names that compares runs of digits by value: "a2" < "a10".
bool natural_less(std::string_view a, std::string_view b);

}  // namespace entail::neural
