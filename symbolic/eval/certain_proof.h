#pragma once
// Rule instances found again: bindings and premises of a conclusion of which evaluation has kept
// the row, or the uncertain premises, alone.
//
// The head (and, where there is one, the choice's instance) is matched first, then the body is
// joined through indices of this class's own: a Database is only read. A certain row's premises are
// of lower rounds, so proofs of certain rows end.
// Cost: as one join with the head bound; `effort` ends it.

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "symbolic/eval/database.h"
#include "symbolic/eval/plan.h"

namespace entail::eval {

struct RuleInstance {
    ir::RuleId rule = ir::kNone;
    std::vector<Value> bindings;  ///< by variable
    std::vector<bool> bound;      ///< by variable: all, unless matching stopped half-way
    /// What each literal of the body rests on.
    struct Support {
        Row row = kNoRow;                             ///< of an atom
        provenance::NodeId node = provenance::kNone;  ///< where it is uncertain
        Value value;                                  ///< of an aggregate
    };
    std::vector<Support> supports;
};

class RuleMatcher {
public:
    RuleMatcher(const ir::Program& program, const Database& database);

    /// The database's values and those that matching made.
    ValueStore& values() { return values_; }
    const ValueStore& values() const { return values_; }

    /// An instance of `rule` whose head `head` is `tuple`, from certain rows of rounds below
    /// `round` alone.
    std::optional<RuleInstance> certain(ir::RuleId rule, std::uint32_t head,
                                        std::span<const Value> tuple, std::uint32_t round);
    /// The instance that `derivation`, whose head is `tuple`, stands for.
    std::optional<RuleInstance> derived(const provenance::Derivation& derivation,
                                        std::span<const Value> tuple);
    /// Where matching ends when no instance of `rule` gives `tuple`: the literal of the body that
    /// fails after the longest way, and the instance until there. Nothing if the head does not fit.
    struct Obstacle {
        RuleInstance instance;
        std::uint32_t literal;
    };
    std::optional<Obstacle> obstacle(ir::RuleId rule, std::uint32_t head,
                                     std::span<const Value> tuple);

    /// The rules and heads that may give rows of `predicate`.
    const std::vector<std::pair<ir::RuleId, std::uint32_t>>& rules_of(ir::PredicateId p) const {
        return rules_of_[p];
    }
    /// The rows whose first columns hold `prefix`, in standard order of their tuples.
    std::vector<Row> rows_with_prefix(ir::PredicateId predicate, std::span<const Value> prefix);

private:
    /// What rows and premises an instance may rest on.
    struct Allowed {
        enum class Rows : std::uint8_t { certain, derivation, any } rows;
        std::uint32_t round = 0;
        std::span<const provenance::Premise> premises;
        std::span<const Value> key;  ///< of the choice
    };
    struct HeadPlan {
        ir::Rule rule;                       // with the head (and the key) as a first literal
        std::vector<std::uint32_t> columns;  // the head's columns that it holds
        std::size_t keys = 0;                // and how many values of the key
        Plan plan;
    };
    struct Cursor;

    HeadPlan& plan(ir::RuleId rule, std::uint32_t head, bool with_key);
    std::optional<RuleInstance> match(ir::RuleId rule, std::uint32_t head,
                                      std::span<const Value> tuple, const Allowed& allowed);
    bool match_head(const HeadPlan& plan, std::span<const Value> tuple, const Allowed& allowed);
    void start(const Step& step, Cursor& cursor);
    bool advance(const Step& step, Cursor& cursor, const Allowed& allowed);
    bool advance_atom(const Step& step, Cursor& cursor, const Allowed& allowed);
    bool start_range(const Step& step, Cursor& cursor);
    void find_outcomes(const Step& step, Cursor& cursor, const Allowed& allowed);
    std::optional<Value> certain_outcome(const ir::Literal& literal, std::span<const Value> group);
    bool test(const Step& step, Cursor& cursor, const Allowed& allowed);
    std::optional<Value> number(const ir::Term& expression);
    bool fits(const Step& step, Value value) {
        return step.pattern->match(value, bindings_, values_);
    }
    std::vector<Value> build_key(const Step& step);
    RuleInstance instance(const HeadPlan& plan, ir::RuleId rule, std::size_t depth,
                          const std::vector<Cursor>& cursors) const;
    bool uses_all(const Allowed& allowed, const std::vector<Cursor>& cursors,
                  std::size_t depth) const;
    const Index& index(ir::PredicateId predicate, Columns columns);

    const ir::Program& program_;
    const Database& database_;
    ValueStore values_;
    std::vector<std::vector<std::pair<ir::RuleId, std::uint32_t>>> rules_of_;
    std::map<std::tuple<ir::RuleId, std::uint32_t, bool>, std::unique_ptr<HeadPlan>> plans_;
    std::map<std::pair<ir::PredicateId, Columns>, std::unique_ptr<Index>> indices_;
    std::vector<Value> bindings_;
    std::optional<Obstacle> obstacle_;
    std::size_t furthest_ = 0, work_ = 0;
};

}  // namespace entail::eval
