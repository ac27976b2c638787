// entail run: the answers to the program's queries.

#include "programs/cli/command.h"
#include "programs/cli/options.h"

namespace entail::cli {

Action add_run(CLI::App& app) {
    CLI::App* command =
        app.add_subcommand("run", "Answer the program's queries with probabilities");
    auto options = std::make_shared<CommonOptions>();
    options->add_to(*command);
    options->add_format(*command);
    options->add_top(*command, "answers of each query");
    return [options, command] {
        RunResult result = options->make_engine().run();
        if (command->count("--top") > 0) {
            for (QueryAnswers& query : result.results) {
                if (query.answers.size() > options->top) query.answers.resize(options->top);
            }
        }
        print(options->wants_json() ? to_json(result) : to_text(result));
        return report_limits(result.limits, "the answers are partial");
    };
}

}  // namespace entail::cli
