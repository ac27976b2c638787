#pragma once
// Erases the rows that do not follow any more once some facts are no longer stated; see update.h.

#include <functional>
#include <map>
#include <vector>

#include "symbolic/eval/join.h"

namespace entail::eval {

class Deletion {
public:
    using IsStated = std::function<bool(ir::PredicateId, std::span<const Value>)>;
    /// Follows rules with heads in `affected`, which are all certain. Demand never shrinks.
    Deletion(const ir::Specialised& specialised, Database& database, const Budget& budget,
             AggregateCache& aggregates, const std::vector<bool>& affected, IsStated is_stated);

    /// `row` of `predicate` is no longer stated.
    void suspect(ir::PredicateId predicate, Row row);
    void run();

    struct Erased {
        ir::PredicateId predicate;
        std::vector<Value> tuple;
    };
    /// Erased rows that follow from rows that are left.
    std::vector<Erased> returning();

private:
    struct PreparedRule {
        const ir::Rule* rule;
        Plan plan;
    };
    using Suspects = std::vector<std::pair<ir::PredicateId, Row>>;
    /// Where the suspects go that are of the same round as the one before.
    struct Pile {
        Row first = 0, end = 0;
        Suspects* suspects = nullptr;
    };

    void add_rule(const ir::Rule& rule);
    void examine(ir::PredicateId predicate, Row row);
    bool follows(Join& join, ir::PredicateId predicate, std::span<const Value> tuple);
    void suspect_conclusions(ir::PredicateId predicate, Row row);
    void suspect_conclusion(ir::PredicateId predicate, std::span<const Value> tuple);

    Database& database_;
    std::vector<bool> is_maintained_;  // by predicate: those affected, but for demand
    IsStated is_stated_;
    Windows all_;
    Windows older_;             // rows of rounds before the one looked at
    std::vector<Row> younger_;  // and the first row of rounds after it
    Join any_age_, from_older_;
    std::vector<std::vector<PreparedRule>> backward_, forward_;  // by predicate of head; of premise
    std::vector<std::vector<bool>> is_suspect_;                  // by predicate and row
    std::map<std::uint32_t, Suspects> suspects_;                 // by round
    std::vector<Pile> piles_;                                    // by predicate
    std::vector<Erased> may_return_;
    std::vector<Value> tuple_;
};

}  // namespace entail::eval
