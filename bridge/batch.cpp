#include "bridge/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>

namespace entail::bridge {

namespace {

/// Adds the time until the next call to one of the parts.
class Stopwatch {
public:
    void add_to(double& seconds) {
        const auto now = std::chrono::steady_clock::now();
        seconds += std::chrono::duration<double>(now - last_).count();
        last_ = now;
    }

private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace

BatchRunner::BatchRunner(const NetworkList& networks, const ExampleSet& data,
                         neural::ThreadPool& pool)
    : networks_(networks),
      data_(data),
      shown_(networks.modules.size()),
      pictures_(networks.modules.size()),
      outputs_(networks.networks.size()),
      output_gradients_(networks.networks.size()),
      rows_(networks.networks.size()),
      gradient_rows_(networks.networks.size()),
      counter_([&pool](std::size_t count, const std::function<void(std::size_t)>& task) {
          pool.run(static_cast<int>(count), [&](int i) { task(static_cast<std::size_t>(i)); });
      }) {
    check(data);
    for (const auto& pattern : data.patterns) {
        const auto modules = static_cast<std::uint32_t>(networks.modules.size());
        if (!pattern->sources().inputs(modules).empty()) {
            throw std::invalid_argument(
                fmt::format("BatchRunner: networks: a pattern looks at module {}, there are {}",
                            modules, modules));
        }
    }
    for (const Perception* module : networks.modules) {
        if (data.images.count == 0 || data.images.shape() == module->input_shape()) continue;
        throw std::invalid_argument(
            fmt::format("BatchRunner: data: images are {}, module '{}' takes {}",
                        data.images.shape().text(), module->name(), module->input_shape().text()));
    }
}

void BatchRunner::arrange(std::span<const std::uint32_t> examples) {
    order_.assign(examples.begin(), examples.end());
    const auto pattern_of = [&](std::uint32_t e) { return data_.examples[e].pattern; };
    std::ranges::stable_sort(order_, {}, pattern_of);
    groups_.clear();
    first_rows_.clear();
    for (auto& shown : shown_) shown.clear();
    for (std::size_t begin = 0, end = 0; begin < order_.size(); begin = end) {
        const std::uint32_t pattern = pattern_of(order_[begin]);
        while (end < order_.size() && pattern_of(order_[end]) == pattern) ++end;
        groups_.push_back({pattern, begin, end});
        auto& first_rows = first_rows_.emplace_back();
        for (std::uint32_t m = 0; m < shown_.size(); ++m) {
            first_rows.push_back(static_cast<neural::Index>(shown_[m].size()));
            const auto inputs = data_.patterns[pattern]->sources().inputs(m);
            for (std::size_t i = begin; i < end; ++i) {
                for (const std::uint32_t slot : inputs) {
                    shown_[m].push_back(static_cast<int>(data_.examples[order_[i]].images[slot]));
                }
            }
        }
    }
    for (std::size_t m = 0; m < shown_.size(); ++m) {
        if (!shown_[m].empty()) neural::to_batch(data_.images, shown_[m], pictures_[m]);
    }
}

void BatchRunner::run_networks(neural::Mode mode, neural::Context& context) {
    for (std::size_t n = 0; n < outputs_.size(); ++n) {
        const auto& entry = networks_.networks[n];
        if (shown_[entry.module].empty()) continue;
        outputs_[n] = &entry.network->forward(pictures_[entry.module], mode, context);
    }
}

std::span<const NetworkRows<const neural::Matrix<float>>> BatchRunner::rows_of(std::size_t group) {
    for (std::size_t n = 0; n < outputs_.size(); ++n) {
        rows_[n] = {outputs_[n], first_rows_[group][networks_.networks[n].module]};
    }
    return rows_;
}

double BatchRunner::train(std::span<const std::uint32_t> examples, std::span<const double> shares,
                          std::span<double> share_gradients, neural::Context& context) {
    Stopwatch watch;
    arrange(examples);
    watch.add_to(times_.rest);
    run_networks(neural::Mode::train, context);
    watch.add_to(times_.network);
    for (std::size_t n = 0; n < outputs_.size(); ++n) {
        if (shown_[networks_.networks[n].module].empty()) continue;
        output_gradients_[n].setZero(outputs_[n]->rows(), outputs_[n]->cols());
    }
    const double scale = 1 / static_cast<double>(examples.size());
    double loss = 0;
    std::size_t possible = 0;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        const Group& group = groups_[g];
        const std::size_t size = group.end - group.begin;
        answers_.clear();
        for (std::size_t i = group.begin; i < group.end; ++i)
            answers_.push_back(data_.examples[order_[i]].answer);
        counter_.forward<float>(*data_.patterns[group.pattern], size, shares, rows_of(g), answers_);
        for (std::size_t i = 0; i < size; ++i) {
            const double log = counter_.log_probability(answers_[i], i);
            if (!std::isfinite(log)) continue;
            loss -= log;
            ++possible;
        }
        for (std::size_t n = 0; n < outputs_.size(); ++n) {
            gradient_rows_[n] = {&output_gradients_[n], rows_[n].first_row};
        }
        counter_.backward<float>(answers_, scale, gradient_rows_, share_gradients);
    }
    watch.add_to(times_.logic);
    for (std::size_t n = 0; n < outputs_.size(); ++n) {
        const auto& entry = networks_.networks[n];
        if (shown_[entry.module].empty()) continue;
        entry.network->backward(output_gradients_[n], context);
    }
    watch.add_to(times_.network);
    return possible == 0 ? 0.0 : loss / static_cast<double>(possible);
}

void BatchRunner::infer(std::span<const std::uint32_t> examples, std::span<const double> shares,
                        const Visit& visit, neural::Context& context) {
    Stopwatch watch;
    arrange(examples);
    watch.add_to(times_.rest);
    run_networks(neural::Mode::infer, context);
    watch.add_to(times_.network);
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        const Group& group = groups_[g];
        const std::size_t size = group.end - group.begin;
        counter_.forward<float>(*data_.patterns[group.pattern], size, shares, rows_of(g));
        for (std::size_t column = 0; column < size; ++column) {
            visit(order_[group.begin + column], counter_, column);
        }
    }
    watch.add_to(times_.logic);
}

}  // namespace entail::bridge
