#pragma once
// What the states inside an aggregate's outcome come down to: which members hold, and what choices
// take. The states themselves (see aggregate.h) are nothing that a person would name.

#include <map>
#include <set>

#include "symbolic/eval/database.h"
#include "symbolic/proof/proof.h"
#include "symbolic/provenance/found_proof.h"

namespace entail::eval {

struct AggregateLaw {
    std::map<provenance::NodeId, bool> members;  ///< those that matter: holds or not
    std::map<provenance::ChoiceId, std::set<std::uint32_t>> allowed;

    /// Of an uncertain member.
    proof::Member::Status status(provenance::NodeId member,
                                 const provenance::FoundProof& found) const;
};

/// Why the outcome `node` is the aggregate's value in the proof, or is not.
AggregateLaw aggregate_law(const Database& database, const provenance::FoundProof& found,
                           provenance::NodeId node, bool negated);

}  // namespace entail::eval
