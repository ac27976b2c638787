#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <vector>

namespace entail::neural {

using Index = Eigen::Index;

/// A batch: one example per row, the features of a row contiguous.
template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The extents of one example or of one parameter. Images are {height, width, channels}, channels
/// last.
class Shape {
public:
    Shape() = default;
    /// Throws std::invalid_argument unless every extent is positive and the product fits 31 bits.
    Shape(std::initializer_list<int> extents);
    explicit Shape(std::vector<int> extents);

    int rank() const { return static_cast<int>(extents_.size()); }
    int operator[](int axis) const { return extents_[static_cast<std::size_t>(axis)]; }
    const std::vector<int>& extents() const { return extents_; }
    /// The number of elements; 1 for rank 0.
    Index size() const { return size_; }
    /// "28x28x1"; "scalar" for rank 0.
    std::string text() const;

    bool operator==(const Shape& other) const { return extents_ == other.extents_; }

private:
    std::vector<int> extents_;
    Index size_ = 1;
};

}  // namespace entail::neural
