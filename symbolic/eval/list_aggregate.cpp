#include "symbolic/eval/list_aggregate.h"

#include <algorithm>
#include <map>

namespace entail::eval {

using provenance::ChoiceLiteral;
using provenance::kNone;
using provenance::NodeId;
using provenance::Premise;

namespace {

/// A list of the members from some one on, and what it rests on.
struct Partial {
    Value list;
    NodeId node = kNone;                 // certain
    std::vector<ChoiceLiteral> decided;  // by the members that stand for an alternative; sorted
    std::vector<ChoiceLiteral> refused;
};

const ChoiceLiteral* decision(const Partial& partial, provenance::ChoiceId choice) {
    auto place = std::ranges::find(partial.decided, choice, &ChoiceLiteral::choice);
    return place == partial.decided.end() ? nullptr : &*place;
}

class Lists {
public:
    Lists(Database& database, std::uint32_t instance) : database_(database), instance_(instance) {
        partials_.push_back({database.values.nil(), kNone, {}, {}});
    }

    std::size_t size() const { return partials_.size(); }

    void add_certain(Value value) {
        for (Partial& partial : partials_) partial.list = cons(value, partial.list);
    }

    void add_uncertain(Value value, NodeId member) {
        auto literal = as_choice(database_.graph, member);
        std::vector<Partial> next;
        for (const Partial& partial : partials_) {
            const ChoiceLiteral* known = literal ? decision(partial, literal->choice) : nullptr;
            bool is_decided = known != nullptr && known->alternative == literal->alternative;
            bool may_hold = known == nullptr || is_decided;
            if (literal && !known) {
                may_hold = std::ranges::find(partial.refused, *literal) == partial.refused.end();
            }
            if (may_hold) {
                Partial with = follow(partial, member, false, is_decided);
                with.list = cons(value, partial.list);
                if (literal && !is_decided) with.decided.push_back(*literal);
                next.push_back(std::move(with));
            }
            if (!is_decided) {
                // Where the choice has taken another alternative, that says it all.
                Partial without = follow(partial, member, true, known != nullptr);
                if (literal && known == nullptr && may_hold) without.refused.push_back(*literal);
                next.push_back(std::move(without));
            }
        }
        partials_ = std::move(next);
    }

    std::vector<Aggregate::Outcome> outcomes() {
        auto before = [&](Value a, Value b) { return database_.values.compare(a, b) < 0; };
        std::map<Value, std::vector<NodeId>, decltype(before)> by_list(before);
        for (const Partial& partial : partials_) by_list[partial.list].push_back(partial.node);
        std::vector<Aggregate::Outcome> result;
        for (const auto& [list, nodes] : by_list) {
            NodeId node = nodes.front();
            if (node != kNone) {
                node = step();
                for (NodeId way : nodes) {
                    Premise premise(way, false);
                    database_.graph.add_derivation(node, provenance::kNone, {&premise, 1});
                }
                database_.origins[node] = {NodeOrigin::Kind::aggregate, 0, instance_, list};
            }
            result.push_back({list, node});
        }
        return result;
    }

private:
    Value cons(Value head, Value tail) {
        Value cell[] = {head, tail};
        return database_.values.compound(database_.values.cons(), cell);
    }
    NodeId step() {
        database_.origins.push_back({NodeOrigin::Kind::step, 0, instance_, {}});
        return database_.graph.add_node();
    }
    /// `partial` where `member` holds, or does not; `follows` if that is known from `partial`.
    Partial follow(const Partial& partial, NodeId member, bool negated, bool follows) {
        Partial result = partial;
        if (follows) return result;
        std::vector<Premise> premises{{member, negated}};
        if (partial.node != kNone) premises.emplace_back(partial.node, false);
        result.node = step();
        database_.graph.add_derivation(result.node, provenance::kNone, premises);
        return result;
    }

    Database& database_;
    std::uint32_t instance_;
    std::vector<Partial> partials_;
};

}  // namespace

std::vector<Aggregate::Outcome> list_outcomes(Database& database, std::uint32_t instance,
                                              const Relation& relation,
                                              const std::vector<Row>& members,
                                              std::uint32_t value_column, std::size_t limit,
                                              bool& exceeded) {
    bool is_certain = std::ranges::all_of(members, [&](Row r) { return relation.is_certain(r); });
    database.aggregates[instance].certain = is_certain;
    Lists lists(database, instance);
    for (std::size_t i = members.size(); i-- > 0;) {
        Value value = relation[members[i]][value_column];
        if (relation.is_certain(members[i])) {
            lists.add_certain(value);
        } else {
            lists.add_uncertain(value, relation.node(members[i]));
        }
        if (lists.size() > limit) {
            exceeded = true;
            return {};
        }
    }
    return lists.outcomes();
}

}  // namespace entail::eval
