// entail solve: the most probable world, or any world that satisfies the constraints.

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
    return [options] {
        const Solution solution = options->make_engine().solve(options->top);
        print(options->wants_json() ? to_json(solution) : to_text(solution));
        return report_limits(solution.limits, solution.worlds.empty()
                                                  ? "nothing is known"
                                                  : "further worlds are missing");
    };
}

}  // namespace entail::cli
