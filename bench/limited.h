#pragma once
// A program under limits, in a process of its own.

#include <string>

#include "bench/harness.h"
#include "programs/engine.h"

namespace entail::bench {

struct LimitedRun {
    bool answered =
        false;  ///< the process came to an end by itself and the first query has an answer
    double lower = 0, upper = 1;
    bool exact = false;
    double seconds = 0, megabytes = 0;

    /// Neither limit exceeded by more than a tenth.
    bool is_within(double time_limit, double memory_limit) const {
        return seconds <= 1.1 * time_limit && megabytes <= 1.1 * memory_limit;
    }
    std::string result() const {
        if (!answered) return "no answer";
        if (exact) return fmt::format("{:.9g}", lower);
        return fmt::format("[{:.6g}, {:.6g}]", lower, upper);
    }
};

/// Asks the one query of `program`. Limits in seconds and MiB; one thread.
inline LimitedRun run_limited(const std::string& program, double time_limit, double memory_limit) {
    const ChildResult child = in_child([&] {
        Options options;
        options.threads = 1;
        options.time_limit = time_limit;
        options.memory_limit = static_cast<std::size_t>(memory_limit) << 20U;
        const RunResult result = Engine::from_text(program, options).run();
        if (result.results[0].answers.empty()) return std::string("0 1 0");
        const Answer& answer = result.results[0].answers[0];
        return fmt::format("{:.17g} {:.17g} {}", answer.lower, answer.upper,
                           answer.kind == AnswerKind::exact ? 1 : 0);
    });
    LimitedRun run;
    int exact = 0;
    run.answered =
        std::sscanf(child.text.c_str(), "%lf %lf %d", &run.lower, &run.upper, &exact) == 3;
    run.exact = exact == 1;
    run.seconds = child.seconds;
    run.megabytes = child.megabytes;
    return run;
}

}  // namespace entail::bench
