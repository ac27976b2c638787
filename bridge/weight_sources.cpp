#include "bridge/weight_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace entail::bridge {

namespace {

/// A softmax in single precision gives 0 to a class that is 103 nats behind. Above this floor the
/// logarithm of a count stays finite, and so does the gradient as a float; below it a class is
/// beyond what a gradient step could bring back anyway.
constexpr double kLeastProbability = 1e-37;

}  // namespace

std::uint32_t network_index(const ir::Program& program, std::uint32_t module,
                            std::uint32_t concept_index) {
    std::uint32_t index = concept_index;
    for (std::uint32_t m = 0; m < module; ++m) {
        index += static_cast<std::uint32_t>(program.modules[m].concepts.size());
    }
    return index;
}

std::vector<WeightSource> weight_sources(
    const ir::Program& program, const eval::Database& database, const LearnableWeights& learnable,
    const std::function<std::uint32_t(const ValueStore&, Value)>& slot_of) {
    std::vector<WeightSource> sources;
    sources.reserve(database.graph.weight_count());
    for (provenance::ChoiceId c = 0; c < database.graph.choice_count(); ++c) {
        const eval::ChoiceWeights& weights = database.weights[c];
        const std::uint32_t clause = database.graph.choice(c).source;
        const ir::ChoiceRule& rule = program.choices[clause];
        const bool is_network = rule.module != ir::kNone;
        const std::uint32_t slot = is_network ? slot_of(database.values, weights.input) : 0;
        const std::size_t first = sources.size();
        double mass = 1;
        for (std::size_t a = 0; a < weights.alternatives.size(); ++a) {
            WeightSource& source = sources.emplace_back();
            const std::uint32_t k = weights.alternatives[a];
            source.share = learnable.share_of(clause, k);
            if (source.share != LearnableWeights::kNoShare) {
                source.kind = WeightSource::Kind::share;
            } else if (is_network && k != ir::kNone) {
                source.kind = WeightSource::Kind::network;
                source.module = rule.module;
                source.network = network_index(program, rule.module, rule.concept_index);
                source.slot = slot;
                source.output = rule.weights[k].index;
            } else {
                source.value = weights.constants[a];
                mass -= source.value;
            }
        }
        for (std::size_t i = first; i < sources.size(); ++i) {
            if (sources[i].kind == WeightSource::Kind::share) {
                sources[i].value = std::max(mass, 0.0);
            }
        }
    }
    return sources;
}

WeightSources::WeightSources(const std::vector<WeightSource>& sources, std::uint32_t slots)
    : weight_count_(sources.size()), slots_(slots) {
    for (const WeightSource& source : sources) {
        if (source.kind != WeightSource::Kind::network) continue;
        if (source.slot >= slots) {
            throw std::invalid_argument(fmt::format(
                "WeightSources: sources: slot {} is not below slots = {}", source.slot, slots));
        }
        if (source.module >= inputs_.size()) inputs_.resize(source.module + 1);
        inputs_[source.module].push_back(source.slot);
    }
    for (auto& slots_of_module : inputs_) {
        std::ranges::sort(slots_of_module);
        // std::ranges::unique: clang 14 cannot compile the subrange of this standard library.
        slots_of_module.erase(std::unique(slots_of_module.begin(), slots_of_module.end()),
                              slots_of_module.end());
    }
    for (std::uint32_t w = 0; w < sources.size(); ++w) {
        const WeightSource& source = sources[w];
        switch (source.kind) {
            case WeightSource::Kind::constant:
                constants_.push_back({w, source.value});
                break;
            case WeightSource::Kind::share:
                shares_.push_back({w, source.share, source.value});
                break;
            case WeightSource::Kind::network: {
                const auto& all = inputs_[source.module];
                const auto input = std::ranges::lower_bound(all, source.slot) - all.begin();
                outputs_.push_back({w, source.network, input,
                                    static_cast<neural::Index>(all.size()),
                                    static_cast<neural::Index>(source.output)});
                break;
            }
        }
    }
}

std::span<const std::uint32_t> WeightSources::inputs(std::uint32_t module) const {
    if (module >= inputs_.size()) return {};
    return inputs_[module];
}

template <class Scalar>
void WeightSources::fill(std::size_t batch, std::span<const double> shares,
                         std::span<const NetworkRows<const neural::Matrix<Scalar>>> outputs,
                         std::span<double> weights) const {
    for (const Constant& one : constants_) {
        std::fill_n(weights.data() + one.weight * batch, batch, one.value);
    }
    for (const Share& one : shares_) {
        std::fill_n(weights.data() + one.weight * batch, batch, one.mass * shares[one.share]);
    }
    for (const Output& one : outputs_) {
        const auto& from = outputs[one.network];
        const Scalar* cell =
            from.rows->data() + (from.first_row + one.input) * from.rows->cols() + one.output;
        const neural::Index stride = one.inputs * from.rows->cols();
        double* to = weights.data() + one.weight * batch;
        for (std::size_t b = 0; b < batch; ++b, cell += stride) {
            to[b] = std::max(static_cast<double>(*cell), kLeastProbability);
        }
    }
}

template <class Scalar>
void WeightSources::distribute(
    std::size_t batch, std::span<const double> weight_gradients,
    std::span<const NetworkRows<neural::Matrix<Scalar>>> output_gradients,
    std::span<double> share_gradients) const {
    for (const Share& one : shares_) {
        const double* from = weight_gradients.data() + one.weight * batch;
        double sum = 0;
        for (std::size_t b = 0; b < batch; ++b) sum += from[b];
        share_gradients[one.share] += one.mass * sum;
    }
    constexpr double kMost = std::numeric_limits<Scalar>::max() / 16;
    for (const Output& one : outputs_) {
        const auto& to = output_gradients[one.network];
        Scalar* cell = to.rows->data() + (to.first_row + one.input) * to.rows->cols() + one.output;
        const neural::Index stride = one.inputs * to.rows->cols();
        const double* from = weight_gradients.data() + one.weight * batch;
        for (std::size_t b = 0; b < batch; ++b, cell += stride) {
            *cell += static_cast<Scalar>(std::clamp(from[b], -kMost, kMost));
        }
    }
}

#define ENTAIL_INSTANTIATE(Scalar)                                                                \
    template void WeightSources::fill(std::size_t, std::span<const double>,                       \
                                      std::span<const NetworkRows<const neural::Matrix<Scalar>>>, \
                                      std::span<double>) const;                                   \
    template void WeightSources::distribute(std::size_t, std::span<const double>,                 \
                                            std::span<const NetworkRows<neural::Matrix<Scalar>>>, \
                                            std::span<double>) const;
ENTAIL_INSTANTIATE(float)
ENTAIL_INSTANTIATE(double)
#undef ENTAIL_INSTANTIATE

}  // namespace entail::bridge
