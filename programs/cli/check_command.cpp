// entail check: what is wrong with a program, without running it.

#include "programs/cli/command.h"
#include "programs/cli/options.h"
#include "programs/loader.h"

namespace entail::cli {

Action add_check(CLI::App& app) {
    CLI::App* command = app.add_subcommand("check", "Show what is wrong with a program");
    struct Arguments {
        std::vector<std::string> programs, roots;
    };
    auto arguments = std::make_shared<Arguments>();
    command->add_option("PROGRAM", arguments->programs, "Programs, files that end in .ent")
        ->required();
    command
        ->add_option("--root", arguments->roots, "A folder the programs may read besides their own")
        ->type_name("FOLDER")
        ->allow_extra_args(false);
    return [arguments] {
        bool all_right = true;
        std::vector<std::filesystem::path> roots(arguments->roots.begin(), arguments->roots.end());
        for (const std::string& program : arguments->programs) {
            LoadedProgram loaded = load_file(program, roots);
            print(render(loaded.diagnostics, loaded.sources));
            all_right = all_right && !loaded.diagnostics.has_errors();
        }
        return all_right ? kDone : kProgramWrong;
    };
}

}  // namespace entail::cli
