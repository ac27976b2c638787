#pragma once
// One shape of examples, and its loss.
//
// All examples of a pattern have the same circuit; they differ in the pictures that fill its slots
// and in which of its possible answers is the right one. Compiled once, counted for every batch.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bridge/weight_sources.h"
#include "symbolic/circuit/compile.h"
#include "symbolic/circuit/evaluate.h"

namespace entail::bridge {

/// What an example of a pattern may be answered with.
struct PatternAnswer {
    std::string text;
    /// How to count it; nothing if it holds in every world.
    std::optional<circuit::RootPair> pair;
};

class Pattern {
public:
    /// Throws std::invalid_argument if there is no answer, or the circuit and the sources differ
    /// in their number of weights.
    Pattern(circuit::Circuit circuit, WeightSources sources, std::vector<PatternAnswer> answers);
    Pattern(const Pattern&) = delete;
    Pattern& operator=(const Pattern&) = delete;

    const circuit::Evaluator& evaluator() const { return evaluator_; }
    const WeightSources& sources() const { return sources_; }
    std::span<const PatternAnswer> answers() const { return answers_; }

private:
    circuit::Circuit circuit_;
    circuit::Evaluator evaluator_;
    WeightSources sources_;
    std::vector<PatternAnswer> answers_;
};

/// Counts one pattern for a batch of examples. Keeps its memory from batch to batch and pattern to
/// pattern; used by one thread at a time.
class PatternCounter {
public:
    /// Shares the columns of a batch out by `parallel`, with the same bytes as without.
    explicit PatternCounter(circuit::ParallelFor parallel = {}) : workspace_(std::move(parallel)) {}

    /// The forward sweep. `outputs` by network, see NetworkRows. The pattern must stay alive. With
    /// `answers`, one for each example, no others may be asked for afterwards: those that are
    /// nearly impossible cost nothing then.
    template <class Scalar>
    void forward(const Pattern& pattern, std::size_t batch, std::span<const double> shares,
                 std::span<const NetworkRows<const neural::Matrix<Scalar>>> outputs,
                 std::span<const std::uint32_t> answers = {});

    /// The logarithm of P(answer) given constraints and evidence; -infinity if impossible.
    double log_probability(std::uint32_t answer, std::size_t column) const;
    /// The most probable answer, the first of equals.
    std::uint32_t best_answer(std::size_t column) const;

    /// The backward sweep for the loss scale * sum over b of -log P(answers[b]): adds to the
    /// gradients over outputs and shares. An example whose answer is impossible passes nothing on.
    template <class Scalar>
    void backward(std::span<const std::uint32_t> answers, double scale,
                  std::span<const NetworkRows<neural::Matrix<Scalar>>> output_gradients,
                  std::span<double> share_gradients);

private:
    const Pattern* pattern_ = nullptr;
    std::size_t batch_ = 0;
    circuit::Workspace workspace_;
    std::vector<circuit::RootPair> asked_;
    std::vector<double> weights_, roots_, gradients_;
};

}  // namespace entail::bridge
