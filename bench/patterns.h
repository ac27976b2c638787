#pragma once
// Examples counted as training counts them: lines of a table become patterns, a pattern is compiled
// once, a batch is swept forward and backward. In place of a network stands a matrix of
// distributions.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "bench/harness.h"
#include "neural/data/write_idx.h"
#include "programs/engine.h"
#include "programs/training_data.h"

namespace entail::bench {

using Rows = neural::Matrix<double>;  // [examples * inputs x classes]

struct PatternRun {
    std::string failure;  ///< why there is no result: a limit, examples without an answer
    std::size_t patterns = 0;
    std::size_t nodes = 0;     ///< of the largest circuit
    double making = 0;         ///< seconds to evaluate and compile one pattern
    double counting = 0;       ///< seconds an example, forward and backward
    std::vector<double> logs;  ///< log P(answer), by example
    Rows gradients;            ///< of the sum of all logs
};

class PatternBench {
public:
    static constexpr int kImages = 256;

    PatternBench() {
        std::string folder =
            (std::filesystem::temp_directory_path() / "entail-bench-XXXXXX").string();
        if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("cannot make " + folder);
        folder_ = folder;
        neural::ImageSet blank{kImages, 28, 28, 1, {}, {}};
        blank.pixels.resize(kImages * blank.image_size());
        neural::write_idx_images(blank, folder_ / "blank.idx");
    }
    ~PatternBench() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    PatternBench(const PatternBench&) = delete;
    PatternBench& operator=(const PatternBench&) = delete;

    /// `table` has a line for each example, which names pictures 0, 1, ... in the order of the rows
    /// of `distributions`. Lines of one pattern that follow each other are counted together.
    PatternRun run(const std::string& program, const std::string& table, const Rows& distributions,
                   double time_limit = 60) const {
        PatternRun result;
        std::ofstream(folder_ / "table.csv") << table;
        LoadedProgram loaded =
            load_text("bench.ent", program, FileAccess(folder_, {ENTAIL_SOURCE_DIR}));
        if (loaded.diagnostics.has_errors()) {
            throw ProgramError(render(loaded.diagnostics, loaded.sources));
        }
        const bridge::LearnableWeights learnable(loaded.program);
        eval::Limits limits;
        limits.deadline = std::chrono::steady_clock::now() +
                          std::chrono::milliseconds(static_cast<std::int64_t>(1e3 * time_limit));
        ImpossibleLines impossible;
        bridge::ExampleSet data;
        const double making = seconds_of([&] {
            try {
                TrainingData reader(loaded, learnable, limits);
                data = reader.read({folder_ / "table.csv", folder_ / "blank.idx", ""}, impossible);
            } catch (const ProgramError& error) {
                const std::string text = error.what();
                result.failure = text.substr(0, text.find('\n'));
            }
        });
        if (impossible.count > 0) result.failure = impossible.first;
        if (!result.failure.empty()) return result;
        result.patterns = data.patterns.size();
        result.making = making / static_cast<double>(result.patterns);
        for (const auto& pattern : data.patterns) {
            result.nodes = std::max(result.nodes, pattern->evaluator().circuit().size());
        }
        const std::size_t examples = data.examples.size();
        const std::size_t inputs = static_cast<std::size_t>(distributions.rows()) / examples;
        result.logs.resize(examples);
        bridge::PatternCounter counter;
        std::vector<std::uint32_t> answers;
        result.counting =
            median_seconds([&] {
                result.gradients.setZero(distributions.rows(), distributions.cols());
                for (std::size_t begin = 0, end = 0; begin < examples; begin = end) {
                    const std::uint32_t pattern = data.examples[begin].pattern;
                    answers.clear();
                    while (end < examples && data.examples[end].pattern == pattern) {
                        answers.push_back(data.examples[end++].answer);
                    }
                    const auto row = static_cast<neural::Index>(begin * inputs);
                    const bridge::NetworkRows<const Rows> outputs{&distributions, row};
                    const bridge::NetworkRows<Rows> back{&result.gradients, row};
                    counter.forward<double>(*data.patterns[pattern], end - begin, {},
                                            {&outputs, 1});
                    for (std::size_t b = begin; b < end; ++b) {
                        result.logs[b] = counter.log_probability(answers[b - begin], b - begin);
                    }
                    counter.backward<double>(answers, -1, {&back, 1}, {});
                }
            }) /
            static_cast<double>(examples);
        return result;
    }

private:
    std::filesystem::path folder_;
};

}  // namespace entail::bench
