#include "bridge/pattern.h"

#include <fmt/format.h>

#include <cassert>
#include <cmath>
#include <stdexcept>

namespace entail::bridge {

Pattern::Pattern(circuit::Circuit circuit, WeightSources sources,
                 std::vector<PatternAnswer> answers)
    : circuit_(std::move(circuit)),
      evaluator_(circuit_),
      sources_(std::move(sources)),
      answers_(std::move(answers)) {
    if (answers_.empty()) throw std::invalid_argument("Pattern: answers is empty");
    if (circuit_.weight_count() != sources_.weight_count()) {
        throw std::invalid_argument(
            fmt::format("Pattern: sources has {} weights, but the circuit has {}",
                        sources_.weight_count(), circuit_.weight_count()));
    }
}

template <class Scalar>
void PatternCounter::forward(const Pattern& pattern, std::size_t batch,
                             std::span<const double> shares,
                             std::span<const NetworkRows<const neural::Matrix<Scalar>>> outputs,
                             std::span<const std::uint32_t> answers) {
    assert(answers.empty() || answers.size() == batch);
    pattern_ = &pattern;
    batch_ = batch;
    weights_.resize(pattern.sources().weight_count() * batch);
    pattern.sources().fill<Scalar>(batch, shares, outputs, weights_);
    asked_.clear();
    for (const std::uint32_t answer : answers) {
        // An answer that needs no counting asks for any root that needs none either.
        asked_.push_back(pattern.answers()[answer].pair.value_or(circuit::RootPair{0, 0}));
    }
    pattern.evaluator().forward(weights_, batch, workspace_, asked_);
}

double PatternCounter::log_probability(std::uint32_t answer, std::size_t column) const {
    const auto& pair = pattern_->answers()[answer].pair;
    return pair ? workspace_.log_ratio(*pair, column) : 0.0;
}

std::uint32_t PatternCounter::best_answer(std::size_t column) const {
    std::uint32_t best = 0;
    double best_value = log_probability(0, column);
    for (std::uint32_t a = 1; a < pattern_->answers().size(); ++a) {
        const double value = log_probability(a, column);
        if (value > best_value) {
            best = a;
            best_value = value;
        }
    }
    return best;
}

template <class Scalar>
void PatternCounter::backward(std::span<const std::uint32_t> answers, double scale,
                              std::span<const NetworkRows<neural::Matrix<Scalar>>> output_gradients,
                              std::span<double> share_gradients) {
    assert(pattern_ != nullptr && answers.size() == batch_);
    const circuit::Evaluator& evaluator = pattern_->evaluator();
    roots_.assign(evaluator.circuit().roots().size() * batch_, 0.0);
    gradients_.resize(weights_.size());
    for (std::size_t b = 0; b < batch_; ++b) {
        const auto& pair = pattern_->answers()[answers[b]].pair;
        if (!pair || !std::isfinite(workspace_.log_ratio(*pair, b))) continue;
        roots_[pair->numerator * batch_ + b] -= scale;
        roots_[pair->denominator * batch_ + b] += scale;
    }
    evaluator.backward_log(roots_, workspace_, gradients_);
    pattern_->sources().distribute<Scalar>(batch_, gradients_, output_gradients, share_gradients);
}

#define ENTAIL_INSTANTIATE(Scalar)                                                               \
    template void PatternCounter::forward(                                                       \
        const Pattern&, std::size_t, std::span<const double>,                                    \
        std::span<const NetworkRows<const neural::Matrix<Scalar>>>,                              \
        std::span<const std::uint32_t>);                                                         \
    template void PatternCounter::backward(std::span<const std::uint32_t>, double,               \
                                           std::span<const NetworkRows<neural::Matrix<Scalar>>>, \
                                           std::span<double>);
ENTAIL_INSTANTIATE(float)
ENTAIL_INSTANTIATE(double)
#undef ENTAIL_INSTANTIATE

}  // namespace entail::bridge
