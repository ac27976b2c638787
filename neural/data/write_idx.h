#pragma once

#include <filesystem>
#include <span>

#include "neural/data/images.h"

namespace entail::neural {

/// Writes IDX, plain: rank 3 for grey images, rank 4, channels last, for others. The file is
/// replaced in one step. Throws DataError if it cannot be written, std::invalid_argument if there
/// is no image.
void write_idx_images(const ImageSet& images, const std::filesystem::path& file);

/// Rank 1, unsigned bytes. Throws std::invalid_argument if there is no label or one is not within
/// 0..255.
void write_idx_labels(std::span<const int> labels, const std::filesystem::path& file);

}  // namespace entail::neural
