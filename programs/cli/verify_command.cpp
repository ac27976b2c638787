// entail verify: properties proved for every value of every choice, or refuted by a witness.

#include <algorithm>

#include "programs/cli/command.h"
#include "programs/cli/options.h"

namespace entail::cli {

Action add_verify(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "verify", "Prove or refute the program's properties over every value of every choice");
    auto options = std::make_shared<CommonOptions>();
    options->add_to(*command);
    options->add_format(*command);
    return [options] {
        const std::vector<Verdict> verdicts = options->make_engine().verify();
        print(options->wants_json() ? to_json(verdicts) : to_text(verdicts));
        if (verdicts.empty())
            print_error("entail: the program states no property: never, always or invariant\n");
        std::vector<std::string> reasons;
        for (const Verdict& verdict : verdicts) {
            const bool is_new = std::ranges::find(reasons, verdict.reason) == reasons.end();
            if (verdict.status == Verdict::Status::unknown && is_new)
                reasons.push_back(verdict.reason);
        }
        return report_limits(reasons, "some properties are undecided");
    };
}

}  // namespace entail::cli
