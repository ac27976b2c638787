#pragma once
// The most probable proof of an atom, from what evaluation has found.
//
// Uncertain atoms have derivations; the most probable proof is searched for among them, together
// with proofs of the evidence and of the absence of every constraint's body, so that what it shows
// is possible. Certain atoms carry no provenance: their proofs are found again by matching rules.
// What a user did not write is folded away: auxiliary predicates into the text of the conjunction
// that they stand for, library predicates into one step.

#include <functional>
#include <span>

#include "symbolic/base/source.h"
#include "symbolic/eval/choice_text.h"
#include "symbolic/eval/database.h"
#include "symbolic/proof/proof.h"
#include "symbolic/provenance/best_proof.h"

namespace entail::eval {

/// What the engine knows and the database does not. Everything may be left empty.
struct ExplainContext {
    const SourceSet* sources = nullptr;  ///< of the program's spans
    InputPath input_path;                ///< empty: the path of its `input` statement
    /// Where a fact that is not in the program's text comes from: `edges.csv:12`.
    std::function<std::string(ir::PredicateId, Row)> fact_source;
    /// Total probability of a node over all proofs, shown with its step.
    std::function<std::optional<double>(provenance::NodeId)> total;
    std::optional<double> lower, upper;       ///< of the query
    std::vector<ir::Evidence> more_evidence;  ///< beside the program's: `--given`
    bool negated = false;                     ///< explain that the atom does not hold
    provenance::BestProofOptions search;
};

/// Why row `row` of `predicate` holds. `weights` as laid out by database.graph.
proof::Proof explain(const ir::Program& program, const Database& database,
                     std::span<const double> weights, ir::PredicateId predicate, Row row,
                     const ExplainContext& context);

/// The same for any tuple of values of the database. An atom that is not there is explained by why
/// each rule fails.
proof::Proof explain(const ir::Program& program, const Database& database,
                     std::span<const double> weights, ir::PredicateId predicate,
                     std::span<const Value> tuple, const ExplainContext& context);

}  // namespace entail::eval
