// entail explain: the most probable proof of an atom.

#include "programs/cli/command.h"
#include "programs/cli/options.h"
#include "symbolic/proof/json.h"
#include "symbolic/proof/print_text.h"

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
        proof::Proof proof = engine.explain(arguments->atom);
        print(arguments->options.wants_json() ? proof::to_json(proof) : proof::print_text(proof));
        return proof.search == proof::Proof::Search::best ? kDone : kPartial;
    };
}

}  // namespace entail::cli
