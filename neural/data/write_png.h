#pragma once

#include <filesystem>

#include "neural/data/images.h"

namespace entail::neural {

/// Writes image i as PNG. Throws DataError if the file cannot be written.
void write_png(const ImageSet& images, int i, const std::filesystem::path& file);

/// The images in a grid, `columns` a row, one pixel apart: for looking at a data set.
ImageSet contact_sheet(const ImageSet& images, int columns);

}  // namespace entail::neural
