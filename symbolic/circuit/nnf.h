#pragma once
// Circuits in the .nnf text of c2d, which counters of d-DNNF read and compilers write.
//
// Its variables are Boolean. A choice of n alternatives becomes n - 1 of them, a ladder: it takes
// alternative k when variable k is true and no earlier one is, and the last when none is. The
// weights of each variable's two literals sum to 1 (what alternative k has of the mass that the
// earlier ones leave), so that a count needs no smoothing: the weighted count of the text is the
// value of the circuit.

#include <string>
#include <string_view>
#include <vector>

#include "symbolic/circuit/labelled.h"

namespace entail::circuit {

struct NnfText {
    std::string text;
    std::size_t variables = 0, nodes = 0, edges = 0;
};

/// All answers; the last node, which others take for the root, is the numerator of `answer`, or the
/// conditions if there are no answers. Comments say which node counts which answer, what the
/// variables stand for and what their literals weigh ("c p weight LITERAL WEIGHT 0", as in the
/// model counting competitions). Throws std::invalid_argument if there is no such answer.
NnfText write_nnf(const LabelledCircuit& labelled, std::size_t answer = 0);

struct Nnf {
    Circuit circuit;  ///< choice v - 1 is variable v: true, false; one root, the last node
    std::vector<double> weights;  ///< as the comments say; half where they say nothing
};

/// Reads what c2d, d4 (in its first format) and write_nnf write. An Or on a variable becomes a
/// decision; one without is taken at its word that its terms exclude each other. That factors share
/// no variable is checked. Throws CircuitFileError.
Nnf read_nnf(std::string_view text, const std::string& file);

}  // namespace entail::circuit
