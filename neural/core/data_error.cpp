#include "neural/core/data_error.h"

#include <fmt/format.h>

namespace entail::neural {

DataError::DataError(std::string file, std::string cause, std::string way_out)
    : std::runtime_error(fmt::format("{}: {} ({})", file, cause, way_out)),
      file_(std::move(file)),
      cause_(std::move(cause)),
      way_out_(std::move(way_out)) {}

}  // namespace entail::neural
