// entail claims: what a knowledge base says about claims, with reasons.

#include "programs/claims/claims.h"
#include "programs/cli/command.h"
#include "programs/cli/options.h"

namespace entail::cli {

Action add_claims(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "claims", "Judge claims by a knowledge base: entailed, contradicted or unknown, and why");
    struct Arguments {
        CommonOptions options;
        std::string claims;
    };
    auto arguments = std::make_shared<Arguments>();
    arguments->options.add_to(*command);
    arguments->options.add_format(*command);
    command->add_option("CLAIMS", arguments->claims,
                        "A file of claims; without it, those of PROGRAM");
    return [arguments] {
        KnowledgeBase base = KnowledgeBase::from_file(arguments->options.program,
                                                      arguments->options.engine_options());
        for (const std::string& literal : arguments->options.given) base.give(literal);
        if (!arguments->claims.empty()) base.add_claims_file(arguments->claims);
        const Judgements judgements = base.judge();
        print_error(base.warnings());
        print(arguments->options.wants_json() ? to_json(judgements) : to_text(judgements));
        const int code =
            report_limits(judgements.limits, "undecided claims may be decided by more");
        return judgements.is_complete() ? code : kPartial;
    };
}

}  // namespace entail::cli
