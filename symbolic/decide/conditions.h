#pragma once
// What is asked of worlds: literals over the nodes of a derivation graph.

#include <vector>

#include "symbolic/provenance/derivation_graph.h"

namespace entail::decide {

/// All of them hold; a negated premise asks for a false node.
using Conditions = std::vector<provenance::Premise>;

}  // namespace entail::decide
