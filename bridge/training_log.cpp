#include "bridge/training_log.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>

#include "neural/core/data_error.h"

namespace entail::bridge {

TrainingLog::TrainingLog(std::filesystem::path file, const NetworkList& networks,
                         std::uint64_t resumed_step)
    : file_(std::move(file)), networks_(networks.networks.size()) {
    std::string header =
        "step,epoch,loss,learning_rate,examples_per_second,network_seconds,logic_seconds,"
        "rest_seconds,answer_accuracy";
    for (const auto& entry : networks.networks) {
        header += networks_ == 1 ? ",concept_accuracy" : ",concept_accuracy." + entry.title;
    }
    std::string kept = header + "\n";
    if (resumed_step > 0) {
        std::ifstream old(file_);
        std::string line;
        const bool same = std::getline(old, line) && line == header;
        while (same && std::getline(old, line)) {
            std::uint64_t step = 0;
            const auto read = std::from_chars(line.data(), line.data() + line.size(), step);
            if (read.ec == std::errc{} && step <= resumed_step) kept += line + "\n";
        }
    }
    append(kept, true);
}

void TrainingLog::add(const Row& row) {
    std::string line = fmt::format("{},{:.4f},{:.9g},{:.9g},{:.1f},{:.3f},{:.3f},{:.3f},", row.step,
                                   row.epoch, row.loss, row.learning_rate, row.examples_per_second,
                                   row.times.network, row.times.logic, row.times.rest);
    if (row.validation != nullptr) line += fmt::format("{:.6f}", row.validation->answers.share());
    for (std::size_t n = 0; n < networks_; ++n) {
        line += ',';
        if (row.validation != nullptr && row.validation->concepts[n].known) {
            line += fmt::format("{:.6f}", row.validation->concepts[n].images.share());
        }
    }
    append(line + "\n", false);
}

void TrainingLog::append(const std::string& text, bool anew) {
    std::ofstream out(file_, anew ? std::ios::trunc : std::ios::app);
    out << text << std::flush;
    if (!out) {
        throw neural::DataError(file_.string(), "the training log cannot be written",
                                "choose a place that can be written");
    }
}

}  // namespace entail::bridge
