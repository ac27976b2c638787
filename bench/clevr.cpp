// CLEVR's questions a second on one thread after loading, translation of their programs included:
//
//     bench/clevr SCENES.json.gz QUESTIONS.json.gz [--certainty 0.9] [--repeat 5]
//
// Certain scenes, then every attribute with the given probability; and, beside it in the same run,
// a sample of the questions as rules in the general engine. Goal: 20,000 certain questions a
// second.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>

#include "programs/clevr.h"
#include "programs/engine.h"

namespace {

constexpr double kGoal = 20'000;
constexpr std::size_t kSample = 40;

struct Timing {
    std::size_t right = 0;
    double seconds = 1e9;  ///< of the fastest repetition
};

Timing time_plans(const entail::ClevrScenes& scenes, const std::string& file,
                  const entail::functional::Vocabulary& names, double certainty, int repeat) {
    Timing best;
    for (int i = 0; i < repeat; ++i) {
        entail::ClevrQuestions loaded = entail::load_clevr_questions(file, scenes, names);
        entail::ClevrOptions options;
        options.certainty = certainty;
        auto result = entail::answer_clevr(scenes, loaded.questions, names, options);
        best.right = result.right;
        best.seconds = std::min(best.seconds, loaded.translation_seconds + result.seconds);
    }
    return best;
}

/// Seconds a question by the rules, from program text to answers.
double time_rules(const entail::ClevrScenes& scenes, const entail::ClevrQuestions& loaded,
                  const entail::functional::Vocabulary& names, double certainty) {
    using Clock = std::chrono::steady_clock;
    double seconds = 0;
    std::size_t step = std::max<std::size_t>(1, loaded.questions.size() / kSample), count = 0;
    for (std::size_t q = 0; q < loaded.questions.size(); q += step, ++count) {
        const auto& question = loaded.questions[q];
        std::string text =
            entail::clevr_program(question, scenes.scenes[question.scene], names, certainty);
        Clock::time_point start = Clock::now();
        entail::Engine::from_text(text).run();
        seconds += std::chrono::duration<double>(Clock::now() - start).count();
    }
    return count == 0 ? 0 : seconds / static_cast<double>(count);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"CLEVR's questions a second on one thread"};
    std::string scenes_file, questions_file;
    double certainty = 0.9;
    int repeat = 5;
    app.add_option("SCENES", scenes_file)->required();
    app.add_option("QUESTIONS", questions_file)->required();
    app.add_option("--certainty", certainty)->check(CLI::Range(0.0, 1.0));
    app.add_option("--repeat", repeat)->check(CLI::Range(1, 1000));
    CLI11_PARSE(app, argc, argv);
    try {
        auto names = entail::clevr_vocabulary();
        auto scenes = entail::load_clevr_scenes(scenes_file, names);
        auto loaded = entail::load_clevr_questions(questions_file, scenes, names);
        auto count = static_cast<double>(loaded.questions.size());
        fmt::print("{:>10} {:>14} {:>14} {:>16} {:>8}\n", "certainty", "right", "questions/s",
                   "rules, us each", "ratio");
        for (double p : {1.0, certainty}) {
            Timing plans = time_plans(scenes, questions_file, names, p, repeat);
            double rules = time_rules(scenes, loaded, names, p);
            fmt::print("{:>10} {:>6} of {:>4} {:>14.0f} {:>16.0f} {:>8.0f}\n", p, plans.right,
                       loaded.questions.size(), count / plans.seconds, rules * 1e6,
                       rules * count / plans.seconds);
            if (p == 1) {
                bool is_met =
                    count / plans.seconds >= kGoal && plans.right == loaded.questions.size();
                fmt::print("goal of {:.0f} questions/s, all right: {}\n", kGoal,
                           is_met ? "met" : "missed");
            }
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "bench/clevr: {}\n", error.what());
        return 1;
    }
    return 0;
}
