#include "programs/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "neural/data/file_bytes.h"
#include "programs/engine.h"
#include "programs/learned_program.h"

namespace entail {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostValidatedOnTraining = 5000;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string list_of_modules(const ir::Program& program) {
    std::string list;
    for (const auto& module : program.modules) {
        list += (list.empty() ? "'" : ", '") + module.name + "'";
    }
    return list.empty() ? "the program has no module" : "its modules are " + list;
}

/// The files by module index. The empty name means the only module there is.
std::vector<fs::path> by_module(const std::map<std::string, fs::path>& files,
                                const ir::Program& program, const char* option) {
    std::vector<fs::path> result(program.modules.size());
    for (const auto& [name, file] : files) {
        const auto found = std::ranges::find(program.modules, name, &ir::ModuleDeclaration::name);
        const bool only = name.empty() && program.modules.size() == 1;
        if (!only && found == program.modules.end()) {
            throw std::invalid_argument(name.empty()
                                            ? fmt::format("{}: name the module, MODULE=FILE; {}",
                                                          option, list_of_modules(program))
                                            : fmt::format("{}: there is no module '{}'; {}", option,
                                                          name, list_of_modules(program)));
        }
        result[only ? 0 : static_cast<std::size_t>(found - program.modules.begin())] = file;
    }
    return result;
}

/// Pictures come from the data alone: those that the program names are put aside.
void drop_inputs(ir::Program& program) {
    std::erase_if(program.facts, [&](const ir::Fact& fact) {
        const ir::Predicate& predicate = program.predicates[fact.predicate];
        return std::ranges::any_of(program.inputs, [&](const ir::InputDeclaration& input) {
            return predicate.arity == 1 && predicate.name == input.type &&
                   program.fact_values[fact.row] == input.entity;
        });
    });
    program.inputs.clear();
}

bridge::ExampleSet beginning(const bridge::ExampleSet& data, std::size_t count) {
    bridge::ExampleSet part = data;
    part.examples.resize(std::min(count, part.examples.size()));
    return part;
}

}  // namespace

void check_writable(const fs::path& file, const char* option) {
    if (file.empty()) return;
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) {
        throw std::invalid_argument(
            fmt::format("{}: there is no folder '{}'", option, folder.string()));
    }
    if (fs::is_directory(file, ignored)) {
        throw std::invalid_argument(fmt::format("{}: '{}' is a folder", option, file.string()));
    }
}

