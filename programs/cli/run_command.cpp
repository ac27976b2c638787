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
    return [options] {
        RunResult result = options->make_engine().run();
        print(options->wants_json() ? to_json(result) : to_text(result));
        for (const std::string& limit : result.limits) {
            print_error(limit == "interrupted"
                            ? "entail: interrupted; the answers are partial\n"
                            : "entail: the " + limit +
                                  " limit was reached; the answers are partial\n");
        }
        return result.limits.empty() ? kDone : kPartial;
    };
}

}  // namespace entail::cli
