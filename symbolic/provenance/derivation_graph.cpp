#include "symbolic/provenance/derivation_graph.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <stdexcept>
#include <tuple>

namespace entail::provenance {

NodeId DerivationGraph::add_node() {
    if (node_count_ >= (std::size_t{1} << 31U) - 1) {
        throw std::length_error("DerivationGraph: more than 2^31 uncertain facts");
    }
    only_.push_back(kNone);
    return static_cast<NodeId>(node_count_++);
}

std::optional<DerivationId> DerivationGraph::only_derivation(NodeId conclusion) const {
    DerivationId id = only_[conclusion];
    if (id == kNone || id == kSeveral) return std::nullopt;
    return id;
}

void DerivationGraph::add_derivation(NodeId conclusion, std::uint32_t rule,
                                     std::span<const Premise> premises, ChoiceLiteral choice) {
    assert(conclusion < node_count_);
    auto begin = static_cast<std::uint32_t>(premises_.size());
    premises_.insert(premises_.end(), premises.begin(), premises.end());
    std::sort(premises_.begin() + begin, premises_.end());
    premises_.erase(std::unique(premises_.begin() + begin, premises_.end()), premises_.end());
    auto end = static_cast<std::uint32_t>(premises_.size());
    auto id = static_cast<DerivationId>(derivations_.size());
    only_[conclusion] = only_[conclusion] == kNone ? id : kSeveral;
    derivations_.push_back({conclusion, rule, begin, end, choice});
}

ChoiceId DerivationGraph::intern_choice(std::uint32_t source, std::span<const Value> key,
                                        std::uint32_t size, bool free) {
    std::size_t hash = source;
    for (Value value : key) hash = (hash ^ std::hash<Value>{}(value)) * 0x9E3779B97F4A7C15ULL;
    auto [first, last] = choice_index_.equal_range(hash);
    for (auto place = first; place != last; ++place) {
        const Choice& known = choices_[place->second];
        if (known.source == source && std::ranges::equal(known.key, key)) return place->second;
    }
    auto id = static_cast<ChoiceId>(choices_.size());
    choices_.push_back({source, size, free, {key.begin(), key.end()}, false});
    choice_index_.emplace(hash, id);
    return id;
}

ChoiceId DerivationGraph::add_theory_choice() {
    choices_.push_back({kNone, 2, true, {}, true});
    return static_cast<ChoiceId>(choices_.size() - 1);
}

void DerivationGraph::freeze() {
    auto content = [&](const Derivation& d) {
        return std::tuple(d.conclusion, d.rule, d.choice.choice, d.choice.alternative);
    };
    auto less = [&](const Derivation& a, const Derivation& b) {
        auto ka = content(a), kb = content(b);
        if (ka != kb) return ka < kb;
        return std::ranges::lexicographical_compare(premises(a), premises(b));
    };
    auto equal = [&](const Derivation& a, const Derivation& b) {
        return content(a) == content(b) && std::ranges::equal(premises(a), premises(b));
    };
    std::sort(derivations_.begin(), derivations_.end(), less);
    derivations_.erase(std::unique(derivations_.begin(), derivations_.end(), equal),
                       derivations_.end());

    node_begin_.assign(node_count_ + 1, 0);
    for (const Derivation& d : derivations_) ++node_begin_[d.conclusion + 1];
    std::partial_sum(node_begin_.begin(), node_begin_.end(), node_begin_.begin());

    weight_offset_.assign(1, 0);
    for (const Choice& c : choices_) weight_offset_.push_back(weight_offset_.back() + c.size);
}

}  // namespace entail::provenance
