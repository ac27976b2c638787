#pragma once
// A CSV file that a person can plot: one row a report, written as training goes.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bridge/validation.h"

namespace entail::bridge {

class TrainingLog {
public:
    /// Columns: step, epoch, loss, learning_rate, examples_per_second, network_seconds,
    /// logic_seconds, rest_seconds, answer_accuracy, and concept_accuracy by network (after a dot
    /// its title, if there are several). Keeps the rows of an old file up to `resumed_step`, so
    /// that a resumed run goes on where it was; 0 begins a new file. Throws neural::DataError if
    /// the file cannot be written.
    TrainingLog(std::filesystem::path file, const NetworkList& networks,
                std::uint64_t resumed_step);

    struct Row {
        std::uint64_t step = 0;
        double epoch = 0;  ///< epochs done, fractions included
        double loss = 0;
        double learning_rate = 0;
        double examples_per_second = 0;
        TimeSplit times;
        const Validation* validation = nullptr;  ///< empty cells if there is none
    };
    void add(const Row& row);

private:
    void append(const std::string& text, bool anew);

    std::filesystem::path file_;
    std::size_t networks_;
};

}  // namespace entail::bridge
