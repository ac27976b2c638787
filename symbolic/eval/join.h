#pragma once
// Runs one plan over a database: every way to satisfy a rule's body, one after the other.
//
// An index nested loop: each step has a cursor, a match goes one step deeper, a failure one step
// back. Nothing is undone on the way back, since a plan knows at each place what is bound. A plan
// that only reads can be run by several joins at once, each over its part of the first step's rows.
// Cost: what the indices touch; no allocation per match once the vectors have grown.

#include <optional>
#include <vector>

#include "symbolic/eval/aggregate_cache.h"
#include "symbolic/eval/budget.h"
#include "symbolic/eval/builtin_answers.h"
#include "symbolic/eval/database.h"
#include "symbolic/eval/instance_errors.h"
#include "symbolic/eval/integer_range.h"
#include "symbolic/eval/plan.h"
#include "symbolic/eval/theory.h"

namespace entail::eval {

/// Which rows of each relation a round looks at: `old` ones, then fresh ones up to `now`.
struct Windows {
    std::vector<Row> old, now;  // by predicate
    bool has_fresh(ir::PredicateId predicate) const { return old[predicate] < now[predicate]; }
    Row first(const ir::Atom& atom, Rows rows) const {
        return rows == Rows::fresh ? old[atom.predicate] : 0;
    }
    Row end(const ir::Atom& atom, Rows rows) const {
        return rows == Rows::old ? old[atom.predicate] : now[atom.predicate];
    }
};

/// Makes the indices that `plan` looks into and brings them up to `windows`.
void prepare(Plan& plan, std::vector<Relation>& relations, const Windows& windows);

class Join {
public:
    /// Without `errors`, `aggregates` and `theory` it runs plans that only read, in any thread.
    Join(Database& database, const Budget& budget, const Windows& windows, InstanceErrors* errors,
         AggregateCache* aggregates, Theory* theory);

    /// Rule and plan, which is prepared, must stay alive until the last next(). A first step that
    /// scans looks at its rows of [first, end) alone.
    void start(const ir::Rule& rule, const Plan& plan, Row first = 0, Row end = kNoRow);
    /// The same with the tuple that Start::given is matched with.
    void start(const ir::Rule& rule, const Plan& plan, std::span<const Value> given) {
        start(rule, plan);
        given_ = given;
    }
    /// Goes to the next match; false when there is none.
    bool next();
    /// After a certain match: leaves out other ways to the same head.
    void skip_same_head() {
        if (plan_->head_step != Plan::kNoStep) depth_ = plan_->head_step;
    }
    /// A comparison went wrong and there was nowhere to report it.
    bool has_failed() const { return has_failed_; }

    /// Of the current match: the values of the rule's variables (no_value() in unbound ones) and
    /// the uncertain facts that it rests on.
    std::span<const Value> bindings() const { return bindings_; }
    const std::vector<provenance::Premise>& premises();
    Value no_value() const { return no_value_; }
    InstanceErrors::Instance instance() const {
        return {*rule_, bindings_, no_value_, database_.values};
    }
    /// The tuple of the plan's head.
    std::span<const Value> head();

private:
    struct Cursor {
        bool started = false;
        std::span<const Row> list;  // of a lookup: the rows that are left
        Row row = 0, end = 0;       // of a scan
        std::size_t driver = 0;     // of an intersection: the member that is walked
        IntegerRange range;
        std::size_t position = 0;
        std::vector<Aggregate::Outcome> outcomes;
        BuiltinAnswers answers;
        std::vector<provenance::Premise> premises;
    };

    void open(const Step& step, Cursor& cursor);
    void open_intersection(const Step& step, Cursor& cursor);
    bool advance(const Step& step, Cursor& cursor);
    bool advance_scan(const Step& step, Cursor& cursor);
    bool advance_lookup(const Step& step, Cursor& cursor);
    bool advance_intersection(const Step& step, Cursor& cursor);
    bool matches(const Step& step, std::span<const Value> tuple);
    bool take(const Step& step, const Relation& relation, Row row, Cursor& cursor);
    bool probe(const Relation& relation, const ir::Atom& atom, Rows rows, Cursor& cursor);
    bool advance_range(const Step& step, Cursor& cursor);
    bool start_range(const Step& step, Cursor& cursor);
    bool test_range(const Step& step, Cursor& cursor);
    bool advance_values(const Step& step, Cursor& cursor);
    bool advance_aggregate(const Step& step, Cursor& cursor);
    bool advance_builtin(const Step& step, Cursor& cursor);
    bool can_follow(const Step& step);
    bool advance_unknown(const Step& step);
    bool test(const Step& step, Cursor& cursor);
    bool match(const Step& step, Value value) {
        return step.pattern->match(value, bindings_, database_.values);
    }
    std::span<const Row> window(std::span<const Row> rows, const ir::Atom& atom, Rows which) const;
    bool head_is_known();
    void build_key(const std::vector<ir::Term>& terms);
    void build_key(const std::vector<Operand>& operands);
    std::optional<Value> number(const ir::Term& expression, const Step& step);
    void report(ir::ArithmeticError error, const Step& step);
    std::vector<Value> bound_before(const Step& step) const;
    void tick() {
        if ((++steps_ & 0xFFFFU) == 0) budget_.check();
    }

    Database& database_;
    const Budget& budget_;
    const Windows& windows_;
    InstanceErrors* errors_;
    AggregateCache* aggregates_;
    Theory* theory_;
    Value no_value_;

    const ir::Rule* rule_ = nullptr;
    const Plan* plan_ = nullptr;
    Row first_ = 0, end_ = kNoRow;  // the part of the first step
    std::span<const Value> given_;
    bool started_ = false, has_failed_ = false;
    bool may_be_uncertain_ = true;  // whether some premise may be
    std::size_t depth_ = 0;
    std::uint32_t steps_ = 0;
    std::vector<Value> bindings_, key_, head_;
    std::vector<Cursor> cursors_;
    std::vector<provenance::Premise> premises_;
};

}  // namespace entail::eval
