#include "symbolic/eval/budget.h"

namespace entail::eval {
namespace {

/// Errors of instances after which a run is given up: they tend to be one error many times.
constexpr std::size_t kMaxErrors = 20;

}  // namespace

void Budget::check() const {
    if (limits_.interrupt != nullptr && limits_.interrupt->load(std::memory_order_relaxed)) {
        throw LimitReached{"interrupted"};
    }
    if (limits_.deadline && std::chrono::steady_clock::now() > *limits_.deadline) {
        throw LimitReached{"time"};
    }
    std::size_t work = database_.graph.derivation_count(), bytes = database_.bytes();
    for (const Relation& relation : database_.relations) {
        work += relation.size();
        bytes += relation.bytes();
    }
    if (work > limits_.max_derivations) throw LimitReached{"derivations"};
    if (bytes > limits_.max_memory) throw LimitReached{"memory"};
    if (diagnostics_.error_count() >= kMaxErrors) throw LimitReached{"errors"};
}

}  // namespace entail::eval
