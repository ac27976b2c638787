#pragma once
// Expressions over numbers that are not known yet, in Z3.
//
// An unknown gets a variable of its sort and its bounds when it is first met. Division by an
// expression is division in every world: evaluation refuses divisors that may be 0.

#include <functional>
#include <unordered_map>

#include "symbolic/eval/database.h"
#include "symbolic/smt/solver.h"

namespace entail::decide {

class TheoryTerms {
public:
    /// `add` receives the bounds. Keeps references to all three.
    TheoryTerms(const eval::Database& database, smt::Context& context,
                std::function<void(smt::Term)> add);

    /// Of a number, known or not.
    smt::Term number(Value value);
    /// Of a known number of any store.
    smt::Term constant(Value value, const ValueStore& values);
    /// Whether number() has been asked for it: models speak of it then.
    bool mentions(Value value) const { return numbers_.contains(value); }
    smt::Term holds(const eval::TheoryLiteral& literal);
    /// Whether two terms are equal: numbers of one sort by value, compounds by their arguments.
    smt::Term equal(Value a, Value b);
    /// The term with its unknown parts replaced by what the model says: known, as far as doubles
    /// and 64-bit integers can say it. `values` gets what is new.
    Value known(Value value, const smt::Model& model, ValueStore& values);

private:
    const eval::Database& database_;
    smt::Context& context_;
    std::function<void(smt::Term)> add_;
    std::unordered_map<Value, smt::Term> numbers_;
};

}  // namespace entail::decide
