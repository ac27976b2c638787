#pragma once
// A proof that the search has found, asked node by node.

#include <optional>
#include <unordered_map>

#include "symbolic/provenance/best_proof.h"

namespace entail::provenance {

/// What the search was not asked for, but follows from what it found, is a node that is nothing but
/// a name for a choice: it has one derivation, from a choice or from one such node.
class FoundProof {
public:
    FoundProof(const DerivationGraph& graph, BestProof proof);

    const BestProof& proof() const { return proof_; }
    /// How it derives `node`, which holds.
    BestProof::Support support(NodeId node) const;
    /// What it lets fail in a derivation of a node that does not hold.
    BestProof::Refutation refutation(DerivationId id) const;
    /// The alternatives of a choice but one.
    AllowedAlternatives others(ChoiceLiteral literal) const;
    /// "c takes k" where `node` is nothing but a name for it.
    std::optional<ChoiceLiteral> as_choice(NodeId node) const;

private:
    const DerivationGraph& graph_;
    BestProof proof_;
    std::unordered_map<NodeId, std::size_t> support_of_;
    std::unordered_map<DerivationId, std::size_t> refutation_of_;
};

}  // namespace entail::provenance
