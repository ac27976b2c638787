#pragma once
// From goals to steps: what a single conclusion rests on, as a person reads it.
//
// A *goal* is what is to be explained. Its draft is a step that names the goals below it; explain()
// fills in their steps. Goals that stand for something that the user did not write take over the
// step of the goal below.

#include <compare>
#include <memory>
#include <vector>

#include "symbolic/eval/explain.h"
#include "symbolic/eval/instance_text.h"
#include "symbolic/provenance/found_proof.h"

namespace entail::eval {

struct Goal {
    enum class Kind : std::uint8_t {
        positive,   ///< the node `id` is true
        negative,   ///< the node `id` is false
        certain,    ///< row `id` of `predicate`
        absent,     ///< no row of `predicate` is `tuple`
        aggregate,  ///< `function` over the certain rows of `predicate` that start with `tuple` is
                    ///< the value with the bits `id`
    };
    Kind kind = Kind::certain;
    std::uint32_t id = 0;
    ir::PredicateId predicate = 0;
    ir::AggregateOp function = ir::AggregateOp::sum;
    std::vector<std::uint32_t> tuple;  ///< bits of values

    auto operator<=>(const Goal&) const = default;

    static Goal of(provenance::NodeId node, bool negated);
    static Goal of_row(ir::PredicateId predicate, Row row);
    static Goal of_absent(ir::PredicateId predicate, std::span<const Value> tuple);
    std::vector<Value> values() const;  ///< of the tuple
};

/// A step whose references are indices into `below`.
struct Draft {
    proof::Step step;
    std::vector<Goal> below;
    bool takes_over = false;  ///< the step of below[0] is the step of this goal too

    std::uint32_t refer(Goal goal) {
        below.push_back(std::move(goal));
        return static_cast<std::uint32_t>(below.size() - 1);
    }
};

class StepDrafter {
public:
    StepDrafter(const ir::Program& program, const Database& database,
                std::span<const double> weights, const ExplainContext& context);
    ~StepDrafter();

    const InstanceText& text() const;
    /// The proof that decides about uncertain goals; must outlive the drafts.
    void follow(const provenance::FoundProof& found);
    Draft draft(const Goal& goal);
    /// The choices that the drafts refer to.
    std::vector<proof::Choice> take_choices();

private:
    class Drafting;
    std::unique_ptr<Drafting> drafting_;
};

}  // namespace entail::eval
