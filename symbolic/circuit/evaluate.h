#pragma once
// A circuit over a whole batch of weights: values of all roots forward, gradients backward.
//
// An Evaluator is prepared once per circuit and then constant: many threads may use it, each with
// its own Workspace. The batch is the contiguous axis of every matrix and is worked on in blocks of
// columns whose values stay in cache. A block is computed with doubles, and once more with their
// exponents kept aside where a root came out too small for a double to carry its digits.

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "symbolic/circuit/circuit.h"
#include "symbolic/circuit/compile.h"
#include "symbolic/circuit/sweep.h"
#include "symbolic/circuit/tape.h"

namespace entail::circuit {

/// Calls task(0) ... task(count - 1), in any order and on any threads; returns when all are done.
using ParallelFor =
    std::function<void(std::size_t count, const std::function<void(std::size_t)>& task)>;

/// Doubles at 64-byte alignment, not initialised.
class AlignedRows {
public:
    /// At least as many; what was there is lost when it grows.
    void reserve(std::size_t count);
    double* data() const { return data_.get(); }

private:
    struct Free {
        void operator()(double* data) const;
    };
    std::unique_ptr<double[], Free> data_;
    std::size_t capacity_ = 0;
};

/// Values of one forward sweep, by root and column. Memory is kept from sweep to sweep.
class Workspace {
public:
    /// The blocks of a batch are shared out by `parallel` where that is worth it; without it they
    /// are done one by one. The results are the same bytes.
    explicit Workspace(ParallelFor parallel = {});

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
    Scaled scaled(RootId root, std::size_t column) const;
    bool is_scaled(std::size_t column) const { return is_scaled_[column] != 0; }
    /// A buffer that no other task has, last used last returned; given back by the destructor.
    class Borrowed;

    ParallelFor parallel_;
    std::size_t batch_ = 0, width_ = 1;
    const Tape* tape_ = nullptr;
    AlignedRows values_;                // [block][row][lane]
    std::vector<AlignedRows> exact_;    // by block: scaled rows, where a column needs them
    std::vector<char> is_scaled_;       // by column
    std::vector<AlignedRows> buffers_;  // free ones
    std::mutex mutex_;                  // of buffers_
};

class Evaluator {
public:
    /// Keeps a reference: the circuit must outlive the evaluator, and the evaluator its workspaces.
    explicit Evaluator(const Circuit& circuit, Simd simd = widest_simd());

    /// `weights` is [weight_count x batch], row-major: weights[w * batch + column]; those of a
    /// choice sum to 1. All roots have a relative accuracy of nearly that of double, or, if `asked`
    /// has an element for each column, the two roots that it names; others may then have lost their
    /// digits when they are below 1e-290. Throws std::invalid_argument when a size is wrong.
    void forward(std::span<const double> weights, std::size_t batch, Workspace& workspace,
                 std::span<const RootPair> asked = {}) const;

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
    void forward_block(std::span<const double> weights, std::size_t block, Workspace& workspace,
                       std::span<const RootPair> asked) const;
    void backward_block(std::span<const double> root_gradients, bool of_logarithms,
                        std::size_t block, Workspace& workspace,
                        std::span<double> weight_gradients) const;
    void run_backward(std::span<const double> root_gradients, bool of_logarithms,
                      Workspace& workspace, std::span<double> weight_gradients) const;

    const Circuit* circuit_;
    Tape tape_;
    Simd simd_;
};

/// The answer to one query in one column.
struct Answer {
    double lower = 0, upper = 0;
    double log_lower = 0, log_upper = 0;  ///< natural logarithms: what may have underflown
    bool feasible = false;  ///< false: no way is left, the conditions contradict the weights
};

/// Least and greatest ratio over the pairs whose denominator is positive, after a forward sweep.
Answer answer(const Compiled& compiled, const CompiledQuery& query, const Workspace& workspace,
              std::size_t column);

}  // namespace entail::circuit
