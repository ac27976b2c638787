#pragma once
// Learning the weights t(_) of a program from interpretations, by expectation and maximisation.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "programs/train.h"

namespace entail {

struct ExpectationOptions {
    std::filesystem::path program;
    std::vector<std::filesystem::path> roots;  ///< folders a program may read besides its own
    std::filesystem::path interpretations;
    std::uint64_t seed = 1;              ///< moves the start of weights written t(_) a little
    int iterations = 1000;               ///< at most
    double tolerance = 1e-9;             ///< ends when the mean log-likelihood gains less than that
    int threads = 0;                     ///< 0: as many as there are processors
    double memory_limit = 4096;          ///< MiB, for making one interpretation ready
    std::filesystem::path save_program;  ///< the program with learned weights written in, or none
    std::filesystem::path checkpoint;    ///< written after every iteration; empty: none
    bool resume = false;                 ///< go on from `checkpoint` if it is there
    std::optional<double> time_limit;    ///< seconds
    const std::atomic<bool>* interrupt = nullptr;
    /// Called with the iteration and the log-likelihood that it starts from.
    std::function<void(int, double)> progress;
};

struct ExpectationReport {
    std::size_t interpretations = 0, patterns = 0;  ///< patterns: those that differ
    int iterations = 0;                             ///< done in all
    int resumed_iteration = 0;
    /// The log-likelihood that each iteration of this call started from, and last the one at the
    /// end: sums over interpretations of the logarithm of the probability of what was seen,
    /// constraints and evidence of the program included.
    std::vector<double> log_likelihoods;
    bool converged = false;
    bool interrupted = false;  ///< by `interrupt` or the time limit
    std::vector<TrainReport::Learned> learned;
    std::vector<std::filesystem::path> saved;
};

/// Throws ProgramError if the program is wrong or cannot be learned this way, neural::DataError if
/// the data or the checkpoint is, or an interpretation is impossible; std::invalid_argument if the
/// options are, std::runtime_error if the memory limit is reached.
ExpectationReport learn_from_interpretations(const ExpectationOptions& options);

/// What `entail train --interpretations` prints at the end.
std::string to_text(const ExpectationReport& report);

}  // namespace entail
