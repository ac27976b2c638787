#include "symbolic/eval/aggregate_cache.h"

#include <algorithm>
#include <numeric>

#include "symbolic/eval/index.h"
#include "symbolic/eval/list_aggregate.h"

namespace entail::eval {

using provenance::kNone;
using provenance::NodeId;

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
    std::vector<Aggregate::Member> members;
    if (theory_.is_open(literal.atom.predicate, group)) {
        members = open_members(literal, group);
    } else {
        Relation& relation = database_.relations[literal.atom.predicate];
        std::vector<Row> rows = this->members(literal, group);
        // Sums of reals and the derivations of uncertain members depend on the order.
        if (literal.function == ir::AggregateOp::sum || !relation.all_certain()) {
            sort(relation, rows);
        }
        const bool counts = literal.function == ir::AggregateOp::count;
        for (Row row : rows) {
            members.push_back(
                {counts ? Value() : relation[row][literal.grouped], relation.node(row)});
        }
    }
    std::uint32_t instance = add_instance(literal, group);
    return known_
        .try_emplace(std::move(key), database_, theory_, instance, literal.function, members,
                     law_from_)
        .first->second;
}

/// Rows that belong to the group if they are equal to it, each tuple once: where two may be equal,
/// the later one is a member only if the earlier is none.
std::vector<Aggregate::Member> AggregateCache::open_members(const ir::Literal& literal,
                                                            std::span<const Value> group) {
    const Relation& relation = database_.relations[literal.atom.predicate];
    std::map<Row, Theory::Premises> found;
    std::vector<Row> rows;
    theory_.each_equal(literal.atom.predicate, group, [&](Row row, const Theory::Premises& equal) {
        rows.push_back(row);
        found[row] = equal;
    });
    sort(relation, rows);
    const bool is_extremum =
        literal.function == ir::AggregateOp::min || literal.function == ir::AggregateOp::max;
    std::vector<Aggregate::Member> members;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        Theory::Premises holds = found[rows[i]];
        if (!relation.is_certain(rows[i])) holds.emplace_back(relation.node(rows[i]), false);
        NodeId node = theory_.conjunction(holds);
        auto tuple = relation[rows[i]];
        std::vector<Theory::Premises> repeats;
        bool is_repeated = false;
        for (std::size_t j = 0; j < i && !is_extremum; ++j) {
            Theory::Premises same;
            bool may_be_same = true;
            for (std::size_t c = literal.grouped; may_be_same && c < tuple.size(); ++c) {
                may_be_same = theory_.require_equal(relation[rows[j]][c], tuple[c], same);
            }
            if (!may_be_same) continue;
            if (members[j].node != kNone) same.emplace_back(members[j].node, false);
            is_repeated = is_repeated || same.empty();
            repeats.push_back(std::move(same));
        }
        if (is_repeated) {
            // Never counted, and still what those after it are compared with.
            members.push_back({tuple[literal.grouped], kNone, true});
            continue;
        }
        if (!repeats.empty()) {
            NodeId repeated = theory_.new_node({NodeOrigin::Kind::conjunction, ir::kNone, 0, {}});
            for (const Theory::Premises& way : repeats) {
                database_.graph.add_derivation(repeated, kNone, way);
            }
            Theory::Premises once{{repeated, true}};
            if (node != kNone) once.emplace_back(node, false);
            node = theory_.conjunction(std::move(once));
        }
        members.push_back({tuple[literal.grouped], node});
    }
    std::erase_if(members, [](const Aggregate::Member& member) { return member.never; });
    return members;
}

const std::vector<Aggregate::Outcome>& AggregateCache::lists(const ir::Literal& literal,
                                                             std::span<const Value> group,
                                                             std::size_t limit, bool& exceeded,
                                                             ir::ArithmeticError& error) {
    if (theory_.is_open(literal.atom.predicate, group)) {
        bool is_empty = true;
        theory_.each_equal(literal.atom.predicate, group,
                           [&](Row, const Theory::Premises&) { is_empty = false; });
        if (!is_empty) error = ir::ArithmeticError::not_followed;
    }
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
