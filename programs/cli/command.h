#pragma once
// The `entail` command. Each subcommand registers itself with its options and is run by name.

#include <CLI/CLI.hpp>
#include <functional>

namespace entail::cli {

/// Exit codes of every subcommand.
enum ExitCode {
    kDone = 0,
    kProgramWrong = 1,  ///< the program or its data
    kUsageWrong = 2,
    kPartial = 3,  ///< a limit was reached
};

/// What a parsed subcommand does; returns an exit code.
using Action = std::function<int()>;

Action add_run(CLI::App& app);
Action add_solve(CLI::App& app);
Action add_sample(CLI::App& app);
Action add_verify(CLI::App& app);
Action add_abduce(CLI::App& app);
Action add_whatif(CLI::App& app);
Action add_explain(CLI::App& app);
Action add_check(CLI::App& app);
Action add_compile(CLI::App& app);
Action add_train(CLI::App& app);
Action add_digits(CLI::App& app);
Action add_clevr(CLI::App& app);
Action add_claims(CLI::App& app);

int run_command(int argc, char** argv);

}  // namespace entail::cli
