#pragma once
// A circuit over a whole batch of weights: values of all roots forward, gradients backward.
//
// An Evaluator is prepared once per circuit and then constant: many threads may use it, each with
// its own Workspace. The batch is the contiguous axis of every matrix and is worked on in blocks
// whose values stay in cache. A block is computed in linear space, and again in logarithms when a
// root came out too small for a double to carry its digits.

#include <cstdint>
#include <span>
#include <vector>

#include "symbolic/circuit/circuit.h"
#include "symbolic/circuit/compile.h"

namespace entail::circuit {

/// Values of one forward sweep, by root and column. Memory is kept from sweep to sweep.
class Workspace {
public:
    std::size_t batch() const { return batch_; }
    /// The value of a root in a column; may be 0 by underflow where log_value is finite.
    double value(RootId root, std::size_t column) const;
    /// Natural logarithm; -infinity for an impossible root.
    double log_value(RootId root, std::size_t column) const;
    /// numerator / denominator, right even where both underflow; 0 when the denominator is 0.
    double ratio(RootPair pair, std::size_t column) const;
    /// log(numerator) - log(denominator); -infinity when either is 0.
    double log_ratio(RootPair pair, std::size_t column) const;

private:
    friend class Evaluator;
    double cell(RootId root, std::size_t column) const;

    std::size_t batch_ = 0, width_ = 0, nodes_ = 0;
    std::span<const CircuitNode> roots_;
    std::vector<double> values_;     // [block][node][lane]; logarithms where logarithmic_[block]
    std::vector<double> weights_;    // [block][weight][lane]
    std::vector<double> flows_;      // [node][lane], of one block
    std::vector<double> gradients_;  // [weight][lane], of one block
    std::vector<double> scratch_;
    std::vector<char> logarithmic_;
};

class Evaluator {
public:
    /// Keeps a reference: the circuit must outlive the evaluator and its workspaces.
    explicit Evaluator(const Circuit& circuit);

    /// `weights` is [weight_count x batch], row-major: weights[w * batch + column]. Throws
    /// std::invalid_argument when its size is not weight_count * batch.
    void forward(std::span<const double> weights, std::size_t batch, Workspace& workspace) const;

    /// The gradient of a loss over every weight, from its gradient over the *values* of the roots
    /// of the last forward sweep. `root_gradients` is [roots x batch]; `weight_gradients`, which is
    /// overwritten, is [weight_count x batch]. Weights count as independent variables: that those
    /// of a choice sum to 1 was used to simplify the circuit, so only differences between
    /// alternatives of a choice mean something (which is all that a softmax, or any normalisation,
    /// passes on).
    void backward(std::span<const double> root_gradients, Workspace& workspace,
                  std::span<double> weight_gradients) const;
    /// The same from the gradient over the *logarithms* of the roots; right where values underflow.
    /// Roots of value 0 pass nothing on. For a loss on log(numerator / denominator), add the loss's
    /// derivative to the numerator's row and subtract it from the denominator's.
    void backward_log(std::span<const double> root_log_gradients, Workspace& workspace,
                      std::span<double> weight_gradients) const;

    const Circuit& circuit() const { return *circuit_; }

private:
    void run_backward(std::span<const double> root_gradients, bool of_logarithms,
                      Workspace& workspace, std::span<double> weight_gradients) const;

    const Circuit* circuit_;
    std::size_t max_factors_ = 0;
};

/// The answer to one query in one column.
struct Answer {
    double lower = 0, upper = 0;
    bool feasible = false;  ///< false: no way is left, the conditions contradict the weights
};

/// Least and greatest ratio over the pairs whose denominator is positive, after a forward sweep.
Answer answer(const Compiled& compiled, const CompiledQuery& query, const Workspace& workspace,
              std::size_t column);

}  // namespace entail::circuit
