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
    /// `law_from`: see Limits.
    AggregateCache(Database& database, Theory& theory, std::optional<std::size_t> law_from)
        : database_(database), theory_(theory), law_from_(law_from) {}

    /// The aggregate of `literal` over the tuples that start with `group`. The relation below must
    /// be complete for them.
    Aggregate& get(const ir::Literal& literal, std::span<const Value> group);
    /// The same for `findall`: see list_outcomes. Of unknown numbers the order is not known:
    /// `error`.
    const std::vector<Aggregate::Outcome>& lists(const ir::Literal& literal,
                                                 std::span<const Value> group, std::size_t limit,
                                                 bool& exceeded, ir::ArithmeticError& error);

private:
    using Key = std::tuple<ir::PredicateId, ir::AggregateOp, std::vector<std::uint32_t>>;
    static Key key(const ir::Literal& literal, std::span<const Value> group);
    std::uint32_t add_instance(const ir::Literal& literal, std::span<const Value> group);
    void sort(const Relation& relation, std::vector<Row>& rows) const;
    std::vector<Row> members(const ir::Literal& literal, std::span<const Value> group);
    std::vector<Aggregate::Member> open_members(const ir::Literal& literal,
                                                std::span<const Value> group);

    Database& database_;
    Theory& theory_;
    std::optional<std::size_t> law_from_;
    std::map<Key, Aggregate> known_;
    std::map<Key, std::vector<Aggregate::Outcome>> lists_;
};

}  // namespace entail::eval
