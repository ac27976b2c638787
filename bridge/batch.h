#pragma once
// Runs a mini-batch: networks on all its pictures at once, then circuits, then the way back.

#include <functional>
#include <span>
#include <vector>

#include "bridge/examples.h"

namespace entail::bridge {

/// Where the time went, in seconds.
struct TimeSplit {
    double network = 0;  ///< forward and backward of networks, and the optimizer
    double logic = 0;    ///< circuits, their weights and gradients
    double rest = 0;     ///< gathering pictures, checkpoints, reports

    double total() const { return network + logic + rest; }
};

class BatchRunner {
public:
    /// All must outlive the runner. Throws std::invalid_argument as check(data) does, and if a
    /// pattern looks at a module that is not there or the pictures have not its input shape.
    BatchRunner(const NetworkList& networks, const ExampleSet& data, neural::ThreadPool& pool);

    /// Adds the gradient of the mean of -log P(answer) over `examples` (indices into the data) to
    /// the networks' gradients and to `share_gradients`. Returns the mean over those examples
    /// whose answer is possible.
    double train(std::span<const std::uint32_t> examples, std::span<const double> shares,
                 std::span<double> share_gradients, neural::Context& context);

    /// Calls visit(example, counter, column) for each of `examples`; its order is the runner's.
    using Visit = std::function<void(std::uint32_t, const PatternCounter&, std::size_t)>;
    void infer(std::span<const std::uint32_t> examples, std::span<const double> shares,
               const Visit& visit, neural::Context& context);

    /// Of the last call: the images that a module was shown, and what a network said of each.
    std::span<const int> shown(std::size_t module) const { return shown_[module]; }
    const neural::Matrix<float>& outputs(std::size_t network) const { return *outputs_[network]; }

    TimeSplit& times() { return times_; }

private:
    struct Group {
        std::uint32_t pattern;
        std::size_t begin, end;  // of order_
    };
    void arrange(std::span<const std::uint32_t> examples);
    void run_networks(neural::Mode mode, neural::Context& context);
    /// The rows of every network for one group.
    std::span<const NetworkRows<const neural::Matrix<float>>> rows_of(std::size_t group);

    const NetworkList& networks_;
    const ExampleSet& data_;
    std::vector<std::uint32_t> order_;  // the batch, by pattern
    std::vector<Group> groups_;
    std::vector<std::vector<int>> shown_;                  // by module
    std::vector<std::vector<neural::Index>> first_rows_;   // by group and module
    std::vector<neural::Matrix<float>> pictures_;          // by module
    std::vector<const neural::Matrix<float>*> outputs_;    // by network
    std::vector<neural::Matrix<float>> output_gradients_;  // by network
    std::vector<NetworkRows<const neural::Matrix<float>>> rows_;
    std::vector<NetworkRows<neural::Matrix<float>>> gradient_rows_;
    std::vector<std::uint32_t> answers_;
    PatternCounter counter_;
    TimeSplit times_;
};

}  // namespace entail::bridge
