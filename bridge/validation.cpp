#include "bridge/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace entail::bridge {

namespace {

constexpr std::size_t kBatch = 128;

std::string percentage(const Tally& tally) {
    return fmt::format("{:.2f} % ({} of {})", 100 * tally.share(), tally.right, tally.all);
}

}  // namespace

std::string Validation::text() const {
    std::string text = fmt::format("answer accuracy: {}\n", percentage(answers));
    for (const Concept& one : concepts) {
        text += concepts.size() == 1 ? "concept accuracy: "
                                     : fmt::format("concept accuracy of {}: ", one.title);
        text += one.known ? percentage(one.images) : "unknown (no --labels)";
        text += '\n';
    }
    return text;
}

Validation validate(const NetworkList& networks, const LearnableWeights& learnable,
                    const ExampleSet& data, neural::ThreadPool& pool) {
    Validation result;
    for (std::size_t n = 0; n < networks.networks.size(); ++n) {
        const bool known = n < data.labels.size() && !data.labels[n].empty();
        result.concepts.push_back({networks.networks[n].title, known, {}});
    }
    BatchRunner runner(networks, data, pool);
    neural::Context context{pool};
    const std::vector<double> shares = learnable.shares();
    std::vector<std::vector<bool>> seen(networks.networks.size());
    for (auto& flags : seen) flags.resize(static_cast<std::size_t>(data.images.count));

    std::vector<std::uint32_t> order(data.examples.size());
    std::iota(order.begin(), order.end(), 0U);
    double loss = 0;
    const auto visit = [&](std::uint32_t example, const PatternCounter& counter,
                           std::size_t column) {
        const std::uint32_t answer = data.examples[example].answer;
        const double log = counter.log_probability(answer, column);
        if (std::isfinite(log)) {
            loss -= log;
        } else {
            ++result.impossible;
        }
        ++result.answers.all;
        if (std::isfinite(log) && counter.best_answer(column) == answer) ++result.answers.right;
    };
    for (std::size_t begin = 0; begin < order.size(); begin += kBatch) {
        const std::size_t size = std::min(kBatch, order.size() - begin);
        runner.infer(std::span(order).subspan(begin, size), shares, visit, context);
        for (std::size_t n = 0; n < networks.networks.size(); ++n) {
            if (!result.concepts[n].known) continue;
            const auto shown = runner.shown(networks.networks[n].module);
            for (std::size_t i = 0; i < shown.size(); ++i) {
                const auto image = static_cast<std::size_t>(shown[i]);
                const int label = data.labels[n][image];
                if (label < 0 || seen[n][image]) continue;
                seen[n][image] = true;
                neural::Index best = 0;
                runner.outputs(n).row(static_cast<neural::Index>(i)).maxCoeff(&best);
                ++result.concepts[n].images.all;
                if (best == label) ++result.concepts[n].images.right;
            }
        }
    }
    const std::size_t possible = result.answers.all - result.impossible;
    result.loss = possible == 0 ? 0 : loss / static_cast<double>(possible);
    return result;
}

}  // namespace entail::bridge
