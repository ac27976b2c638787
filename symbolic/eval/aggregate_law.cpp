#include "symbolic/eval/aggregate_law.h"

namespace entail::eval {

using provenance::AllowedAlternatives;
using provenance::kNone;
using provenance::NodeId;
using provenance::Premise;

proof::Member::Status AggregateLaw::status(NodeId member,
                                           const provenance::FoundProof& found) const {
    using Status = proof::Member::Status;
    if (auto place = members.find(member); place != members.end()) {
        return place->second ? Status::counted : Status::absent;
    }
    auto literal = found.as_choice(member);
    if (!literal) return Status::open;
    auto place = allowed.find(literal->choice);
    if (place == allowed.end()) return Status::open;
    if (!place->second.contains(literal->alternative)) return Status::absent;
    return place->second.size() == 1 ? Status::counted : Status::open;
}

AggregateLaw aggregate_law(const Database& database, const provenance::FoundProof& found,
                           NodeId node, bool negated) {
    const provenance::DerivationGraph& graph = database.graph;
    AggregateLaw law;
    auto restrict_to = [&](const AllowedAlternatives& allowed) {
        std::set<std::uint32_t> set(allowed.alternatives.begin(), allowed.alternatives.end());
        auto [place, is_new] = law.allowed.try_emplace(allowed.choice, set);
        if (!is_new) std::erase_if(place->second, [&](auto k) { return !set.contains(k); });
    };
    std::set<Premise> seen;
    std::vector<Premise> pending{{node, negated}};
    while (!pending.empty()) {
        Premise premise = pending.back();
        pending.pop_back();
        if (!seen.insert(premise).second) continue;
        if (database.origins[premise.node()].kind == NodeOrigin::Kind::fact) {
            law.members[premise.node()] = !premise.negated();
            continue;
        }
        if (!premise.negated()) {
            auto support = found.support(premise.node());
            if (support.allowed.choice != kNone) restrict_to(support.allowed);
            const auto& derivation = graph.derivation(support.derivation);
            for (Premise p : graph.premises(derivation)) pending.push_back(p);
            continue;
        }
        auto [first, last] = graph.derivations(premise.node());
        for (provenance::DerivationId id = first; id < last; ++id) {
            auto refutation = found.refutation(id);
            if (refutation.by_choice) {
                restrict_to(found.others(graph.derivation(id).choice));
            } else {
                pending.emplace_back(refutation.premise.node(), !refutation.premise.negated());
            }
        }
    }
    return law;
}

}  // namespace entail::eval
