#pragma once
// Runs the modules of a program on its inputs: from pictures to the weights of choices.

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "bridge/perception.h"
#include "neural/core/thread_pool.h"
#include "programs/engine.h"
#include "programs/loader.h"
#include "symbolic/eval/database.h"

namespace entail {

class Perceiver {
public:
    explicit Perceiver(unsigned threads) : pool_(threads) {}

    /// The file that a module's weights come from, instead of the one that the program names.
    void set_weights(std::uint32_t module, std::filesystem::path file);
    /// The picture of an input, instead of the file that the program names.
    void set_image(Value entity, neural::ImageSet image);

    /// Writes the weights of all choices that networks make into `weights`, which is laid out by
    /// the graph. Reports missing weights, unreadable files and inputs that are none.
    void perceive(const LoadedProgram& loaded, const eval::Database& database,
                  std::vector<double>& weights, Diagnostics& diagnostics);

private:
    bridge::Perception* module(const LoadedProgram& loaded, std::uint32_t index,
                               Diagnostics& diagnostics);
    bool is_input(const LoadedProgram& loaded, Value entity) const;
    /// The prepared picture of an input; null when it cannot be read, which is reported.
    const neural::Matrix<float>* image(const LoadedProgram& loaded, bridge::Perception& perception,
                                       Value entity, Diagnostics& diagnostics);

    neural::ThreadPool pool_;
    std::map<std::uint32_t, std::filesystem::path> files_;
    std::map<std::uint32_t, std::unique_ptr<bridge::Perception>>
        modules_;                                      // null: failed, reported
    std::map<std::uint32_t, neural::ImageSet> given_;  // by the value's bits
    std::map<std::uint32_t, std::optional<neural::Matrix<float>>> images_;  // prepared
};

}  // namespace entail
