#include "symbolic/eval/aggregate.h"

#include <algorithm>
#include <map>

#include "symbolic/ir/arithmetic_functions.h"

namespace entail::eval {

using ir::add;
using ir::ArithmeticError;
using provenance::ChoiceLiteral;
using provenance::kNone;
using provenance::NodeId;
using provenance::Premise;

std::optional<ChoiceLiteral> as_choice(const provenance::DerivationGraph& graph, NodeId node) {
    for (;;) {
        auto only = graph.only_derivation(node);
        if (!only) return std::nullopt;
        const auto& derivation = graph.derivation(*only);
        auto premises = graph.premises(derivation);
        if (derivation.choice.choice != kNone) {
            if (premises.empty()) return derivation.choice;
            return std::nullopt;
        }
        if (premises.size() != 1 || premises[0].negated()) return std::nullopt;
        if (premises[0].node() == node) return std::nullopt;
        node = premises[0].node();
    }
}

Aggregate::Aggregate(Database& database, Theory& theory, std::uint32_t instance,
                     ir::AggregateOp function, const std::vector<Member>& members,
                     std::optional<std::size_t> law_from)
    : database_(database),
      theory_(theory),
      instance_(instance),
      function_(function),
      law_from_(law_from) {
    ValueStore& values = database.values;
    std::vector<std::pair<Value, NodeId>> uncertain;
    if (is_sum()) certain_ = values.integer(0);
    has_certain_ = is_sum();
    if (function != ir::AggregateOp::count) {
        has_unknown_ = std::ranges::any_of(
            members, [&](const Member& member) { return values.has_unknown(member.value); });
    }
    for (const Member& member : members) {
        Value value = function == ir::AggregateOp::count ? values.integer(1) : member.value;
        bool is_numeric = values.is_number(value) || values.is_unknown(value);
        if ((is_sum() || has_unknown_) && !is_numeric) {
            error_ = ArithmeticError::not_a_number;
            return;
        }
        if (member.node != kNone) {
            uncertain.emplace_back(value, member.node);
        } else if (has_unknown_ && !is_sum()) {
            if (!fold_certain(value)) return;
        } else if (is_sum()) {
            certain_ = add(certain_, value, values, error_);
            if (error_ != ArithmeticError::none) return;
        } else {
            int order = has_certain_ ? values.compare(value, certain_) : 0;
            bool wins = function == ir::AggregateOp::min ? order < 0 : order > 0;
            if (!has_certain_ || wins) certain_ = value;
            has_certain_ = true;
        }
    }
    database_.aggregates[instance].certain = uncertain.empty();
    if (is_sum()) {
        make_bundles(uncertain);
        if (law_from_ && error_ == ArithmeticError::none) find_law();
        return;
    }
    if (has_unknown_) {
        rank_unknown(uncertain);
        return;
    }
    auto wins = [&](Value a, Value b) {
        int order = values.compare(a, b);
        return function == ir::AggregateOp::min ? order < 0 : order > 0;
    };
    std::ranges::stable_sort(uncertain, [&](auto& a, auto& b) { return wins(a.first, b.first); });
    for (auto [value, node] : uncertain) {
        if (has_certain_ && !wins(value, certain_)) break;
        if (by_value_.empty() || by_value_.back().first != value) by_value_.push_back({value, {}});
        by_value_.back().second.push_back(node);
    }
    any_.assign(by_value_.size(), kNone);
    none_before_.assign(by_value_.size() + 1, kNone);
}

/// Takes a certain member into the extremum of all certain ones, an expression.
bool Aggregate::fold_certain(Value value) {
    const char* name = function_ == ir::AggregateOp::min ? "min" : "max";
    if (has_certain_) {
        const ir::ArithmeticFunction* of_two = ir::find_arithmetic_function(name, 2);
        ir::Application both{certain_, value, database_.values, error_};
        bool is_unknown =
            database_.values.is_unknown(value) || database_.values.is_unknown(certain_);
        value = is_unknown ? of_two->apply_to_unknown(both) : of_two->apply(both);
    }
    certain_ = value;
    has_certain_ = true;
    return error_ == ArithmeticError::none;
}

void Aggregate::rank_unknown(const std::vector<std::pair<Value, NodeId>>& members) {
    for (auto [value, node] : members) {
        auto place = std::ranges::find(by_value_, value, [](const auto& v) { return v.first; });
        if (place == by_value_.end()) place = by_value_.insert(place, {value, {}});
        place->second.push_back(node);
    }
    const bool is_integer =
        database_.values.is_integral(has_certain_ ? certain_ : by_value_[0].first);
    // Which of an integer and a real that are equal comes first would depend on the world.
    for (const auto& [value, nodes] : by_value_) {
        if (database_.values.is_integral(value) != is_integer) {
            error_ = ArithmeticError::mixed_extremum;
        }
    }
}

/// The node of "this is the extremum": it holds, and none of the others that hold is beyond. Of
/// equal ones the first counts, the certain ones before all others.
std::optional<NodeId> Aggregate::unknown_extremum(Value value) {
    const bool is_certain = has_certain_ && value == certain_;
    std::size_t at = 0;
    while (at < by_value_.size() && by_value_[at].first != value) ++at;
    if (at == by_value_.size() && !is_certain) return std::nullopt;
    if (is_certain && by_value_.empty()) return kNone;
    if (auto known = extrema_.find(value); known != extrema_.end()) return known->second;
    NodeId beaten = kNone;
    auto beat = [&](Value other, bool comes_first, const std::vector<NodeId>& holds) {
        Theory::Premises premises;
        bool least = function_ == ir::AggregateOp::min;
        auto op = comes_first ? ir::CompareOp::less_equal : ir::CompareOp::less;
        if (!theory_.require(op, least ? other : value, least ? value : other, premises)) return;
        if (beaten == kNone) beaten = step_node();
        if (holds.empty()) database_.graph.add_derivation(beaten, kNone, premises);
        for (NodeId node : holds) {
            premises.emplace_back(node, false);
            database_.graph.add_derivation(beaten, kNone, premises);
            premises.pop_back();
        }
    };
    if (has_certain_ && !is_certain) beat(certain_, true, {});
    for (std::size_t i = 0; i < by_value_.size(); ++i) {
        if (by_value_[i].first == value) continue;
        beat(by_value_[i].first, !is_certain && i < at, by_value_[i].second);
    }
    if (is_certain && beaten == kNone) return kNone;
    NodeId node = step_node();
    extrema_.emplace(value, node);
    Theory::Premises premises;
    if (beaten != kNone) premises.emplace_back(beaten, true);
    if (is_certain) {
        database_.graph.add_derivation(node, kNone, premises);
        return node;
    }
    for (NodeId member : by_value_[at].second) {
        premises.emplace_back(member, false);
        database_.graph.add_derivation(node, kNone, premises);
        premises.pop_back();
    }
    return node;
}

NodeId Aggregate::step_node() {
    database_.origins.push_back({NodeOrigin::Kind::step, 0, instance_, {}});
    return database_.graph.add_node();
}

Aggregate::Outcome Aggregate::named(Value value, NodeId node) {
    if (node != kNone) {
        database_.origins[node] = {NodeOrigin::Kind::aggregate, 0, instance_, value};
    }
    return {value, node};
}

void Aggregate::make_bundles(const std::vector<std::pair<Value, NodeId>>& members) {
    ValueStore& values = database_.values;
    Value zero = values.integer(0);
    std::map<provenance::ChoiceId, std::size_t> bundle_of;
    for (auto [value, node] : members) {
        auto literal = as_choice(database_.graph, node);
        if (!literal) {
            bundles_.push_back({{value, node, false, {}}, {zero, node, true, {}}});
            continue;
        }
        auto [place, added] = bundle_of.try_emplace(literal->choice, bundles_.size());
        if (added) {
            Bundle bundle;
            std::uint32_t size = database_.graph.choice(literal->choice).size;
            for (std::uint32_t k = 0; k < size; ++k) {
                bundle.push_back({zero, kNone, false, {literal->choice, k}});
            }
            bundles_.push_back(std::move(bundle));
        }
        Case& taken = bundles_[place->second][literal->alternative];
        taken.adds = add(taken.adds, value, values, error_);
        if (error_ != ArithmeticError::none) return;
    }
}

void Aggregate::find_law() {
    constexpr std::int64_t kMaxRange = 1 << 15;                 // a law is counted in its square
    constexpr std::int64_t kMaxAdded = std::int64_t{1} << 32U;  // far from overflow
    const ValueStore& values = database_.values;
    auto suits = [&](Value value) {
        return values.kind(value) == ValueKind::integer &&
               std::abs(values.as_integer(value)) <= kMaxAdded;
    };
    if (bundles_.empty() || bundles_.size() >= kMaxRange * 4 || !suits(certain_)) return;
    SumOfChoices law;
    law.least = values.as_integer(certain_);
    std::int64_t range = 0;
    std::size_t states = 0;
    for (const Bundle& bundle : bundles_) {
        auto& term = law.terms.emplace_back();
        for (const Case& one : bundle) {
            if (one.node != kNone || !suits(one.adds)) return;
            if (database_.graph.choice(one.choice.choice).free) return;
            term.push_back({values.as_integer(one.adds), one.choice});
        }
        const auto [least, greatest] = std::ranges::minmax(term, {}, &SumOfChoices::Case::adds);
        law.least += least.adds;
        range += greatest.adds - least.adds;
        if (range > kMaxRange) return;
        states += static_cast<std::size_t>(range) + 1;
    }
    if (states <= *law_from_) return;
    const auto size = static_cast<std::size_t>(range) + 1;
    std::vector<std::uint64_t> possible(size / 64 + 1), next(possible.size());
    possible[0] = 1;
    for (const auto& term : law.terms) {
        std::vector<std::size_t> shifts;
        const auto least = std::ranges::min(term, {}, &SumOfChoices::Case::adds).adds;
        for (const auto& one : term) shifts.push_back(static_cast<std::size_t>(one.adds - least));
        std::ranges::sort(shifts);
        shifts.erase(std::unique(shifts.begin(), shifts.end()), shifts.end());
        std::ranges::fill(next, 0);
        for (const std::size_t shift : shifts) {
            const std::size_t words = shift / 64, bits = shift % 64;
            for (std::size_t i = words; i < next.size(); ++i) {
                next[i] |= possible[i - words] << bits;
                if (bits != 0 && i > words) next[i] |= possible[i - words - 1] >> (64 - bits);
            }
        }
        std::swap(possible, next);
    }
    for (std::size_t i = 0; i < size; ++i) {
        is_possible_.push_back((possible[i / 64] >> (i % 64) & 1U) != 0);
    }
    law.nodes.assign(size, kNone);
    law_ = database_.laws.size();
    database_.laws.push_back(std::move(law));
}

Aggregate::Outcome Aggregate::law_outcome(std::size_t position) {
    SumOfChoices& law = database_.laws[law_];
    if (law.nodes[position] == kNone) law.nodes[position] = step_node();
    const auto value = law.least + static_cast<std::int64_t>(position);
    return named(database_.values.integer(value), law.nodes[position]);
}

void Aggregate::find_sums(std::size_t limit, bool& exceeded) {
    if (!states_.empty()) return;
    // Each is an expression of its own, and there may be as many as sets of members.
    if (has_unknown_) limit = std::min<std::size_t>(limit, 200'000);
    states_.resize(bundles_.size() + 1);
    states_.back().try_emplace(certain_);
    std::size_t total = 1;
    for (std::size_t i = bundles_.size(); i-- > 0;) {
        std::vector<Value> rests;
        for (const auto& [rest, unused] : states_[i + 1]) rests.push_back(rest);
        std::ranges::sort(rests,
                          [&](Value a, Value b) { return database_.values.compare(a, b) < 0; });
        for (Value rest : rests) {
            for (std::uint32_t c = 0; c < bundles_[i].size(); ++c) {
                Value sum = add(bundles_[i][c].adds, rest, database_.values, error_);
                if (error_ != ArithmeticError::none) return;
                auto [place, added] = states_[i].try_emplace(sum);
                if (added && ++total > limit) {
                    exceeded = true;
                    return;
                }
                place->second.ways.emplace_back(c, rest);
            }
        }
    }
}

NodeId Aggregate::state(std::size_t bundle, Value rest) {
    // A state needs the states of the next bundle; an explicit stack, since there may be many
    // bundles.
    std::vector<std::pair<std::size_t, Value>> pending{{bundle, rest}};
    while (!pending.empty()) {
        auto [i, sum] = pending.back();
        State& here = states_[i].at(sum);
        bool waits = false;
        if (here.node == kNone && i + 1 < bundles_.size()) {
            for (auto [c, next] : here.ways) {
                if (states_[i + 1].at(next).node != kNone) continue;
                pending.emplace_back(i + 1, next);
                waits = true;
            }
        }
        if (waits) continue;
        pending.pop_back();
        if (here.node != kNone) continue;
        here.node = step_node();
        for (auto [c, next] : here.ways) {
            const Case& taken = bundles_[i][c];
            std::vector<Premise> premises;
            if (taken.node != kNone) premises.emplace_back(taken.node, taken.negated);
            NodeId next_node = states_[i + 1].at(next).node;
            if (next_node != kNone) premises.emplace_back(next_node, false);
            database_.graph.add_derivation(here.node, kNone, premises, taken.choice);
        }
    }
    return states_[bundle].at(rest).node;
}

std::optional<NodeId> Aggregate::extremum(Value value) {
    std::size_t i = 0;
    while (i < by_value_.size() && by_value_[i].first != value) ++i;
    bool is_certain = has_certain_ && value == certain_;
    if (i == by_value_.size() && !is_certain) return std::nullopt;
    if (auto known = extrema_.find(value); known != extrema_.end()) return known->second;
    // none_before_[j]: no member with one of the first j values holds; kNone for j = 0.
    for (std::size_t j = 0; j < i; ++j) {
        if (none_before_[j + 1] != kNone) continue;
        if (any_[j] == kNone) {
            any_[j] = step_node();
            for (NodeId member : by_value_[j].second) {
                Premise premise(member, false);
                database_.graph.add_derivation(any_[j], kNone, {&premise, 1});
            }
        }
        std::vector<Premise> premises{{any_[j], true}};
        if (none_before_[j] != kNone) premises.emplace_back(none_before_[j], false);
        none_before_[j + 1] = step_node();
        database_.graph.add_derivation(none_before_[j + 1], kNone, premises);
    }
    if (is_certain && none_before_[i] == kNone) return kNone;
    NodeId node = step_node();
    extrema_.emplace(value, node);
    std::vector<Premise> premises;
    if (none_before_[i] != kNone) premises.emplace_back(none_before_[i], false);
    if (is_certain) {
        database_.graph.add_derivation(node, kNone, premises);
        return node;
    }
    for (NodeId member : by_value_[i].second) {
        premises.emplace_back(member, false);
        database_.graph.add_derivation(node, kNone, premises);
        premises.pop_back();
    }
    return node;
}

std::optional<Aggregate::Outcome> Aggregate::outcome(Value value, std::size_t limit,
                                                     bool& exceeded) {
    if (!is_sum()) {
        auto node = has_unknown_ ? unknown_extremum(value) : extremum(value);
        if (!node) return std::nullopt;
        return named(value, *node);
    }
    if (law_ != kNoLaw) {
        const ValueStore& values = database_.values;
        if (values.kind(value) != ValueKind::integer) return std::nullopt;
        const std::int64_t least = database_.laws[law_].least, sum = values.as_integer(value);
        if (sum < least || sum - least >= static_cast<std::int64_t>(is_possible_.size())) {
            return std::nullopt;
        }
        const auto position = static_cast<std::size_t>(sum - least);
        if (!is_possible_[position]) return std::nullopt;
        return law_outcome(position);
    }
    find_sums(limit, exceeded);
    if (exceeded || error_ != ArithmeticError::none || !states_.front().contains(value)) {
        return std::nullopt;
    }
    return named(value, bundles_.empty() ? kNone : state(0, value));
}

std::vector<Aggregate::Outcome> Aggregate::outcomes(std::size_t limit, bool& exceeded) {
    if (law_ != kNoLaw) {
        std::vector<Outcome> result;
        for (std::size_t i = 0; i < is_possible_.size(); ++i) {
            if (is_possible_[i]) result.push_back(law_outcome(i));
        }
        return result;
    }
    std::vector<Value> candidates;
    if (is_sum()) {
        find_sums(limit, exceeded);
        if (exceeded || error_ != ArithmeticError::none) return {};
        for (const auto& [sum, unused] : states_.front()) candidates.push_back(sum);
    } else {
        for (const auto& [value, nodes] : by_value_) candidates.push_back(value);
        if (has_certain_) candidates.push_back(certain_);
    }
    std::ranges::sort(candidates,
                      [&](Value a, Value b) { return database_.values.compare(a, b) < 0; });
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    std::vector<Outcome> result;
    for (Value value : candidates) result.push_back(*outcome(value, limit, exceeded));
    return result;
}

}  // namespace entail::eval
