#include "symbolic/eval/aggregate_cache.h"

#include <algorithm>

#include "symbolic/eval/index.h"

namespace entail::eval {

std::vector<Row> AggregateCache::members(const ir::Literal& literal, std::span<const Value> group) {
    Relation& relation = database_.relations[literal.atom.predicate];
    std::vector<Row> members;
    if (group.empty()) {
        members.resize(relation.size());
        for (Row row = 0; row < relation.size(); ++row) members[row] = row;
    } else {
        Index& index = relation.index((Columns{1} << group.size()) - 1);
        index.catch_up(relation.size());
        auto rows = index.rows(group);
        members.assign(rows.begin(), rows.end());
    }
    return members;
}

Aggregate& AggregateCache::get(const ir::Literal& literal, std::span<const Value> group) {
    auto function = literal.function;
    auto key = std::tuple(literal.atom.predicate, function, std::vector<std::uint32_t>{});
    for (Value value : group) std::get<2>(key).push_back(value.bits());
    if (auto known = known_.find(key); known != known_.end()) return known->second;
    Relation& relation = database_.relations[literal.atom.predicate];
    std::vector<Row> rows = members(literal, group);
    // Sums of reals and the derivations of uncertain members depend on the order.
    if (function == ir::AggregateOp::sum || !relation.all_certain()) {
        std::ranges::sort(rows, [&](Row a, Row b) {
            for (std::uint32_t c = 0; c < relation.arity(); ++c) {
                int order = database_.values.compare(relation[a][c], relation[b][c]);
                if (order != 0) return order < 0;
            }
            return false;
        });
    }
    auto instance = static_cast<std::uint32_t>(database_.aggregates.size());
    database_.aggregates.push_back(
        {literal.atom.predicate, function, std::vector<Value>(group.begin(), group.end())});
    return known_
        .try_emplace(std::move(key), database_, instance, function, relation, rows, literal.grouped)
        .first->second;
}

}  // namespace entail::eval
