#pragma once

#include <filesystem>
#include <vector>

#include "neural/data/load_images.h"

namespace entail::neural {

/// IDX, the format of MNIST, plain or gzip (told apart by content): unsigned bytes of rank 3 (grey
/// images) or 4 (channels last). Throws DataError; sizes are believed only as far as the file
/// really goes.
ImageSet load_idx_images(const std::filesystem::path& file, const LoadLimits& limits = {});

/// Unsigned bytes of rank 1.
std::vector<int> load_idx_labels(const std::filesystem::path& file, const LoadLimits& limits = {});

}  // namespace entail::neural
