// entail clevr: CLEVR's questions, by their functional programs.

#include <chrono>
#include <cstdio>

#include <fmt/format.h>

#include "programs/clevr.h"
#include "programs/cli/command.h"
#include "programs/cli/options.h"

namespace entail::cli {
namespace {

struct ClevrArguments {
    std::string scenes, questions;
    double certainty = 1;
    bool lists_wrong = false;
    std::size_t max_cases = functional::LawLimits{}.max_cases;
    std::optional<std::size_t> program;
};

std::string describe_wrong(std::size_t number, std::int64_t image, const ClevrAnswer& answer,
                           const std::string& right) {
    std::string line = fmt::format("question {} (image {}): {}", number, image, answer.text);
    if (answer.probability > 0 && answer.probability < 1) {
        line += " " + format_number(answer.probability);
    }
    line += ", should be " + right;
    if (answer.right > 0) line += " " + format_number(answer.right);
    if (answer.undefined > 0 && answer.undefined < 1) {
        line += ", undefined " + format_number(answer.undefined);
    }
    return line + "\n";
}

/// Says how far it is, every two seconds.
std::function<void(std::size_t)> progress_to_error(std::size_t total) {
    using Clock = std::chrono::steady_clock;
    return [total, next = Clock::now() + std::chrono::seconds(2)](std::size_t done) mutable {
        if (Clock::now() < next) return;
        next = Clock::now() + std::chrono::seconds(2);
        print_error(fmt::format("entail: {} of {} questions answered\n", done, total));
    };
}

int run_clevr(const ClevrArguments& arguments) {
    auto vocabulary = clevr_vocabulary();
    ClevrScenes scenes = load_clevr_scenes(arguments.scenes, vocabulary);
    ClevrQuestions loaded = load_clevr_questions(arguments.questions, scenes, vocabulary);
    if (arguments.program) {
        std::size_t number = *arguments.program;
        if (number >= loaded.questions.size()) {
            throw CLI::ValidationError(
                "--program",
                fmt::format("there are {} questions, counted from 0", loaded.questions.size()));
        }
        const ClevrQuestion& question = loaded.questions[number];
        print(clevr_program(question, scenes.scenes[question.scene], vocabulary,
                            arguments.certainty));
        return kDone;
    }
    ClevrOptions options;
    options.certainty = arguments.certainty;
    options.limits.max_cases = arguments.max_cases;
    options.limits.interrupt = &interrupted();
    options.progress = progress_to_error(loaded.questions.size());
    ClevrResult result = answer_clevr(scenes, loaded.questions, vocabulary, options);

    std::size_t incomplete = 0;
    double right = 0, undefined = 0;
    std::string text;
    for (std::size_t i = 0; i < result.answers.size(); ++i) {
        const ClevrAnswer& answer = result.answers[i];
        incomplete += answer.is_complete ? 0 : 1;
        right += answer.right;
        undefined += answer.undefined;
        if (!arguments.lists_wrong || answer.is_right) continue;
        const ClevrQuestion& question = loaded.questions[i];
        text += describe_wrong(i, scenes.images[question.scene], answer, question.answer);
    }
    auto count = static_cast<double>(std::max<std::size_t>(1, result.answers.size()));
    print_error(fmt::format(
        "entail: translated in {:.4f} s, answered in {:.4f} s: {:.0f} questions a second\n",
        loaded.translation_seconds, result.seconds,
        count / (loaded.translation_seconds + result.seconds)));
    if (arguments.certainty < 1) {
        print_error(
            fmt::format("entail: on average, the right answer has {:.4f}, no value has {:.4f}\n",
                        right / count, undefined / count));
    }
    text += fmt::format("{} of {} answers right\n", result.right, loaded.questions.size());
    print(text);
    if (incomplete != 0) {
        print_error(
            fmt::format("entail: {} questions reached the limit of {} cases; what is said "
                        "of them is partial\n",
                        incomplete, arguments.max_cases));
    }
    if (interrupted()) print_error("entail: interrupted; the answers are partial\n");
    return incomplete == 0 && !interrupted() ? kDone : kPartial;
}

}  // namespace

Action add_clevr(CLI::App& app) {
    CLI::App* command =
        app.add_subcommand("clevr", "Answer CLEVR's questions by their functional programs");
    auto arguments = std::make_shared<ClevrArguments>();
    command->add_option("SCENES", arguments->scenes, "CLEVR's scenes, .json or .json.gz")
        ->required();
    command
        ->add_option("QUESTIONS", arguments->questions,
                     "CLEVR's questions with their programs, .json or .json.gz")
        ->required();
    command
        ->add_option(
            "--certainty", arguments->certainty,
            "Every stated attribute has this probability, the other values share the rest; "
            "the most probable answer counts")
        ->type_name("P")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command->add_flag("--wrong", arguments->lists_wrong, "List the wrong answers");
    command
        ->add_option("--program", arguments->program,
                     "Print question N, from 0, as a program for 'entail run' instead")
        ->type_name("N");
    command
        ->add_option("--max-cases", arguments->max_cases,
                     "With uncertain attributes, stop a question after as many cases")
        ->type_name("N")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    return [arguments] { return run_clevr(*arguments); };
}

}  // namespace entail::cli
