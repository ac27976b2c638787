// entail whatif: interventions and counterfactuals, and the least change that changes a decision.

#include "programs/cli/command.h"
#include "programs/cli/options.h"

namespace entail::cli {

Action add_whatif(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "whatif",
        "Ask what would be, had something been set; or what must change to change a goal");
    struct Arguments {
        CommonOptions common;
        std::vector<std::string> queries, settings, only;
        std::string flip;
        bool most_probable = false;
    };
    auto arguments = std::make_shared<Arguments>();
    arguments->common.add_to(*command);
    command->add_option("QUERY", arguments->queries,
                        "What is asked of the changed world; the program's queries if missing");
    command
        ->add_option("--do", arguments->settings,
                     "Set a ground atom, whatever its rules say: 'flu' or 'flu = false'")
        ->type_name("ATOM")
        ->allow_extra_args(false);
    auto* flip = command
                     ->add_option("--flip", arguments->flip,
                                  "Find the fewest changes to choices and facts that change the "
                                  "truth of these ground literals")
                     ->type_name("GOAL");
    command
        ->add_option("--only", arguments->only,
                     "With --flip: nothing but this predicate may change (again for more)")
        ->type_name("PREDICATE")
        ->allow_extra_args(false)
        ->needs(flip);
    command
        ->add_flag("--most-probable", arguments->most_probable,
                   "With --flip: the most probable change instead of the smallest")
        ->needs(flip);
    arguments->common.add_format(*command);
    return [arguments, flip] {
        const bool wants_json = arguments->common.wants_json();
        if (flip->count() != 0) {
            if (!arguments->settings.empty() || !arguments->queries.empty())
                throw CLI::ValidationError("--flip", "goes without --do and QUERY");
            const FlipAnswer answer = arguments->common.make_engine().flip(
                arguments->flip, arguments->most_probable, arguments->only);
            print(wants_json ? to_json(answer) : to_text(answer));
            return report_limits(answer.limits, "a smaller change may exist");
        }
        const RunResult result =
            arguments->common.make_engine().what_if(arguments->settings, arguments->queries);
        print(wants_json ? to_json(result) : to_text(result));
        if (result.results.empty())
            print_error("entail: nothing is asked: the program has no query\n");
        return report_limits(result.limits, "answers are partial");
    };
}

}  // namespace entail::cli
