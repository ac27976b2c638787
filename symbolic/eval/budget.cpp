#include "symbolic/eval/budget.h"

namespace entail::eval {
namespace {

/// Errors of instances after which a run is given up: they tend to be one error many times.
constexpr std::size_t kMaxErrors = 20;

}  // namespace

void Budget::check(const ValueStore& values) const {
    if (limits_.interrupt != nullptr && limits_.interrupt->load(std::memory_order_relaxed)) {
        throw LimitReached{"interrupted"};
    }
    if (limits_.deadline && std::chrono::steady_clock::now() > *limits_.deadline) {
        throw LimitReached{"time"};
    }
    if (work_ > limits_.max_derivations) throw LimitReached{"derivations"};
    // A row costs its values, its place in the set and an index; a derivation its premises.
    std::size_t bytes = values_written_ * 8 + work_ * 48 + values.size() * 64;
    if (bytes > limits_.max_memory) throw LimitReached{"memory"};
    if (diagnostics_.error_count() >= kMaxErrors) throw LimitReached{"errors"};
}

}  // namespace entail::eval
