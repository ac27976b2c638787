#pragma once
// Sums of multiples of terms, the normal form of what is linear in unknown numbers.

#include <utility>
#include <vector>

#include "symbolic/base/value.h"

namespace entail::ir {

/// The sum of coefficient * term over `terms`, and `constant`. In a sum of integers all
/// coefficients are integers, in any other all are reals.
struct Linear {
    bool is_integer = true;
    std::vector<std::pair<Value, Value>> terms;  ///< (term, coefficient), terms in standard order
    Value constant;
    /// An integer has left 64 bits: the rest is meaningless.
    bool overflows = false;
    /// Some coefficient or constant had to be rounded.
    bool is_rounded = false;

    /// A number or an unknown as a sum.
    static Linear of(Value value, ValueStore& values);
    void add(const Linear& other, ValueStore& values);
    void multiply(Value number, ValueStore& values);
    void make_real(ValueStore& values);
    /// As a value: a number, a term, or a sum.
    Value value(ValueStore& values) const;
    /// Between what the sum without its constant lies.
    Interval interval(const ValueStore& values) const;
};

/// a + b and a * b with the result rounded away from what lies between, if it is not exact.
Interval sum(Interval a, Interval b);
Interval product(Interval a, Interval b);

}  // namespace entail::ir
