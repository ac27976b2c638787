#include "bridge/learnable_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace entail::bridge {

namespace {

/// A weight that starts at 0 can still grow.
constexpr double kLeastShare = 1e-6;

}  // namespace

LearnableWeights::LearnableWeights(const ir::Program& program)
    : parameter_count_(program.parameters.size()) {
    using Kind = ir::Weight::Kind;
    for (std::uint32_t c = 0; c < program.choices.size(); ++c) {
        const ir::ChoiceRule& choice = program.choices[c];
        std::vector<std::uint32_t> alternatives, parameters;
        std::vector<double> initial;
        double mass = 1;
        for (std::uint32_t k = 0; k < choice.weights.size(); ++k) {
            const ir::Weight& weight = choice.weights[k];
            if (weight.kind == Kind::constant) mass -= weight.value;
            if (weight.kind != Kind::parameter) continue;
            alternatives.push_back(k);
            parameters.push_back(weight.index);
            initial.push_back(program.parameters[weight.index].initial);
        }
        if (alternatives.empty()) continue;
        mass = std::max(mass, 0.0);
        if (choice.silent) {
            double rest = mass;
            for (const double value : initial) rest -= value;
            alternatives.push_back(ir::kNone);
            parameters.push_back(ir::kNone);
            initial.push_back(rest);
        }
        neural::Parameter<float> logits(neural::Shape{static_cast<int>(initial.size())});
        std::ranges::transform(initial, logits.edit().begin(), [&](double value) {
            return static_cast<float>(std::log(std::max(value, kLeastShare)));
        });
        clauses_.push_back({c, static_cast<std::uint32_t>(share_count_), mass,
                            std::move(alternatives), std::move(parameters), std::move(logits)});
        share_count_ += initial.size();
    }
}

std::uint32_t LearnableWeights::share_of(std::uint32_t choice, std::uint32_t k) const {
    for (const Clause& clause : clauses_) {
        if (clause.choice != choice) continue;
        const auto found = std::ranges::find(clause.alternatives, k);
        if (found == clause.alternatives.end()) return kNoShare;
        return clause.first_share + static_cast<std::uint32_t>(found - clause.alternatives.begin());
    }
    return kNoShare;
}

std::vector<double> LearnableWeights::shares() const {
    std::vector<double> result;
    result.reserve(share_count_);
    for (const Clause& clause : clauses_) {
        const auto logits = clause.logits.value();
        const double top = *std::ranges::max_element(logits);
        double sum = 0;
        for (const float logit : logits) sum += std::exp(logit - top);
        for (const float logit : logits) result.push_back(std::exp(logit - top) / sum);
    }
    return result;
}

void LearnableWeights::add_gradients(std::span<const double> share_gradients) {
    if (share_gradients.size() != share_count_) {
        throw std::invalid_argument(fmt::format(
            "LearnableWeights::add_gradients: share_gradients has {} elements, {} were required",
            share_gradients.size(), share_count_));
    }
    const std::vector<double> all = shares();
    for (Clause& clause : clauses_) {
        const auto gradient = clause.logits.gradient();
        const double* p = all.data() + clause.first_share;
        const double* g = share_gradients.data() + clause.first_share;
        double mean = 0;
        for (std::size_t i = 0; i < gradient.size(); ++i) mean += p[i] * g[i];
        for (std::size_t i = 0; i < gradient.size(); ++i) {
            gradient[i] += static_cast<float>(p[i] * (g[i] - mean));
        }
    }
}

std::vector<double> LearnableWeights::values() const {
    const std::vector<double> all = shares();
    std::vector<double> result(parameter_count_, 0.0);
    for (const Clause& clause : clauses_) {
        for (std::size_t i = 0; i < clause.parameters.size(); ++i) {
            if (clause.parameters[i] == ir::kNone) continue;
            result[clause.parameters[i]] = clause.mass * all[clause.first_share + i];
        }
    }
    return result;
}

std::vector<neural::NamedParameter<float>> LearnableWeights::parameters() {
    std::vector<neural::NamedParameter<float>> result;
    for (Clause& clause : clauses_) {
        result.push_back({fmt::format("clause{}", clause.choice), &clause.logits});
    }
    return result;
}

}  // namespace entail::bridge
