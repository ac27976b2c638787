#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "neural/core/sequential.h"

namespace entail::neural {

template <class Scalar>
using NetworkPtr = std::unique_ptr<Sequential<Scalar>>;

/// A small convolutional classifier after LeNet-5: two 5x5 convolutions with max pooling, three
/// dense layers, softmax. Input {height, width, channels}, at least 16x16; output {classes},
/// probabilities.
template <class Scalar>
NetworkPtr<Scalar> lenet(Shape input, int classes, std::uint64_t seed);

/// A perceptron with two hidden layers of 256 units. Any input; output {classes}, probabilities.
template <class Scalar>
NetworkPtr<Scalar> mlp(Shape input, int classes, std::uint64_t seed);

/// The names that make_builtin knows, sorted.
std::vector<std::string> builtin_names();

/// The same seed gives the same bytes. Throws std::invalid_argument for an unknown name (the
/// message lists the known ones), fewer than 2 classes, or an input that the architecture cannot
/// take.
template <class Scalar = float>
NetworkPtr<Scalar> make_builtin(std::string_view name, Shape input, int classes,
                                std::uint64_t seed);

}  // namespace entail::neural
