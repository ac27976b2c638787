#include "symbolic/eval/aggregate_cache.h"

#include <algorithm>
#include <numeric>

#include "symbolic/eval/index.h"
#include "symbolic/eval/list_aggregate.h"

namespace entail::eval {

std::vector<Row> AggregateCache::members(const ir::Literal& literal, std::span<const Value> group) {
    Relation& relation = database_.relations[literal.atom.predicate];
    std::vector<Row> members;
    if (group.empty()) {
        members.resize(relation.size());
        std::iota(members.begin(), members.end(), Row{0});
    } else {
        Index& index = relation.index((Columns{1} << group.size()) - 1);
        index.catch_up(relation.size());
        auto rows = index.rows(group);
        members.assign(rows.begin(), rows.end());
    }
    if (relation.dead_count() > 0) {
        std::erase_if(members, [&](Row row) { return relation.is_dead(row); });
    }
    return members;
}

AggregateCache::Key AggregateCache::key(const ir::Literal& literal, std::span<const Value> group) {
    Key key(literal.atom.predicate, literal.function, {});
    for (Value value : group) std::get<2>(key).push_back(value.bits());
    return key;
}

std::uint32_t AggregateCache::add_instance(const ir::Literal& literal,
                                           std::span<const Value> group) {
    database_.aggregates.push_back(
        {literal.atom.predicate, literal.function, std::vector<Value>(group.begin(), group.end())});
    return static_cast<std::uint32_t>(database_.aggregates.size() - 1);
}

void AggregateCache::sort(const Relation& relation, std::vector<Row>& rows) const {
    std::ranges::sort(rows, [&](Row a, Row b) {
        for (std::uint32_t c = 0; c < relation.arity(); ++c) {
            int order = database_.values.compare(relation[a][c], relation[b][c]);
            if (order != 0) return order < 0;
        }
        return false;
    });
}

Aggregate& AggregateCache::get(const ir::Literal& literal, std::span<const Value> group) {
    Key key = this->key(literal, group);
    if (auto known = known_.find(key); known != known_.end()) return known->second;
    Relation& relation = database_.relations[literal.atom.predicate];
    std::vector<Row> rows = members(literal, group);
    // Sums of reals and the derivations of uncertain members depend on the order.
    if (literal.function == ir::AggregateOp::sum || !relation.all_certain()) sort(relation, rows);
    std::uint32_t instance = add_instance(literal, group);
    return known_
        .try_emplace(std::move(key), database_, instance, literal.function, relation, rows,
                     literal.grouped, law_from_)
        .first->second;
}

const std::vector<Aggregate::Outcome>& AggregateCache::lists(const ir::Literal& literal,
                                                             std::span<const Value> group,
                                                             std::size_t limit, bool& exceeded) {
    auto [place, is_new] = lists_.try_emplace(key(literal, group));
    if (!is_new) return place->second;
    Relation& relation = database_.relations[literal.atom.predicate];
    std::vector<Row> rows = members(literal, group);
    sort(relation, rows);
    std::uint32_t instance = add_instance(literal, group);
    place->second =
        list_outcomes(database_, instance, relation, rows, literal.grouped, limit, exceeded);
    return place->second;
}

}  // namespace entail::eval
