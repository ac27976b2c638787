// entail train: networks and learnable weights from examples of a program's answers.

#include <unistd.h>

#include <cstdio>

#include "programs/cli/command.h"
#include "programs/cli/options.h"
#include "programs/expectation.h"
#include "programs/train.h"

namespace entail::cli {
namespace {

struct Arguments {
    TrainOptions train;
    ExpectationOptions expectation;
    double time_limit = 0;  // seconds; 0: none
    DataFiles valid;
    std::vector<std::string> roots, weights, save;
    std::string checkpoint;
};

/// MODULE=FILE, or FILE for the only module.
std::pair<std::string, std::string> module_and_file(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return {"", text};
    return {text.substr(0, equals), text.substr(equals + 1)};
}

std::string duration(double seconds) {
    const auto whole = static_cast<long>(seconds + 0.5);
    return whole < 60 ? fmt::format("{} s", whole)
                      : fmt::format("{}:{:02} min", whole / 60, whole % 60);
}

/// CLI11's own PositiveNumber prints all 309 digits of the greatest number.
const CLI::Validator kPositive(
    [](std::string& text) {
        double number = 0;
        return CLI::detail::lexical_cast(text, number) && number > 0
                   ? std::string()
                   : "'" + text + "' is not a number above 0";
    },
    "");

void warn_without_checkpoint(const std::filesystem::path& checkpoint) {
    fmt::print(stderr, "entail: there was no checkpoint '{}' yet; started anew\n",
               checkpoint.string());
}

/// A line that changes on a terminal; elsewhere one line each tenth of the run.
class ProgressLine {
public:
    void show(const bridge::Progress& progress) {
        const bool terminal = isatty(STDERR_FILENO) == 1;
        const auto tenth = progress.step * 10 / progress.steps;
        const bool say = terminal || progress.validation != nullptr || tenth != last_tenth_;
        last_tenth_ = tenth;
        if (!say) return;
        std::string line = fmt::format(
            "epoch {}/{}  step {}/{}  loss {:.4f}  {:.0f} examples/s  {} left", progress.epoch,
            progress.epochs, progress.step, progress.steps, progress.loss,
            progress.examples_per_second, duration(progress.seconds_left));
        if (progress.validation != nullptr) {
            line += fmt::format("  answers {:.2f} %", 100 * progress.validation->answers.share());
            for (const auto& one : progress.validation->concepts) {
                line += one.known
                            ? fmt::format("  {} {:.2f} %", one.title, 100 * one.images.share())
                            : fmt::format("  {} unknown", one.title);
            }
        }
        const bool keep =
            !terminal || progress.validation != nullptr || progress.step == progress.steps;
        fmt::print(stderr, "{}{}{}", terminal ? "\r\x1b[K" : "", line, keep ? "\n" : "");
        std::fflush(stderr);
        open_ = !keep;
    }
    /// Ends a line that is still changing.
    void finish() const {
        if (open_) std::fputc('\n', stderr);
    }

private:
    std::uint64_t last_tenth_ = 0;
    bool open_ = false;
};

void add_options(CLI::App& command, Arguments& arguments) {
    TrainOptions& train = arguments.train;
    bridge::TrainerOptions& training = train.training;
    command.add_option("PROGRAM", train.program, "The program, a file that ends in .ent")
        ->required();
    auto* data =
        command
            .add_option(
                "--data", train.data.examples,
                "A table; each line fills the variables of the first query, the answer last")
            ->type_name("CSV");
    auto* interpretations =
        command
            .add_option("--interpretations", arguments.expectation.interpretations,
                        "Instead of a table: what was seen of worlds, 'evidence(atom).', worlds "
                        "separated by lines '---'; learns t(_) by expectation maximisation")
            ->type_name("FILE")
            ->excludes(data);
    command
        .add_option("--iterations", arguments.expectation.iterations,
                    "At most, with --interpretations")
        ->type_name("N")
        ->check(kPositive)
        ->needs(interpretations)
        ->capture_default_str();
    command
        .add_option("--tolerance", arguments.expectation.tolerance,
                    "With --interpretations: done when an iteration gains less, for each of them")
        ->type_name("L")
        ->check(kPositive)
        ->needs(interpretations)
        ->capture_default_str();
    command
        .add_option("--time-limit", arguments.time_limit,
                    "With --interpretations: stop after this long, as when interrupted")
        ->type_name("SECONDS")
        ->check(kPositive)
        ->needs(interpretations);
    command.add_option("--images", train.data.images, "The pictures: a folder or an IDX file")
        ->type_name("PATH");
    command
        .add_option("--labels", train.data.labels,
                    "What the pictures show: for the report alone, never trained on")
        ->type_name("FILE");
    auto* valid =
        command.add_option("--valid-data", arguments.valid.examples, "The same, to validate on")
            ->type_name("CSV");
    command
        .add_option("--valid-images", arguments.valid.images,
                    "Pictures to validate on; those of --images if not given")
        ->type_name("PATH")
        ->needs(valid);
    command.add_option("--valid-labels", arguments.valid.labels, "What they show")
        ->type_name("FILE")
        ->needs(valid);
    command.add_option("--epochs", training.epochs, "Passes over the data")
        ->type_name("N")
        ->check(kPositive)
        ->capture_default_str();
    command.add_option("--batch", training.batch, "Examples for each step")
        ->type_name("N")
        ->check(kPositive)
        ->capture_default_str();
    command.add_option("--learning-rate", training.learning_rate, "Of networks, at its peak")
        ->type_name("R")
        ->check(kPositive)
        ->capture_default_str();
    command.add_option("--weight-rate", training.weight_rate, "Of learnable weights t(_)")
        ->type_name("R")
        ->check(kPositive)
        ->capture_default_str();
    command.add_option("--seed", training.seed, "First weights and order of examples")
        ->type_name("N")
        ->capture_default_str();
    command.add_option("--threads", train.threads, "Threads to use; 0: one for each processor")
        ->type_name("N")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    command.add_option("--memory-limit", train.memory_limit, "For making one pattern ready")
        ->type_name("MIB")
        ->check(kPositive)
        ->capture_default_str();
    command.add_option("--weights", arguments.weights, "Weights to start from (may be repeated)")
        ->type_name("MODULE=FILE")
        ->allow_extra_args(false);
    command
        .add_option("--save", arguments.save,
                    "Where trained weights go; MODULE=FILE for each if there are several modules")
        ->type_name("FILE")
        ->allow_extra_args(false);
    command
        .add_option("--save-program", train.save_program,
                    "Where the program goes, its learned weights t(_) written in")
        ->type_name("FILE");
    command
        .add_option("--checkpoint", train.checkpoint,
                    "Written every now and then, and when interrupted")
        ->type_name("FILE");
    command.add_option("--checkpoint-every", train.checkpoint_every, "Steps between checkpoints")
        ->type_name("N")
        ->check(kPositive)
        ->capture_default_str();
    command.add_flag("--resume", train.resume, "Go on from the checkpoint, bit for bit");
    command.add_option("--log", train.log, "A table of the training's course")->type_name("CSV");
    command
        .add_option("--root", arguments.roots,
                    "A folder the program may read besides its own (may be repeated)")
        ->type_name("FOLDER")
        ->allow_extra_args(false);
}

int learn(const Arguments& arguments) {
    ExpectationOptions options = arguments.expectation;
    const TrainOptions& train = arguments.train;
    options.program = train.program;
    options.roots.assign(arguments.roots.begin(), arguments.roots.end());
    options.seed = train.training.seed;
    options.threads = train.threads;
    options.memory_limit = train.memory_limit;
    options.save_program = train.save_program;
    options.checkpoint = train.checkpoint;
    options.resume = train.resume;
    if (arguments.time_limit > 0) options.time_limit = arguments.time_limit;
    options.interrupt = &interrupted();
    options.progress = [](int iteration, double log_likelihood) {
        // All of the first, then ever fewer: 1, 2, ... 10, 20, ... 100, 200.
        int unit = 1;
        while (iteration >= 10 * unit) unit *= 10;
        if (iteration % unit != 0) return;
        fmt::print(stderr, "iteration {}  log-likelihood {}\n", iteration,
                   format_number(log_likelihood));
    };
    const ExpectationReport report = learn_from_interpretations(options);
    if (options.resume && report.resumed_iteration == 0) warn_without_checkpoint(train.checkpoint);
    print(to_text(report));
    return report.interrupted ? kPartial : kDone;
}

}  // namespace

Action add_train(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "train", "Train modules and learnable weights from examples or interpretations");
    auto arguments = std::make_shared<Arguments>();
    add_options(*command, *arguments);
    return [arguments] {
        if (!arguments->expectation.interpretations.empty()) return learn(*arguments);
        if (arguments->train.data.examples.empty())
            throw CLI::RequiredError("--data or --interpretations");
        TrainOptions options = arguments->train;
        options.roots.assign(arguments->roots.begin(), arguments->roots.end());
        for (const std::string& text : arguments->weights) {
            options.start.insert(module_and_file(text));
        }
        for (const std::string& text : arguments->save) {
            options.save.insert(module_and_file(text));
        }
        if (!arguments->valid.examples.empty()) {
            options.valid = arguments->valid;
            if (options.valid->images.empty()) {
                options.valid->images = options.data.images;
                if (options.valid->labels.empty()) options.valid->labels = options.data.labels;
            }
        }
        options.interrupt = &interrupted();
        ProgressLine line;
        options.progress = [&](const bridge::Progress& progress) { line.show(progress); };
        TrainReport report;
        try {
            report = train(options);
        } catch (const std::invalid_argument& error) {
            throw CLI::ValidationError(error.what());
        }
        line.finish();
        if (options.resume && report.resumed_step == 0) {
            warn_without_checkpoint(options.checkpoint);
        }
        print(to_text(report));
        return static_cast<int>(report.outcome.interrupted ? kPartial : kDone);
    };
}

}  // namespace entail::cli
