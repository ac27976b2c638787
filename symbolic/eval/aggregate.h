#pragma once
// Aggregates over uncertain members, as derivations: the law of a sum, not an enumeration of
// subsets.
//
// The members of a group are sorted into *bundles*: the members that are exactly "choice c takes
// alternative k" for one c form a bundle (a die and its faces), every other uncertain member is one
// of its own. For sums and counts, a state (bundle i, rest r) stands for "the bundles from i on add
// up to r"; it follows from each case of bundle i and the state (i + 1, r - what the case adds).
// A long sum of choices alone may instead stay a law, which is counted by convolution.
// States are nodes of the derivation graph, made when they are first asked for and shared by all
// outcomes. For min and max, an outcome holds if some member with that value does and none beyond.
// Where values are not known yet, a sum is an expression, and so is an extremum of certain members;
// any of those and each uncertain member is an outcome, if no other is beyond it.
// Cost: bundles x distinct partial sums x cases. Thirty dice have 6^30 worlds and 4,500 states.

#include <optional>
#include <unordered_map>
#include <vector>

#include "symbolic/eval/database.h"
#include "symbolic/eval/theory.h"
#include "symbolic/ir/arithmetic.h"

namespace entail::eval {

/// The choice literal that `node` is nothing but a name for, if it is one.
std::optional<provenance::ChoiceLiteral> as_choice(const provenance::DerivationGraph& graph,
                                                   provenance::NodeId node);

/// One group of one aggregate: a sum, a count, a least or a greatest member.
class Aggregate {
public:
    /// The first component of a tuple that belongs to the group.
    struct Member {
        Value value;
        provenance::NodeId node;  ///< kNone: certain
        bool never = false;
    };
    /// `members`: in a fixed order; `law_from`: see Limits.
    Aggregate(Database& database, Theory& theory, std::uint32_t instance, ir::AggregateOp function,
              const std::vector<Member>& members, std::optional<std::size_t> law_from = {});

    ir::ArithmeticError error() const { return error_; }

    struct Outcome {
        Value value;
        provenance::NodeId node;  ///< kNone: certain
    };
    /// Every value that some world may give, in standard order. More than `limit` partial sums set
    /// `exceeded`, and the result is then empty.
    std::vector<Outcome> outcomes(std::size_t limit, bool& exceeded);
    /// That one value, nothing if no world gives it.
    std::optional<Outcome> outcome(Value value, std::size_t limit, bool& exceeded);

private:
    struct Case {
        Value adds;
        provenance::NodeId node = provenance::kNone;  // a member that holds …
        bool negated = false;                         // … or does not
        provenance::ChoiceLiteral choice;             // or an alternative of the bundle's choice
    };
    static constexpr std::size_t kNoLaw = static_cast<std::size_t>(-1);
    using Bundle = std::vector<Case>;
    /// "The bundles from here on add up to this": by which cases, with which state after.
    struct State {
        provenance::NodeId node = provenance::kNone;
        std::vector<std::pair<std::uint32_t, Value>> ways;
    };

    bool is_sum() const {
        return function_ == ir::AggregateOp::sum || function_ == ir::AggregateOp::count;
    }
    void rank_unknown(const std::vector<std::pair<Value, provenance::NodeId>>& members);
    bool fold_certain(Value value);
    std::optional<provenance::NodeId> unknown_extremum(Value value);
    void make_bundles(const std::vector<std::pair<Value, provenance::NodeId>>& members);
    /// Makes the sum a law if it is one that can and should be; see Database::laws.
    void find_law();
    Outcome law_outcome(std::size_t position);
    void find_sums(std::size_t limit, bool& exceeded);
    provenance::NodeId state(std::size_t bundle, Value rest);
    std::optional<provenance::NodeId> extremum(Value value);
    provenance::NodeId step_node();
    Outcome named(Value value, provenance::NodeId node);

    Database& database_;
    Theory& theory_;
    std::uint32_t instance_;
    ir::AggregateOp function_;
    ir::ArithmeticError error_ = ir::ArithmeticError::none;

    bool has_certain_ = false;
    Value certain_;  // the sum, count or extremum of the certain members
    std::vector<Bundle> bundles_;
    // states_[i]: what the bundles from i on can add up to; filled by find_sums.
    std::vector<std::unordered_map<Value, State>> states_;
    std::optional<std::size_t> law_from_;
    std::size_t law_ = kNoLaw;       // index into Database::laws
    std::vector<bool> is_possible_;  // by position in that law
    // For min and max: the uncertain members by value, the winning end first.
    std::vector<std::pair<Value, std::vector<provenance::NodeId>>> by_value_;
    std::vector<provenance::NodeId> any_, none_before_;
    std::unordered_map<Value, provenance::NodeId> extrema_;
    bool has_unknown_ = false;  // some value: by_value_ is in no order then
};

}  // namespace entail::eval
