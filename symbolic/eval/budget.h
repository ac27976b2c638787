#pragma once
// What evaluation may use, and how much it has used: rows, derivations, memory, time.

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "symbolic/base/diagnostic.h"
#include "symbolic/eval/database.h"

namespace entail::eval {

struct Limits {
    std::size_t max_derivations = 100'000'000;       ///< rows and derivations together
    std::size_t max_memory = std::size_t{8} << 30U;  ///< bytes
    std::optional<std::chrono::steady_clock::time_point> deadline;
    const std::atomic<bool>* interrupt = nullptr;
    /// Sums and counts of independent choices with more states than this become laws (see
    /// Database::laws) instead of derivations; nothing: none do.
    std::optional<std::size_t> law_from;
    unsigned threads = 1;  ///< how many may work on one evaluation; 0: as many as processors
};

/// A limit was reached; evaluate() catches it and names it in its result.
struct LimitReached {
    std::string name;
};

class Budget {
public:
    Budget(const Limits& limits, const Diagnostics& diagnostics, const Database& database)
        : limits_(limits), diagnostics_(diagnostics), database_(database) {}

    /// Looks at the limits. Throws LimitReached. To be called every few ten thousand steps of a
    /// loop, by any thread while none changes the database.
    void check() const;

private:
    Limits limits_;
    const Diagnostics& diagnostics_;
    const Database& database_;
};

}  // namespace entail::eval
