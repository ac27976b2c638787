#include "neural/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "neural/core/data_error.h"

namespace entail::neural {

namespace {

constexpr const char* kWayOut = "resume with the network and optimizer that wrote the checkpoint";

/// Calls visit(begin, end) over the elements of a parameter, in fixed chunks spread over the
/// threads. Updates are element by element, so the split cannot show.
template <class Visit>
void for_chunks(Index size, Context& context, Visit&& visit) {
    constexpr Index kChunk = 8192;
    context.pool.run(static_cast<int>((size + kChunk - 1) / kChunk), [&](int chunk) {
        visit(chunk * kChunk, std::min(size, (chunk + 1) * kChunk));
    });
}

}  // namespace

template <class Scalar>
Optimizer<Scalar>::Optimizer(std::vector<NamedParameter<Scalar>> parameters,
                             std::vector<std::string> moments)
    : moment_names_(std::move(moments)) {
    for (auto& [name, parameter] : parameters) {
        if (parameter->role() != Role::weight) continue;
        const std::vector<Scalar> zeros(parameter->value().size(), Scalar(0));
        slots_.push_back({name, parameter, {moment_names_.size(), zeros}});
    }
}

template <class Scalar>
void Optimizer<Scalar>::save(Archive& archive, const std::string& prefix) const {
    archive.put_u64(prefix + "steps", steps_);
    for (const Slot& slot : slots_) {
        for (std::size_t m = 0; m < moment_names_.size(); ++m) {
            archive.tensors[prefix + slot.name + "." + moment_names_[m]] = {
                slot.parameter->shape(), {slot.moments[m].begin(), slot.moments[m].end()}};
        }
    }
}

template <class Scalar>
void Optimizer<Scalar>::load(const Archive& archive, const std::string& file,
                             const std::string& prefix) {
    const std::uint64_t steps = archive.get_u64(prefix + "steps", file);
    std::vector<const std::vector<float>*> found;
    for (const Slot& slot : slots_) {
        for (const std::string& moment : moment_names_) {
            const std::string name = prefix + slot.name + "." + moment;
            const auto tensor = archive.tensors.find(name);
            if (tensor == archive.tensors.end()) {
                throw DataError(file, fmt::format("tensor \"{}\" is missing", name), kWayOut);
            }
            if (tensor->second.shape != slot.parameter->shape()) {
                throw DataError(
                    file,
                    fmt::format("tensor \"{}\" has shape {}, but the parameter has {}", name,
                                tensor->second.shape.text(), slot.parameter->shape().text()),
                    kWayOut);
            }
            found.push_back(&tensor->second.data);
        }
    }
    const auto present = std::ranges::count_if(
        archive.tensors, [&](const auto& tensor) { return tensor.first.starts_with(prefix); });
    if (static_cast<std::size_t>(present) != found.size()) {
        throw DataError(
            file,
            fmt::format("has {} tensors of optimizer state, {} expected", present, found.size()),
            kWayOut);
    }
    auto next = found.begin();
    for (Slot& slot : slots_) {
        for (auto& moment : slot.moments) {
            std::copy((*next)->begin(), (*next)->end(), moment.begin());
            ++next;
        }
    }
    steps_ = steps;
}

template <class Scalar>
Sgd<Scalar>::Sgd(std::vector<NamedParameter<Scalar>> parameters, SgdOptions options)
    : Optimizer<Scalar>(std::move(parameters), {"velocity"}), options_(options) {}

template <class Scalar>
void Sgd<Scalar>::step(double learning_rate, Context& context) {
    ++this->steps_;
    const auto rate = static_cast<Scalar>(learning_rate);
    const auto momentum = static_cast<Scalar>(options_.momentum);
    const auto decay = static_cast<Scalar>(options_.weight_decay);
    for (auto& slot : this->slots_) {
        if (!slot.parameter->trainable()) continue;
        Scalar* value = slot.parameter->edit().data();
        const Scalar* gradient = slot.parameter->gradient().data();
        Scalar* velocity = slot.moments[0].data();
        for_chunks(slot.parameter->shape().size(), context, [&](Index begin, Index end) {
            for (Index i = begin; i < end; ++i) {
                velocity[i] = momentum * velocity[i] + (gradient[i] + decay * value[i]);
                value[i] -= rate * velocity[i];
            }
        });
    }
}

template <class Scalar>
Adam<Scalar>::Adam(std::vector<NamedParameter<Scalar>> parameters, AdamOptions options)
    : Optimizer<Scalar>(std::move(parameters), {"mean", "square"}), options_(options) {}

template <class Scalar>
void Adam<Scalar>::step(double learning_rate, Context& context) {
    const auto steps = static_cast<double>(++this->steps_);
    const auto beta1 = static_cast<Scalar>(options_.beta1);
    const auto beta2 = static_cast<Scalar>(options_.beta2);
    const auto rate = static_cast<Scalar>(learning_rate / (1 - std::pow(options_.beta1, steps)));
    const auto unbias = static_cast<Scalar>(1 / (1 - std::pow(options_.beta2, steps)));
    const auto epsilon = static_cast<Scalar>(options_.epsilon);
    const auto keep = static_cast<Scalar>(1 - learning_rate * options_.weight_decay);
    for (auto& slot : this->slots_) {
        if (!slot.parameter->trainable()) continue;
        Scalar* value = slot.parameter->edit().data();
        const Scalar* gradient = slot.parameter->gradient().data();
        Scalar* mean = slot.moments[0].data();
        Scalar* square = slot.moments[1].data();
        for_chunks(slot.parameter->shape().size(), context, [&](Index begin, Index end) {
            for (Index i = begin; i < end; ++i) {
                mean[i] = beta1 * mean[i] + (1 - beta1) * gradient[i];
                square[i] = beta2 * square[i] + (1 - beta2) * gradient[i] * gradient[i];
                value[i] =
                    keep * value[i] - rate * mean[i] / (std::sqrt(square[i] * unbias) + epsilon);
            }
        });
    }
}

double Schedule::rate(std::uint64_t step) const {
    if (step < warm_up) {
        return peak * static_cast<double>(step + 1) / static_cast<double>(warm_up + 1);
    }
    if (kind == Kind::constant) return peak;
    const auto length =
        static_cast<double>(std::max<std::uint64_t>(1, steps > warm_up ? steps - warm_up : 1));
    const double progress = std::min(1.0, static_cast<double>(step - warm_up) / length);
    const double wave = 0.5 * (1 + std::cos(std::numbers::pi * progress));
    return peak * (final_fraction + (1 - final_fraction) * wave);
}

template class Optimizer<float>;
template class Optimizer<double>;
template class Sgd<float>;
template class Sgd<double>;
template class Adam<float>;
template class Adam<double>;

}  // namespace entail::neural
