#pragma once
// The most probable proof of some literals in a derivation graph.
//
// A proof picks for each positive node one derivation whose premises it proves too, and for each
// negated node, in each of its derivations, one premise or choice that fails. Derivations picked
// for positive nodes form no cycle; negations may lean on each other. What a proof says about a
// choice is a set of alternatives: one for a derivation that uses it, the others where it fails.
// Its probability is the product over the choices of the weight of what remains allowed, each
// choice counted once; a free choice weighs 1.
//
// The derivations of one node inside an aggregate (rule kNone) that differ in the alternative of
// one choice alone count as one derivation that allows all of them.

#include <span>
#include <vector>

#include "symbolic/provenance/derivation_graph.h"
#include "symbolic/provenance/world_model.h"

namespace entail::provenance {

/// What a proof allows of one choice.
struct AllowedAlternatives {
    ChoiceId choice = kNone;
    std::vector<std::uint32_t> alternatives;  ///< ascending
};

struct BestProof {
    bool found = false;
    bool is_best = false;     ///< false: the effort ended before all others were excluded
    bool is_refuted = false;  ///< not found, and the search was complete: no world has it
    double probability = 0;

    /// Of each positive node: a derivation, and what it needs of its choice.
    struct Support {
        NodeId node;
        DerivationId derivation;
        AllowedAlternatives allowed;  ///< choice kNone: none
    };
    std::vector<Support> supports;  ///< ascending by node
    /// Of each derivation of each negated node: the premise that fails, or the choice.
    struct Refutation {
        DerivationId derivation;
        bool by_choice;
        Premise premise;  ///< of the derivation; its contrary is proved
    };
    std::vector<Refutation> refutations;  ///< ascending by derivation
    std::vector<NodeId> refuted;          ///< the negated nodes, ascending
};

struct BestProofOptions {
    std::size_t effort = 30'000'000;  ///< looks at a derivation
    /// If given, only what this world takes is used. Where it meets the goals, a proof is found at
    /// once; whether another world has a better one is not asked.
    const World* world = nullptr;
};

/// `weights` as laid out by the graph, those of free choices are not looked at; alternatives of
/// weight 0 are not used.
/// Throws std::invalid_argument if `weights` has another size.
BestProof best_proof(const DerivationGraph& graph, std::span<const Premise> goals,
                     std::span<const double> weights, const BestProofOptions& options = {});

}  // namespace entail::provenance
