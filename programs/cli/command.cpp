#include "programs/cli/command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "programs/engine.h"

namespace entail::cli {

int run_command(int argc, char** argv) {
    CLI::App app{"Entail"};
    app.require_subcommand(1);
    std::string program, format = "text";
    std::vector<std::string> given;
    auto* run = app.add_subcommand("run", "answers");
    run->add_option("program", program)->required();
    run->add_option("--given,--evidence", given);
    run->add_option("--format", format)->check(CLI::IsMember({"text", "json"}));
    CLI11_PARSE(app, argc, argv);
    try {
        Engine engine = Engine::from_file(program);
        for (const auto& literal : given) engine.give(literal);
        RunResult result = engine.run();
        std::string out = format == "json" ? to_json(result) : to_text(result);
        std::fwrite(out.data(), 1, out.size(), stdout);
        return result.limits.empty() ? 0 : 3;
    } catch (const ProgramError& error) {
        std::fputs(error.what(), stderr);
        return 1;
    }
}

}  // namespace entail::cli
