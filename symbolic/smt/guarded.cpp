#include <condition_variable>
#include <mutex>
#include <thread>

#include "symbolic/smt/z3_state.h"

// Idea: Z3's own time limit is not looked at everywhere, and its memory limit is one of the whole
// process, for ever. So a second thread sleeps until the deadline, or looks at the memory and the
// flag now and then, and interrupts. An interrupt between two steps of Z3 can get lost, so it is
// repeated until the call returns.

namespace entail::smt {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLook{20};    // at flag and memory
constexpr milliseconds kRepeat{10};  // of an interrupt

class Watch {
public:
    Watch(z3::context& context, const Limits& limits)
        : context_(context), limits_(limits), thread_([this] { run(); }) {}
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    /// The limit that was reached, or nothing.
    std::string stop() {
        {
            std::lock_guard lock(mutex_);
            done_ = true;
        }
        wake_.notify_one();
        thread_.join();
        return reached_;
    }

private:
    std::string limit_reached() const {
        if (limits_.interrupt != nullptr && limits_.interrupt->load()) return "interrupted";
        if (limits_.deadline && std::chrono::steady_clock::now() >= *limits_.deadline)
            return "time";
        if (limits_.max_memory != 0 && Z3_get_estimated_alloc_size() > limits_.max_memory)
            return "memory";
        return "";
    }
    void run() {
        std::unique_lock lock(mutex_);
        const bool only_time = limits_.interrupt == nullptr && limits_.max_memory == 0;
        while (!done_) {
            if (reached_.empty()) reached_ = limit_reached();
            if (!reached_.empty()) {
                context_.interrupt();
                wake_.wait_for(lock, kRepeat, [&] { return done_; });
            } else if (only_time) {
                wake_.wait_until(lock, *limits_.deadline, [&] { return done_; });
            } else {
                wake_.wait_for(lock, kLook, [&] { return done_; });
            }
        }
    }

    z3::context& context_;
    const Limits& limits_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool done_ = false;
    std::string reached_;
    std::thread thread_;  // last: it uses the others
};

/// An interruption that came too late for its check would be one of whatever is done next, which
/// may then be done by half, in silence. Trivial checks take it.
void settle(z3::context& context) {
    constexpr int kTries = 10;
    for (int i = 0; i < kTries; ++i) {
        try {
            z3::solver solver(context, z3::solver::simple());
            const z3::expr p = context.bool_const("settled");
            solver.add(p);
            if (solver.check() == z3::sat && solver.get_model().eval(p).is_true()) return;
        } catch (const z3::exception&) {
        }
    }
}

}  // namespace

Guarded guarded(z3::context& context, const Limits& limits,
                const std::function<z3::check_result()>& check,
                const std::function<std::string()>& reason_unknown) {
    std::optional<Watch> watch;
    if (limits.deadline || limits.max_memory != 0 || limits.interrupt != nullptr)
        watch.emplace(context, limits);
    Guarded result;
    try {
        const z3::check_result answer = check();
        result.check = answer == z3::sat     ? Check::satisfiable
                       : answer == z3::unsat ? Check::unsatisfiable
                                             : Check::unknown;
        if (answer == z3::unknown) result.reason = reason_unknown();
    } catch (const z3::exception& error) {
        result.reason = error.msg();
    }
    const std::string limit = watch ? watch->stop() : "";
    if (limit.empty()) return result;
    settle(context);
    // A model that Z3 was checking against quantifiers when it was interrupted may be none.
    if (result.check == Check::satisfiable) result.check = Check::unknown;
    if (result.check == Check::unknown) result.reason = limit;
    return result;
}

}  // namespace entail::smt
