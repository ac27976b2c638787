#pragma once
// One world: the stratified least model under fixed choices, computed on demand and naively.
// A call is a predicate with some arguments given; its answers are iterated to a fixpoint together
// with those of the calls in its recursive component, and any other call is completed first.

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "tests/programs/oracle/reading.h"

namespace entail::tests {

using Tuple = std::vector<Id>;
using Key = std::vector<int>;  ///< clause, then the instance's values, -1 for none

/// Thrown when the world needs a choice that is not fixed yet.
struct Undecided {
    Key instance;
    bool free = false;
    std::vector<std::pair<int, double>> values;  ///< value and weight; weights above 0 only
};

/// Values are the number of a head, of a drawn value, of an element of a domain; kSilent is none.
inline constexpr int kSilent = -1;
using Decisions = std::map<Key, int>;

class World {
public:
    World(Reading& reading, const Decisions& decisions)
        : reading_(reading), decisions_(decisions) {}

    bool violates(const Clause& constraint);
    /// The instances of the question's atom that hold.
    std::set<Tuple> holding(const Question& question);

private:
    struct Table {
        std::vector<Tuple> answers;
        std::set<Tuple> seen;
    };
    using Call = std::vector<int>;  // predicate, then arguments, -1 where free
    struct Fixpoint {
        int component = -1;
        std::vector<Call> calls;
        std::map<Call, Table> tables;
        bool changed = false;
    };
    using Bindings = std::vector<Id>;
    struct Then;  // what to do at each solution

    const Predicate& predicate(int number) const {
        return reading_.predicates[static_cast<std::size_t>(number)];
    }
    const std::vector<Tuple>& complete(const Call& call);
    void derive(const Call& call, Fixpoint& fixpoint);
    void derive_heads(const Call& call, int clause, int head, Fixpoint& fixpoint);

    void solve(std::vector<const Goal*> goals, Bindings& bindings, Fixpoint* fixpoint,
               const Then& then);
    void solve(const Goals& goals, Bindings& bindings, Fixpoint* fixpoint, const Then& then);
    void run(const Goal& goal, Bindings& bindings, Fixpoint* fixpoint, const Then& then);
    void run_atom(const Goal& goal, Bindings& bindings, Fixpoint* fixpoint, const Then& then);
    void run_library(const Goal& goal, Bindings& bindings, const Then& then);
    void run_comparison(const Goal& goal, Bindings& bindings, const Then& then);
    void run_aggregate(const Goal& goal, Bindings& bindings, const Then& then);
    bool ready(const Goal& goal, const Bindings& bindings) const;
    bool library_ready(const Goal& goal, const Bindings& bindings) const;

    bool bound(const Pattern& pattern, const Bindings& bindings) const;
    Id value(const Pattern& pattern, const Bindings& bindings);
    bool match(const Pattern& pattern, Id id, Bindings& bindings) const;
    enum class Unified { yes, no, stuck };
    Unified unify(const Pattern& a, const Pattern& b, Bindings& bindings);
    Number evaluate(const Pattern& pattern, const Bindings& bindings);
    Number number(Id id) const;
    Id term(const Number& number);
    bool compare(ast::ComparisonOp op, const Number& a, const Number& b) const;
    std::vector<Id> elements(const Domain& domain, const Bindings& bindings);

    int decide(int clause_number, const Bindings& bindings);
    double weight(const Chance& chance, const Bindings& bindings);
    std::vector<std::pair<int, double>> outcomes(const std::vector<const Chance*>& chances,
                                                 const Bindings& bindings);

    Reading& reading_;
    const Decisions& decisions_;
    std::map<Call, std::vector<Tuple>> done_;
};

}  // namespace entail::tests
