#include "symbolic/provenance/found_proof.h"

namespace entail::provenance {

FoundProof::FoundProof(const DerivationGraph& graph, BestProof proof)
    : graph_(graph), proof_(std::move(proof)) {
    for (std::size_t i = 0; i < proof_.supports.size(); ++i) {
        support_of_.emplace(proof_.supports[i].node, i);
    }
    for (std::size_t i = 0; i < proof_.refutations.size(); ++i) {
        refutation_of_.emplace(proof_.refutations[i].derivation, i);
    }
}

BestProof::Support FoundProof::support(NodeId node) const {
    auto place = support_of_.find(node);
    if (place != support_of_.end()) return proof_.supports[place->second];
    DerivationId only = graph_.derivations(node).first;
    ChoiceLiteral literal = graph_.derivation(only).choice;
    if (literal.choice == kNone) return {node, only, {}};
    return {node, only, {literal.choice, {literal.alternative}}};
}

BestProof::Refutation FoundProof::refutation(DerivationId id) const {
    auto place = refutation_of_.find(id);
    if (place != refutation_of_.end()) return proof_.refutations[place->second];
    const Derivation& derivation = graph_.derivation(id);
    if (derivation.choice.choice != kNone) return {id, true, Premise(0, false)};
    return {id, false, graph_.premises(derivation)[0]};
}

AllowedAlternatives FoundProof::others(ChoiceLiteral literal) const {
    AllowedAlternatives allowed{literal.choice, {}};
    for (std::uint32_t k = 0; k < graph_.choice(literal.choice).size; ++k) {
        if (k != literal.alternative) allowed.alternatives.push_back(k);
    }
    return allowed;
}

std::optional<ChoiceLiteral> FoundProof::as_choice(NodeId node) const {
    for (;;) {
        auto [first, last] = graph_.derivations(node);
        if (last - first != 1) return std::nullopt;
        const Derivation& derivation = graph_.derivation(first);
        auto premises = graph_.premises(derivation);
        if (derivation.choice.choice != kNone) {
            if (premises.empty()) return derivation.choice;
            return std::nullopt;
        }
        if (premises.size() != 1 || premises[0].negated() || premises[0].node() == node) {
            return std::nullopt;
        }
        node = premises[0].node();
    }
}

}  // namespace entail::provenance
