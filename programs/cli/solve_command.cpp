// entail solve: the best world by objectives and probability, or any that satisfies the
// constraints.

#include <limits>

#include "programs/cli/command.h"
#include "programs/cli/options.h"

namespace entail::cli {

Action add_solve(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "solve", "Show the most probable world, or one that the constraints allow");
    auto options = std::make_shared<CommonOptions>();
    options->add_to(*command);
    options->add_format(*command);
    options->add_top(*command, "worlds");
    auto all = std::make_shared<bool>(false);
    command->add_flag("--all", *all, "Show all worlds")->excludes("--top");
    return [options, all] {
        const std::size_t top = *all ? std::numeric_limits<std::size_t>::max() : options->top;
        const Solution solution = options->make_engine().solve(top);
        print(options->wants_json() ? to_json(solution) : to_text(solution));
        return report_limits(solution.limits, solution.worlds.empty()
                                                  ? "nothing is known"
                                                  : "further worlds are missing");
    };
}

}  // namespace entail::cli
