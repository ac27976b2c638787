// entail sample: worlds drawn by their probabilities, given constraints and evidence.

#include "programs/cli/command.h"
#include "programs/cli/options.h"

namespace entail::cli {

Action add_sample(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "sample", "Draw worlds by their probabilities: a line each, with the queried atoms");
    struct Arguments {
        CommonOptions options;
        std::size_t count = 1;
        std::uint64_t seed = 1;
    };
    auto arguments = std::make_shared<Arguments>();
    arguments->options.add_to(*command);
    arguments->options.add_format(*command);
    command->add_option("-n,--count", arguments->count, "How many")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, std::size_t{100'000'000}))
        ->capture_default_str();
    command->add_option("--seed", arguments->seed, "Other samples for another seed")
        ->type_name("N")
        ->capture_default_str();
    return [arguments] {
        const SampleResult result =
            arguments->options.make_engine().sample(arguments->count, arguments->seed);
        print(arguments->options.wants_json() ? to_json(result) : to_text(result));
        return report_limits(result.limits, "samples are missing");
    };
}

}  // namespace entail::cli
