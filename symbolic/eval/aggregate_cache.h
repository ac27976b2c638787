#pragma once
// The aggregates that evaluation has met, each computed once: by function, relation and group.

#include <map>
#include <tuple>
#include <vector>

#include "symbolic/eval/aggregate.h"
#include "symbolic/eval/database.h"
#include "symbolic/ir/program.h"

namespace entail::eval {

class AggregateCache {
public:
    explicit AggregateCache(Database& database) : database_(database) {}

    /// The aggregate of `literal` over the tuples that start with `group`. The relation below must
    /// be complete for them.
    Aggregate& get(const ir::Literal& literal, std::span<const Value> group);

private:
    std::vector<Row> members(const ir::Literal& literal, std::span<const Value> group);

    Database& database_;
    std::map<std::tuple<ir::PredicateId, ir::AggregateOp, std::vector<std::uint32_t>>, Aggregate>
        known_;
};

}  // namespace entail::eval
