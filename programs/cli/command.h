#pragma once
// The `entail` command: its subcommands, exit codes and output.

namespace entail::cli {

/// Exit codes: 0 done; 1 the program or its data is wrong; 2 wrong usage; 3 a limit was reached and
/// the answer is partial.
int run_command(int argc, char** argv);

}  // namespace entail::cli
