// entail abduce: what would explain a goal.

#include "programs/cli/command.h"
#include "programs/cli/options.h"

namespace entail::cli {

Action add_abduce(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "abduce", "Show the most probable sets of choices from which a goal follows");
    auto options = std::make_shared<CommonOptions>();
    auto goal = std::make_shared<std::string>();
    options->add_to(*command);
    command->add_option("GOAL", *goal, "Ground literals: 'fever, \\+ cough'")->required();
    options->add_format(*command);
    options->add_top(*command, "sets");
    return [options, goal] {
        const Abduction abduction = options->make_engine().abduce(*goal, options->top);
        print(options->wants_json() ? to_json(abduction) : to_text(abduction));
        if (abduction.hypotheses.empty() && abduction.limits.empty())
            print_error("entail: no choices make the goal follow\n");
        return report_limits(abduction.limits, "further sets are missing");
    };
}

}  // namespace entail::cli
