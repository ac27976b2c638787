#pragma once
// A derivation graph in Z3: what its models say about choices and nodes is exactly what worlds say.
//
// Idea: Clark's completion, which has the right models where nodes do not depend on themselves. In
// positive cycles a node needs a derivation from nodes of a lower *level*, a number of its own; so
// no circle supports itself (Niemelä, Stable models and difference logic, AMAI 2008).
// Theory literals are comparisons over variables of Z3 (see theory_terms.h).
// Nodes that only stand for another literal get no variable; what must be false becomes clauses.
// Cost: linear in the derivations below what is asked for; each part is written once.

#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "symbolic/decide/theory_terms.h"
#include "symbolic/provenance/derivation_graph.h"
#include "symbolic/provenance/world_model.h"
#include "symbolic/smt/solver.h"

namespace entail::decide {

class Encoding {
public:
    /// `add` receives what holds in every model, as it is needed. Keeps references to all three.
    Encoding(const eval::Database& database, smt::Context& context,
             std::function<void(smt::Term)> add);

    /// "The choice takes the alternative."
    smt::Term alternative(provenance::ChoiceLiteral literal);
    /// "The node is true."
    smt::Term node(provenance::NodeId node);
    /// Makes `node` be `value` in every model.
    void require(provenance::NodeId node, bool value);

    /// The choices that have been mentioned so far, in the order of their first mention.
    std::span<const provenance::ChoiceId> choices() const { return choices_; }
    /// What a model takes; 0 for choices that have not been mentioned.
    provenance::World world(const smt::Model& model) const;

    TheoryTerms& theory() { return theory_; }

private:
    /// What a derivation needs, as literals; nothing if it never holds.
    std::vector<smt::Term> parts(provenance::DerivationId id);
    void define(provenance::NodeId node);
    void find_components(provenance::NodeId from);

    const eval::Database& database_;
    const provenance::DerivationGraph& graph_;
    smt::Context& context_;
    std::function<void(smt::Term)> add_;
    TheoryTerms theory_;
    std::vector<std::optional<smt::Term>> nodes_;       // by node
    std::vector<std::uint32_t> component_;              // by node; kNone: not looked at yet
    std::vector<bool> is_cyclic_;                       // by component
    std::vector<std::optional<smt::Term>> levels_;      // by node, of cyclic components
    std::vector<std::vector<smt::Term>> alternatives_;  // by choice
    std::vector<provenance::ChoiceId> choices_;
};

}  // namespace entail::decide
