#include "bridge/trainer.h"

#include <fmt/format.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "bridge/training_log.h"
#include "neural/core/data_error.h"
#include "neural/core/hash.h"
#include "neural/core/random.h"

namespace entail::bridge {

using neural::Archive;
using neural::DataError;
using neural::mix;

namespace {

using Clock = std::chrono::steady_clock;

/// Uses of the seed; what belongs to the order of examples says nothing about dropout.
enum Purpose : std::uint64_t { kOrder = 1, kNoise = 2 };

std::vector<neural::NamedParameter<float>> parameters_of(const NetworkList& networks) {
    std::vector<neural::NamedParameter<float>> result;
    for (const auto& entry : networks.networks) {
        for (auto& [name, parameter] : entry.network->parameters()) {
            result.push_back({entry.title + "/" + name, parameter});
        }
    }
    return result;
}

std::string describe(const NetworkList& networks) {
    std::string text;
    for (const Perception* module : networks.modules) {
        text += module->name() + " = " + module->describe() + "\n";
    }
    return text;
}

void check_options(const TrainerOptions& options, const ExampleSet& data) {
    const auto require = [](bool holds, const char* argument, const char* what) {
        if (holds) return;
        throw std::invalid_argument(fmt::format("Trainer: {} must be {}", argument, what));
    };
    require(!data.examples.empty(), "data.examples", "at least one");
    require(options.epochs >= 1, "options.epochs", "at least 1");
    require(options.batch >= 1, "options.batch", "at least 1");
    require(options.learning_rate > 0, "options.learning_rate", "above 0");
    require(options.weight_rate > 0, "options.weight_rate", "above 0");
    require(options.warm_up >= 0 && options.warm_up < 1, "options.warm_up", "in [0, 1)");
    require(options.final_fraction >= 0 && options.final_fraction <= 1, "options.final_fraction",
            "in [0, 1]");
}

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

std::string TrainerOptions::text() const {
    return fmt::format(
        "seed {}, epochs {}, batch {}, learning rate {}, weight rate {}, warm-up {}, "
        "final fraction {}",
        seed, epochs, batch, learning_rate, weight_rate, warm_up, final_fraction);
}

Trainer::Trainer(std::vector<Perception*> modules, LearnableWeights& learnable,
                 const ExampleSet& data, TrainerOptions options, neural::ThreadPool& pool)
    : networks_(std::move(modules)),
      learnable_(learnable),
      data_(data),
      options_(options),
      context_{pool},
      runner_(networks_, data, pool),
      optimizer_(parameters_of(networks_)),
      weight_optimizer_(learnable.parameters()),
      data_hash_(fingerprint(data)) {
    check_options(options_, data);
    begin_epoch(0);
}

std::uint64_t Trainer::steps_per_epoch() const {
    const auto batch = static_cast<std::uint64_t>(options_.batch);
    return (data_.examples.size() + batch - 1) / batch;
}

void Trainer::begin_epoch(std::uint64_t epoch) {
    order_.resize(data_.examples.size());
    std::iota(order_.begin(), order_.end(), 0U);
    neural::Random(mix(mix(options_.seed, kOrder), epoch)).shuffle(order_);
    order_epoch_ = epoch;
}

double Trainer::train_step(double& rate) {
    const std::uint64_t epoch = step_ / steps_per_epoch();
    const std::uint64_t within = step_ % steps_per_epoch();
    if (epoch != order_epoch_) begin_epoch(epoch);
    if (within == 0) loss_sum_ = 0;
    const auto begin = static_cast<std::size_t>(within) * static_cast<std::size_t>(options_.batch);
    const std::size_t size =
        std::min(static_cast<std::size_t>(options_.batch), order_.size() - begin);

    for (const auto& entry : networks_.networks) neural::zero_gradients(*entry.network);
    for (const auto& [name, logits] : learnable_.parameters()) {
        std::ranges::fill(logits->gradient(), 0.0F);
    }
    context_.noise = mix(mix(options_.seed, kNoise), step_);
    std::vector<double> share_gradients(learnable_.share_count(), 0.0);
    const double loss = runner_.train(std::span(order_).subspan(begin, size), learnable_.shares(),
                                      share_gradients, context_);
    if (!std::isfinite(loss)) {
        throw std::runtime_error(fmt::format(
            "training: the loss at step {} is not a number; lower the learning rate", step_));
    }
    learnable_.add_gradients(share_gradients);

    neural::Schedule schedule;
    schedule.steps = steps();
    schedule.warm_up = static_cast<std::uint64_t>(options_.warm_up * static_cast<double>(steps()));
    schedule.final_fraction = options_.final_fraction;
    schedule.peak = options_.weight_rate;
    weight_optimizer_.step(schedule.rate(step_), context_);
    schedule.peak = options_.learning_rate;
    rate = schedule.rate(step_);
    const auto start = Clock::now();
    optimizer_.step(rate, context_);
    runner_.times().network += seconds_since(start);

    loss_sum_ += loss;
    ++step_;
    return loss;
}

TrainOutcome Trainer::run(const TrainerHooks& hooks) {
    TrainOutcome outcome;
    outcome.steps = steps();
    const TimeSplit before = runner_.times();
    const std::uint64_t first_step = step_;
    std::optional<TrainingLog> log;
    if (!hooks.log.empty()) log.emplace(hooks.log, networks_, step_);
    double seconds = 0;  // of training alone
    double loss = 0;
    std::uint64_t losses = 0;
    const auto times = [&] {
        TimeSplit split = runner_.times();
        split.network -= before.network;
        split.logic -= before.logic;
        split.rest = seconds - split.network - split.logic;
        return split;
    };
    while (step_ < steps()) {
        const auto start = Clock::now();
        double rate = 0;
        loss += train_step(rate);
        ++losses;
        outcome.interrupted = hooks.interrupt != nullptr && hooks.interrupt->load();
        const bool ends = outcome.interrupted || step_ == steps();
        if (!hooks.checkpoint.empty() && (ends || step_ % hooks.checkpoint_every == 0)) {
            save(hooks.checkpoint);
        }
        seconds += seconds_since(start);

        const bool ends_epoch = step_ % steps_per_epoch() == 0;
        const bool validates = ends_epoch && hooks.validation != nullptr;
        if (validates) {
            outcome.validations.push_back(
                validate(networks_, learnable_, *hooks.validation, context_.pool));
        }
        if (ends || ends_epoch || step_ % hooks.report_every == 0) {
            Progress progress;
            progress.step = step_;
            progress.steps = steps();
            progress.epochs = options_.epochs;
            progress.epoch = static_cast<int>((step_ - 1) / steps_per_epoch()) + 1;
            progress.loss = loss / static_cast<double>(losses);
            progress.learning_rate = rate;
            const auto done = static_cast<double>(step_ - first_step);
            progress.examples_per_second = done * options_.batch / seconds;
            progress.seconds_left = static_cast<double>(steps() - step_) * seconds / done;
            if (validates) progress.validation = &outcome.validations.back();
            if (log) {
                log->add({step_,
                          static_cast<double>(step_) / static_cast<double>(steps_per_epoch()),
                          progress.loss, rate, progress.examples_per_second, times(),
                          progress.validation});
            }
            if (hooks.progress) hooks.progress(progress);
            loss = 0;
            losses = 0;
        }
        if (outcome.interrupted) break;
    }
    outcome.interrupted = outcome.interrupted && step_ < steps();
    outcome.step = step_;
    if (step_ > 0) {
        outcome.loss = loss_sum_ / static_cast<double>((step_ - 1) % steps_per_epoch() + 1);
    }
    outcome.times = times();
    return outcome;
}

void Trainer::save(const std::filesystem::path& checkpoint) {
    Archive archive;
    for (Perception* module : networks_.modules) {
        module->put(archive, "weights/" + module->name() + "/");
    }
    for (const auto& [name, logits] : learnable_.parameters()) {
        const auto value = logits->value();
        archive.tensors["learnable/" + name] = {logits->shape(), {value.begin(), value.end()}};
    }
    optimizer_.save(archive, "optimizer/");
    weight_optimizer_.save(archive, "learnable optimizer/");
    archive.architecture = describe(networks_);
    archive.blobs["options"] = options_.text();
    archive.put_u64("data", data_hash_);
    archive.put_u64("step", step_);
    archive.put_u64("loss", std::bit_cast<std::uint64_t>(loss_sum_));
    archive.save(checkpoint);
}

void Trainer::resume(const std::filesystem::path& checkpoint) {
    const Archive archive = Archive::load(checkpoint);
    const std::string file = checkpoint.string();
    const auto options = archive.blobs.find("options");
    if (options == archive.blobs.end()) {
        throw DataError(file, "is no checkpoint of training",
                        "give the file that --checkpoint wrote");
    }
    if (archive.get_u64("data", file) != data_hash_) {
        throw DataError(file, "was written with other training data",
                        "resume with the same program, data and images, or start anew");
    }
    if (archive.architecture != describe(networks_)) {
        throw DataError(file,
                        fmt::format("was written with other networks:\n{}this program has:\n{}",
                                    archive.architecture, describe(networks_)),
                        "resume with the same program, or start anew");
    }
    if (options->second != options_.text()) {
        throw DataError(file,
                        fmt::format("was written with other options ({}); these are: {}",
                                    options->second, options_.text()),
                        "resume with the same options, or start anew");
    }
    const std::uint64_t step = archive.get_u64("step", file);
    const double loss = std::bit_cast<double>(archive.get_u64("loss", file));
    const auto logits = learnable_.parameters();
    for (const auto& [name, parameter] : logits) {
        const auto found = archive.tensors.find("learnable/" + name);
        if (found == archive.tensors.end() || found->second.shape != parameter->shape()) {
            throw DataError(file, fmt::format("tensor \"learnable/{}\" is missing", name),
                            "resume with the same program, or start anew");
        }
    }
    for (Perception* module : networks_.modules) {
        module->get(archive, file, "weights/" + module->name() + "/");
    }
    optimizer_.load(archive, file, "optimizer/");
    weight_optimizer_.load(archive, file, "learnable optimizer/");
    for (const auto& [name, parameter] : logits) {
        std::ranges::copy(archive.tensors.at("learnable/" + name).data, parameter->edit().begin());
    }
    step_ = step;
    loss_sum_ = loss;
    if (step_ < steps()) begin_epoch(step_ / steps_per_epoch());
}

std::uint64_t Trainer::hash() {
    std::uint64_t result = step_;
    for (Perception* module : networks_.modules) result = mix(result, module->hash());
    for (const auto& [name, logits] : learnable_.parameters()) {
        const auto value = logits->value();
        result = mix(result, neural::hash_bytes(value.data(), value.size_bytes()));
    }
    return result;
}

}  // namespace entail::bridge
