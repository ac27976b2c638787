#pragma once
// Training a program's modules and learnable weights from examples of its answers.
//
//     entail::TrainOptions options;
//     options.program = "sum.ent";
//     options.data = {"sums.csv", "images.idx", ""};
//     options.save[""] = "mnist.weights";
//     std::cout << to_text(entail::train(options));

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bridge/trainer.h"
#include "programs/training_data.h"

namespace entail {

struct TrainOptions {
    std::filesystem::path program;
    std::vector<std::filesystem::path> roots;  ///< folders a program may read besides its own
    DataFiles data;
    std::optional<DataFiles> valid;  ///< without it, quality is reported on the training data
    bridge::TrainerOptions training;
    int threads = 0;                                     ///< 0: as many as there are processors
    double memory_limit = 4096;                          ///< MiB, for making one pattern ready
    std::map<std::string, std::filesystem::path> start;  ///< weights to start from, by module
    /// Where trained weights go, by module; the empty name is the program's only module. Files are
    /// replaced in one step, when training is done.
    std::map<std::string, std::filesystem::path> save;
    std::filesystem::path save_program;    ///< the program with learned weights written in, or none
    std::filesystem::path checkpoint;      ///< empty: none
    std::uint64_t checkpoint_every = 500;  ///< steps
    bool resume = false;                   ///< go on from `checkpoint` if it is there
    std::filesystem::path log;             ///< CSV; empty: none
    const std::atomic<bool>* interrupt = nullptr;
    std::function<void(const bridge::Progress&)> progress;
    std::uint64_t report_every = 50;  ///< steps
};

struct TrainReport {
    bridge::TrainOutcome outcome;
    std::size_t examples = 0;
    std::size_t patterns = 0;  ///< circuits compiled
    ImpossibleLines impossible, impossible_valid;
    std::uint64_t resumed_step = 0;
    bridge::Validation validation;  ///< at the end; empty if interrupted
    bool validated_on_training_data = false;
    struct Learned {
        std::string place;  ///< "coins.ent:3:1"
        std::string text;   ///< "t(0.5)", as written
        double value;
    };
    std::vector<Learned> learned;
    std::vector<std::filesystem::path> saved;
    double preparation_seconds = 0;  ///< reading data and compiling
};

/// Throws ProgramError if the program is wrong, neural::DataError if data, weights or a checkpoint
/// are (with file and line), std::invalid_argument if the options are.
TrainReport train(const TrainOptions& options);

/// A mistake in a path must not cost what was trained: it is found before training. Throws
/// std::invalid_argument that names the option if no file can be written there; an empty path is
/// none.
void check_writable(const std::filesystem::path& file, const char* option);

/// What `entail train` prints at the end.
std::string to_text(const TrainReport& report);
/// The lines that name what was learned and which files were written.
std::string results_text(const std::vector<TrainReport::Learned>& learned,
                         const std::vector<std::filesystem::path>& saved);

}  // namespace entail
