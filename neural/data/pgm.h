#pragma once

#include <string>
#include <string_view>

#include "neural/data/load_images.h"

namespace entail::neural {

/// PGM, the text form (P2) and the binary one (P5, 8 or 16 bits); levels are scaled to 0..255.
/// Throws DataError.
ImageSet parse_pgm(std::string_view bytes, const std::string& file, const LoadLimits& limits = {});

}  // namespace entail::neural
