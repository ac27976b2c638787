#include "programs/cli/command.h"

#include <algorithm>
#include <cstdio>

#include "programs/cli/options.h"

namespace entail::cli {
namespace {

struct Subcommand {
    const char* name;
    Action (*add)(CLI::App&);
};
constexpr Subcommand kSubcommands[] = {
    {"run", add_run},         {"solve", add_solve},     {"sample", add_sample},
    {"explain", add_explain}, {"compile", add_compile}, {"check", add_check},
    {"train", add_train},     {"digits", add_digits},   {"clevr", add_clevr},
    {"verify", add_verify},   {"abduce", add_abduce},   {"whatif", add_whatif},
    {"claims", add_claims},
};

int guarded(const Action& action) {
    try {
        return action();
    } catch (const CLI::Error& error) {
        std::fprintf(stderr, "entail: %s\n", error.what());
        return kUsageWrong;
    } catch (const ProgramError& error) {
        std::fputs(error.what(), stderr);
        return kProgramWrong;
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "entail: %s\n", error.what());
        return kUsageWrong;
    } catch (const std::bad_alloc&) {
        std::fputs("entail: out of memory; a lower --memory-limit gives a partial answer instead\n",
                   stderr);
        return kPartial;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "entail: %s\n", error.what());
        return kProgramWrong;
    }
}

}  // namespace

int run_command(int argc, char** argv) {
    CLI::App app{
        "Entail: programs that reason over what networks perceive, with probabilities and proofs.\n"
        "Exit codes: 0 done, 1 the program or its data is wrong, 2 wrong usage, 3 a limit was "
        "reached."};
    app.name("entail");
    app.require_subcommand(1);
    app.set_version_flag("--version", ENTAIL_VERSION);
    std::vector<std::pair<const char*, Action>> actions;
    for (const Subcommand& subcommand : kSubcommands) {
        actions.emplace_back(subcommand.name, subcommand.add(app));
    }
    bool is_known = argc < 2 || argv[1][0] == '-' ||
                    std::ranges::any_of(kSubcommands, [&](const Subcommand& subcommand) {
                        return std::string_view(subcommand.name) == argv[1];
                    });
    if (!is_known) {
        std::fprintf(stderr, "entail: '%s' is not a command; see entail --help\n", argv[1]);
        return kUsageWrong;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kDone : kUsageWrong;
    }
    watch_interrupts();
    for (const auto& [name, action] : actions) {
        if (app.got_subcommand(name)) return guarded(action);
    }
    return kUsageWrong;
}

}  // namespace entail::cli
