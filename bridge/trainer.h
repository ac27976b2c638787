#pragma once
// Training through the rules: networks and learnable weights from the answers of a program.
//
// The loss of an example is -log P(answer), given constraints and evidence. Its gradient goes
// through the circuit of its pattern to the weights of the choices, and on to the outputs of the
// networks, and to their weights. The same seed, data and options give the same bytes, for any
// number of threads, and whether the run was interrupted and resumed or not.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bridge/batch.h"
#include "bridge/validation.h"
#include "neural/optimizer.h"

namespace entail::bridge {

struct TrainerOptions {
    std::uint64_t seed = 1;  ///< order of the examples and dropout
    int epochs = 1;
    int batch = 16;                ///< examples a step
    double learning_rate = 2e-3;   ///< peak, of networks
    double weight_rate = 5e-2;     ///< peak, of the logits of learnable weights
    double warm_up = 0.05;         ///< of all steps: the rate rises to its peak
    double final_fraction = 0.02;  ///< of the peak: where the cosine ends

    /// In one line, equal exactly when the options are.
    std::string text() const;
};

struct Progress {
    std::uint64_t step = 0, steps = 0;  ///< done, of the whole run
    int epoch = 0, epochs = 0;          ///< the current one, from 1
    double loss = 0;                    ///< mean since the last report
    double learning_rate = 0;
    double examples_per_second = 0;
    double seconds_left = 0;                 ///< estimated
    const Validation* validation = nullptr;  ///< at the end of an epoch, if there is data for it
};

/// What a run does beside training. All may be empty.
struct TrainerHooks {
    const ExampleSet* validation = nullptr;
    std::function<void(const Progress&)> progress;
    std::uint64_t report_every = 100;              ///< steps
    const std::atomic<bool>* interrupt = nullptr;  ///< ends the run after the step it is at
    std::filesystem::path checkpoint;  ///< written every `checkpoint_every` steps and at the end,
                                       ///< interrupted or not
    std::uint64_t checkpoint_every = 500;
    std::filesystem::path log;  ///< CSV, see TrainingLog
};

struct TrainOutcome {
    bool interrupted = false;
    std::uint64_t step = 0, steps = 0;
    double loss = 0;                      ///< mean over the last epoch that was begun
    TimeSplit times;                      ///< of this call, validation left out
    std::vector<Validation> validations;  ///< one for each epoch that ended in this call
};

class Trainer {
public:
    /// All but the options must outlive the trainer. Throws std::invalid_argument if an option is
    /// out of range, there is no example, or as BatchRunner does.
    Trainer(std::vector<Perception*> modules, LearnableWeights& learnable, const ExampleSet& data,
            TrainerOptions options, neural::ThreadPool& pool);

    /// Sets everything to what it was when the checkpoint was written. Throws neural::DataError,
    /// and changes nothing, if the file is damaged, or was written with other data, options or
    /// networks; it says which.
    void resume(const std::filesystem::path& checkpoint);
    /// Replaces the file in one step.
    void save(const std::filesystem::path& checkpoint);

    /// Trains from where it is to the end of the last epoch, or until it is interrupted. Throws
    /// std::runtime_error if the loss is no longer a number.
    TrainOutcome run(const TrainerHooks& hooks = {});

    std::uint64_t step() const { return step_; }
    std::uint64_t steps() const {
        return steps_per_epoch() * static_cast<std::uint64_t>(options_.epochs);
    }
    std::uint64_t steps_per_epoch() const;
    /// Of all that is trained, bit for bit.
    std::uint64_t hash();

private:
    void begin_epoch(std::uint64_t epoch);
    double train_step(double& rate);

    NetworkList networks_;
    LearnableWeights& learnable_;
    const ExampleSet& data_;
    TrainerOptions options_;
    neural::Context context_;
    BatchRunner runner_;
    neural::Adam<float> optimizer_;
    neural::Adam<float> weight_optimizer_;
    std::uint64_t data_hash_;
    std::uint64_t step_ = 0;
    double loss_sum_ = 0;               // over the steps of the current epoch
    std::vector<std::uint32_t> order_;  // of the examples in the current epoch
    std::uint64_t order_epoch_;         // to which order_ belongs
};

}  // namespace entail::bridge
