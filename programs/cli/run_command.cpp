// entail run: the answers to the program's queries.

#include "programs/cli/command.h"
#include "programs/cli/options.h"

namespace entail::cli {

namespace {

std::string as_comments(const std::string& text) {
    std::string result;
    bool at_begin = true;
    for (char c : text) {
        if (at_begin) result += "% ";
        result += c;
        at_begin = c == '\n';
    }
    return result;
}

}  // namespace

Action add_run(CLI::App& app) {
    CLI::App* command =
        app.add_subcommand("run", "Answer the program's queries with probabilities");
    auto options = std::make_shared<CommonOptions>();
    options->add_to(*command);
    options->add_format(*command);
    options->add_top(*command, "answers of each query");
    auto explain_plan = std::make_shared<bool>(false);
    command->add_flag("--explain-plan", *explain_plan,
                      "First print, in lines that begin with %, how the answers are found");
    return [options, command, explain_plan] {
        Engine engine = options->make_engine();
        if (*explain_plan) print(as_comments(engine.plan()));
        RunResult result = engine.run();
        if (command->count("--top") > 0) {
            for (QueryAnswers& query : result.results) {
                if (query.answers.size() > options->top) query.answers.resize(options->top);
            }
        }
        print(options->wants_json() ? to_json(result) : to_text(result));
        return report_limits(result.limits, "the answers are partial", result.growing);
    };
}

}  // namespace entail::cli
