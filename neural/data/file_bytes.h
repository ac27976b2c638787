#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace entail::neural {

/// The whole file. Throws DataError if it is missing, no regular file, empty, unreadable or above
/// max_bytes.
std::string read_file(const std::filesystem::path& file, std::size_t max_bytes);

/// As read_file, and decompressed if the content is gzip; never inflates beyond max_bytes. Throws
/// DataError for a damaged or truncated stream.
std::string read_file_or_gzip(const std::filesystem::path& file, std::size_t max_bytes);

/// Writes beside the target, syncs, renames: the target is always the old file or the new one,
/// whole. Throws DataError.
void write_file_atomically(const std::filesystem::path& file, std::string_view bytes);

}  // namespace entail::neural
