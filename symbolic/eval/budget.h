#pragma once
// What evaluation may use, and how much it has used: rows, derivations, memory, time.

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "symbolic/base/diagnostic.h"
#include "symbolic/base/value.h"

namespace entail::eval {

struct Limits {
    std::size_t max_derivations = 100'000'000;       ///< rows and derivations together
    std::size_t max_memory = std::size_t{8} << 30U;  ///< bytes, estimated
    std::optional<std::chrono::steady_clock::time_point> deadline;
    const std::atomic<bool>* interrupt = nullptr;
};

/// A limit was reached; evaluate() catches it and names it in its result.
struct LimitReached {
    std::string name;
};

class Budget {
public:
    Budget(const Limits& limits, const Diagnostics& diagnostics)
        : limits_(limits), diagnostics_(diagnostics) {}

    /// One row or derivation more, of `values` values.
    void add_work(std::size_t values) {
        ++work_;
        values_written_ += values;
    }
    /// To be called in loops: looks at the limits every now and then. Throws LimitReached.
    void step(const ValueStore& values) {
        if (++steps_ % 65536 == 0) check(values);
    }
    void check(const ValueStore& values) const;

private:
    Limits limits_;
    const Diagnostics& diagnostics_;
    std::size_t work_ = 0, values_written_ = 0, steps_ = 0;
};

}  // namespace entail::eval
