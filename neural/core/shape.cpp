#include "neural/core/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <stdexcept>

namespace entail::neural {

Shape::Shape(std::initializer_list<int> extents) : Shape(std::vector<int>(extents)) {}

Shape::Shape(std::vector<int> extents) : extents_(std::move(extents)) {
    for (int extent : extents_) {
        if (extent <= 0) {
            throw std::invalid_argument(fmt::format("Shape: extent {} is not positive", extent));
        }
        size_ *= extent;
        if (size_ > std::numeric_limits<int>::max()) {
            throw std::invalid_argument(
                fmt::format("Shape: {} has more elements than 31 bits can count", text()));
        }
    }
}

std::string Shape::text() const {
    return extents_.empty() ? "scalar" : fmt::format("{}", fmt::join(extents_, "x"));
}

}  // namespace entail::neural
