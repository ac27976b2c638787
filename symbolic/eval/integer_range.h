#pragma once
// The integers of `X in low..high`, one after the other, up to the largest that there is.

#include <cstdint>
#include <optional>

#include "symbolic/base/value.h"

namespace entail::eval {

class IntegerRange {
public:
    IntegerRange() = default;  ///< empty
    /// Both included. With `given`, which need not be an integer, that one alone if it lies
    /// between.
    IntegerRange(std::int64_t low, std::int64_t high, std::optional<Value> given,
                 const ValueStore& values) {
        if (given) {
            if (values.kind(*given) != ValueKind::integer) return;
            std::int64_t number = values.as_integer(*given);
            if (number < low || number > high) return;
            low = high = number;
        }
        if (low > high) return;
        next_ = low;
        remaining_ = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
        // All 2^64 integers are one too many to count; nobody will see the end of them.
        if (remaining_ < UINT64_MAX) ++remaining_;
    }

    bool is_empty() const { return remaining_ == 0; }
    /// Takes the first one off. Must not be empty.
    std::int64_t take() {
        std::int64_t number = next_;
        // The last one may be the largest integer there is.
        if (--remaining_ > 0) ++next_;
        return number;
    }

private:
    std::int64_t next_ = 0;
    std::uint64_t remaining_ = 0;
};

}  // namespace entail::eval
