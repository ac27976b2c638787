#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "neural/core/shape.h"

namespace entail::neural {

/// Named tensors and named blocks of bytes, in one file: weights, and checkpoints of training.
///
/// The file, all numbers little-endian:
///   "ENTAILNN"; u32 version = 1; u64 size of the payload; payload; u64 FNV-1a of everything
///   before. payload: architecture; u32 tensors, each name, u32 rank, u32 extents, float32 data
///   row-major;
///            u32 blobs, each name, bytes.   (text and bytes: u64 length, then as many bytes)
/// It is replaced in one step: a reader, or a crash at any time, sees the old file or the new one.
class Archive {
public:
    struct Tensor {
        Shape shape;
        std::vector<float> data;

        bool operator==(const Tensor&) const = default;
    };

    std::string architecture;  ///< free text; for weights, Module::describe()
    std::map<std::string, Tensor> tensors;
    std::map<std::string, std::string> blobs;

    bool operator==(const Archive&) const = default;

    /// Throws DataError if the file cannot be written; then an old file is still whole.
    void save(const std::filesystem::path& file) const;
    /// Throws DataError: missing, a directory, not an archive, another version, truncated, changed
    /// (checksum).
    static Archive load(const std::filesystem::path& file);

    std::string to_bytes() const;
    /// `file` is for messages only.
    static Archive from_bytes(std::string_view bytes, const std::string& file);

    /// Counters and the like as blobs. get_u64 throws DataError if it is missing or of another
    /// size.
    void put_u64(const std::string& name, std::uint64_t value);
    std::uint64_t get_u64(const std::string& name, const std::string& file) const;
};

}  // namespace entail::neural