TrainReport train(const TrainOptions& options) {
    const auto start = Clock::now();
    TrainReport report;
    LoadedProgram loaded = load_file(options.program, options.roots);
    if (loaded.diagnostics.has_errors()) {
        throw ProgramError(render(loaded.diagnostics, loaded.sources));
    }
    ir::Program& program = loaded.program;
    drop_inputs(program);
    const auto start_files = by_module(options.start, program, "--weights");
    const auto save_files = by_module(options.save, program, "--save");
    for (const fs::path& file : save_files) check_writable(file, "--save");
    check_writable(options.save_program, "--save-program");
    check_writable(options.checkpoint, "--checkpoint");
    check_writable(options.log, "--log");
    if (options.resume && options.checkpoint.empty()) {
        throw std::invalid_argument("--resume: name the checkpoint, --checkpoint FILE");
    }

    bridge::LearnableWeights learnable(program);
    if (!options.save_program.empty()) learned_program(loaded, learnable.values());  // may throw
    eval::Limits limits;
    limits.max_memory = static_cast<std::size_t>(options.memory_limit * (1U << 20U));
    limits.interrupt = options.interrupt;
    TrainingData reader(loaded, learnable, limits);
    if (reader.needs_images() && options.data.images.empty()) {
        throw std::invalid_argument("--images: the program looks at pictures; say where they are");
    }
    const bridge::ExampleSet data = reader.read(options.data, report.impossible);
    std::optional<bridge::ExampleSet> valid;
    if (options.valid) valid = reader.read(*options.valid, report.impossible_valid);
    report.examples = data.examples.size();
    report.patterns = (valid ? valid->patterns : data.patterns).size();

    std::vector<bridge::Perception> modules;
    modules.reserve(program.modules.size());
    std::vector<bridge::Perception*> pointers;
    for (std::size_t m = 0; m < program.modules.size(); ++m) {
        modules.push_back(bridge::make_perception(program, m, options.training.seed));
        if (!start_files[m].empty()) modules[m].load(start_files[m]);
        pointers.push_back(&modules[m]);
    }
    neural::ThreadPool pool(options.threads);
    bridge::Trainer trainer(pointers, learnable, data, options.training, pool);
    std::error_code ignored;
    if (options.resume && fs::exists(options.checkpoint, ignored)) {
        trainer.resume(options.checkpoint);
        report.resumed_step = trainer.step();
    }
    report.preparation_seconds = seconds_since(start);

    bridge::TrainerHooks hooks;
    hooks.validation = valid ? &*valid : nullptr;
    hooks.progress = options.progress;
    hooks.report_every = options.report_every;
    hooks.interrupt = options.interrupt;
    hooks.checkpoint = options.checkpoint;
    hooks.checkpoint_every = options.checkpoint_every;
    hooks.log = options.log;
    report.outcome = trainer.run(hooks);
    if (report.outcome.interrupted) return report;

    for (std::size_t m = 0; m < modules.size(); ++m) {
        if (save_files[m].empty()) continue;
        modules[m].save(save_files[m]);
        report.saved.push_back(save_files[m]);
    }
    const std::vector<double> values = learnable.values();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const SourceSpan span = program.parameters[i].span;
        report.learned.push_back(
            {loaded.sources.place(span), std::string(loaded.sources.text(span)), values[i]});
    }
    if (!options.save_program.empty()) {
        neural::write_file_atomically(options.save_program, learned_program(loaded, values));
        report.saved.push_back(options.save_program);
    }
    report.validated_on_training_data = !valid;
    if (!report.outcome.validations.empty()) {
        report.validation = report.outcome.validations.back();
    } else {
        const bridge::NetworkList networks(pointers);
        report.validation = bridge::validate(
            networks, learnable, valid ? *valid : beginning(data, kMostValidatedOnTraining), pool);
    }
    return report;
}

std::string results_text(const std::vector<TrainReport::Learned>& learned,
                         const std::vector<fs::path>& saved) {
    std::string text;
    for (const TrainReport::Learned& weight : learned) {
        text += fmt::format("learned: {}: {} is {}\n", weight.place, weight.text,
                            format_number(weight.value));
    }
    for (const fs::path& file : saved) text += fmt::format("saved: {}\n", file.string());
    return text;
}

std::string to_text(const TrainReport& report) {
    std::string text;
    const auto& outcome = report.outcome;
    const auto left_out = [&](const ImpossibleLines& lines) {
        if (lines.count == 0) return;
        text += fmt::format("left out: {} line{}; {}\n", lines.count, lines.count == 1 ? "" : "s",
                            lines.first);
    };
    left_out(report.impossible);
    left_out(report.impossible_valid);
    if (outcome.interrupted) {
        return text + fmt::format("interrupted after step {} of {}\n", outcome.step, outcome.steps);
    }
    const auto& times = outcome.times;
    const double total = std::max(times.total(), 1e-9);
    const double share = 100 / total;
    text +=
        fmt::format("prepared: {:.1f} s (data read, {} pattern{} compiled)\n",
                    report.preparation_seconds, report.patterns, report.patterns == 1 ? "" : "s");
    text += fmt::format(
        "trained: {} examples, {:.1f} s (networks {:.1f} %, logic {:.1f} %, rest "
        "{:.1f} %)\n",
        report.examples, times.total(), share * times.network, share * times.logic,
        share * times.rest);
    text += fmt::format("loss: {:.6g}\n", outcome.loss);
    if (report.validated_on_training_data) {
        text += fmt::format("on {} of the training examples:\n", report.validation.answers.all);
    } else {
        text += fmt::format("on {} examples not trained on:\n", report.validation.answers.all);
    }
    text += report.validation.text();
    return text + results_text(report.learned, report.saved);
}

}  // namespace entail
