#include "neural/core/data_error.h"

#include <fmt/format.h>

namespace entail::neural {
namespace {

/// A cause quotes the file, which may hold a megabyte where a number belongs.
std::string shortened(std::string text) {
    constexpr std::size_t kMost = 400;
    if (text.size() <= kMost) return text;
    std::size_t end = kMost;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.resize(end);
    return text + "…";
}

}  // namespace

DataError::DataError(std::string file, std::string cause, std::string way_out)
    : std::runtime_error(fmt::format("{}: {} ({})", file, shortened(cause), way_out)),
      file_(std::move(file)),
      cause_(shortened(std::move(cause))),
      way_out_(std::move(way_out)) {}

}  // namespace entail::neural
