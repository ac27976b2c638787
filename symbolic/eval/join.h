#pragma once
// Runs one plan over a database: every way to satisfy a rule's body, one after the other.
//
// An index nested loop: each step has a cursor, a match goes one step deeper, a failure one step
// back. Nothing is undone on the way back, since a plan knows at each place what is bound.
// Cost: what the indices touch; no allocation per match once the vectors have grown.

#include <map>
#include <optional>
#include <vector>

#include "symbolic/eval/aggregate.h"
#include "symbolic/eval/budget.h"
#include "symbolic/eval/database.h"
#include "symbolic/eval/instance_errors.h"
#include "symbolic/eval/integer_range.h"
#include "symbolic/eval/plan.h"

namespace entail::eval {

class Join {
public:
    Join(Database& database, Budget& budget, InstanceErrors& errors);

    /// Which rows of a relation plans see until the next call: `old`, then fresh ones up to `now`.
    void set_window(ir::PredicateId predicate, Row old, Row now) {
        old_[predicate] = old;
        now_[predicate] = now;
    }
    bool has_fresh(ir::PredicateId predicate) const { return old_[predicate] < now_[predicate]; }

    /// Rule and plan must stay alive until the last next().
    void start(const ir::Rule& rule, const Plan& plan);
    /// Goes to the next match; false when there is none.
    bool next();

    /// Of the current match: the values of the rule's variables (no_value() in unbound ones) and
    /// the uncertain facts that it rests on.
    std::span<const Value> bindings() const { return bindings_; }
    const std::vector<provenance::Premise>& premises();
    Value no_value() const { return no_value_; }
    InstanceErrors::Instance instance() const {
        return {*rule_, bindings_, no_value_, database_.values};
    }

private:
    struct Cursor {
        bool started = false;
        Relation::Index* index = nullptr;
        Row row = 0, first = 0, end = 0;
        IntegerRange range;
        std::size_t position = 0;
        std::vector<Aggregate::Outcome> outcomes;
        std::optional<provenance::Premise> premise;
    };

    void open(const Step& step, Cursor& cursor);
    bool advance(const Step& step, Cursor& cursor);
    bool advance_atom(const Step& step, Cursor& cursor);
    bool advance_range(const Step& step, Cursor& cursor);
    bool start_range(const Step& step, Cursor& cursor);
    bool advance_values(const Step& step, Cursor& cursor);
    bool advance_aggregate(const Step& step, Cursor& cursor);
    bool test(const Step& step, Cursor& cursor);
    bool match(const Step& step, Value value) {
        return step.pattern->match(value, bindings_, database_.values);
    }
    void build_key(const Step& step);
    std::optional<Value> number(const ir::Term& expression, const Step& step);
    void report(ir::ArithmeticError error, const Step& step);
    Aggregate& aggregate_of(const Step& step);

    Database& database_;
    Budget& budget_;
    InstanceErrors& errors_;
    Value no_value_;
    std::vector<Row> old_, now_;  // by predicate

    const ir::Rule* rule_ = nullptr;
    const Plan* plan_ = nullptr;
    bool started_ = false;
    std::vector<Value> bindings_, key_;
    std::vector<Cursor> cursors_;
    std::vector<provenance::Premise> premises_;

    std::map<std::tuple<ir::PredicateId, ir::AggregateOp, std::vector<std::uint32_t>>, Aggregate>
        aggregates_;
};

}  // namespace entail::eval
