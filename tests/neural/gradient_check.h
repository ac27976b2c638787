#pragma once
// The oracle for gradients: central differences of Σ output ∘ direction, in double.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "neural/core/module.h"
#include "neural/core/random.h"

namespace entail::tests {

inline neural::Matrix<double> random_matrix(neural::Index rows, neural::Index columns,
                                            neural::Random& random, double scale = 1) {
    neural::Matrix<double> matrix(rows, columns);
    for (neural::Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = scale * random.normal();
    return matrix;
}

/// All values at least 0.05 apart and 0.025 from zero, for functions with kinks, which differences
/// must not cross.
inline neural::Matrix<double> spaced_matrix(neural::Index rows, neural::Index columns,
                                            neural::Random& random) {
    neural::Matrix<double> matrix(rows, columns);
    std::vector<neural::Index> order(static_cast<std::size_t>(matrix.size()));
    std::iota(order.begin(), order.end(), -matrix.size() / 2);
    random.shuffle(order);
    for (neural::Index i = 0; i < matrix.size(); ++i) {
        matrix.data()[i] = 0.05 * (static_cast<double>(order[static_cast<std::size_t>(i)]) + 0.5);
    }
    return matrix;
}

/// Checks every input's and every weight's gradient, on this input, to 1e-6 relative to 1 + its
/// size.
inline void check_gradients(neural::Module<double>& module, neural::Matrix<double> input,
                            neural::Context& context, neural::Random& random) {
    constexpr double kStep = 1e-5;
    CAPTURE(module.describe());
    const neural::Matrix<double> direction =
        random_matrix(input.rows(), module.output_shape().size(), random);
    const auto loss = [&] {
        return module.forward(input, neural::Mode::train, context).cwiseProduct(direction).sum();
    };
    // `at(i, value)` sets element i and returns the loss.
    const auto worst_error = [&](auto values, auto gradient, auto&& at) {
        double worst = 0;
        for (std::size_t i = 0; i < gradient.size(); ++i) {
            const double value = values[i];
            const double slope = (at(i, value + kStep) - at(i, value - kStep)) / (2 * kStep);
            at(i, value);
            worst = std::max(worst, std::abs(slope - gradient[i]) / (1 + std::abs(slope)));
        }
        return worst;
    };

    neural::zero_gradients(module);
    loss();
    const neural::Matrix<double> input_gradient = module.backward(direction, context, true);
    const auto size = static_cast<std::size_t>(input.size());
    CHECK(worst_error(std::span<const double>(input.data(), size),
                      std::span<const double>(input_gradient.data(), size),
                      [&](std::size_t i, double value) {
                          input.data()[i] = value;
                          return loss();
                      }) < 1e-6);
    for (auto& [name, parameter] : module.parameters()) {
        if (parameter->role() != neural::Role::weight) continue;
        CAPTURE(name);
        auto& changed = *parameter;
        CHECK(worst_error(changed.value(), changed.gradient(), [&](std::size_t i, double value) {
                  changed.edit()[i] = value;
                  return loss();
              }) < 1e-6);
    }
}

}  // namespace entail::tests
