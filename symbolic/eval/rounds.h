#pragma once
// Semi-naive rounds over the groups of a specialised program, until nothing is new.
//
// A round of a group (see ir/demand.h) looks at the rows that arrived since the group's last round;
// after each round the lowest group with news runs next, so that a group with negations or
// aggregates meets complete relations below it. A rule instance whose premises are all certain and
// that makes no choice gives a certain row; any other gives a derivation of a node.
//
// Source: semi-naive evaluation, Bancilhon and Ramakrishnan (SIGMOD 1986).
// Cost: every rule instance is found once (twice where two certain premises are new at a time).

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "symbolic/eval/best_values.h"
#include "symbolic/eval/choice_instances.h"
#include "symbolic/eval/join.h"
#include "symbolic/eval/parallel_join.h"

namespace entail::eval {

class Rounds {
public:
    enum class From {
        nothing,   ///< every rule is to be run
        fixpoint,  ///< `database` holds what the rules give: only what is added from now on is new
    };
    /// All arguments must outlive it.
    Rounds(const ir::Program& program, const ir::Specialised& specialised, Database& database,
           const Limits& limits, Diagnostics& diagnostics, From from);

    /// Adds a certain row, of the round before the next one, unless it is there.
    void add_fact(ir::PredicateId predicate, std::span<const Value> row);
    /// The groups that write one of `predicates` will look at all rows again.
    void run_again(const std::vector<bool>& predicates);
    /// Runs until nothing is new. Throws LimitReached.
    void run();

    const Budget& budget() const { return budget_; }
    AggregateCache& aggregates() { return aggregates_; }

private:
    /// A plan, and the sizes of the rule's relations that it was made for.
    struct CachedPlan {
        std::optional<Plan> plan;
        std::vector<Row> sizes;
    };
    struct CompiledRule {
        const ir::Rule* rule;
        std::vector<std::uint32_t> atoms;     // positive literals of the body
        std::vector<CachedPlan> fresh_plans;  // one for each of them
        CachedPlan whole_plan;  // for the first time that there is something to look at
        bool done = false;      // of a rule without atoms
    };
    struct Group {
        std::vector<CompiledRule> rules;
        std::vector<ir::PredicateId> reads;   // by positive literals; ascending
        std::vector<Row> seen;                // of each: the rows that earlier rounds looked at
        std::vector<ir::PredicateId> writes;  // ascending
    };

    void compile(const ir::SpecialisedRule& specialised);
    void run_round(Group& group);
    void run_rule(CompiledRule& compiled);
    Plan& plan(const CompiledRule& compiled, CachedPlan& cached, Start start);
    void execute(const CompiledRule& compiled, CachedPlan& cached, Start start);
    void execute(const ir::Rule& rule, const Plan& plan, Row first, Row end);
    void take(const ir::Rule& rule, const Plan& plan, const Found& found);
    void conclude(const ir::Rule& rule);
    void insert(const ir::Rule& rule, const ir::Atom& head,
                const std::vector<provenance::Premise>& premises, provenance::ChoiceLiteral choice);
    bool insert(const ir::Rule& rule, ir::PredicateId predicate, std::span<const Value> tuple,
                std::span<const provenance::Premise> premises, provenance::ChoiceLiteral choice);

    bool improves(BestValues& best, std::span<const Value> tuple, bool is_certain);

    Database& db_;
    Budget budget_;
    InstanceErrors errors_;
    Theory theory_;
    std::vector<ir::SpecialisedRule>
        separated_;  // instead of the given ones, if there are unknown numbers
    AggregateCache aggregates_;
    Windows windows_;
    Join join_;
    unsigned threads_;
    std::optional<ParallelJoin> parallel_;  // made when it first pays
    ChoiceInstances choices_;
    std::vector<Group> groups_;
    std::set<std::uint32_t> with_news_;                // groups
    std::vector<std::vector<std::uint32_t>> readers_;  // groups, by predicate
    std::vector<std::unique_ptr<BestValues>> best_;    // by predicate
    std::uint32_t round_ = 0;
    std::vector<Value> tuple_;
};

}  // namespace entail::eval
