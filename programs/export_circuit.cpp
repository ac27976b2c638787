#include "programs/export_circuit.h"

#include <fmt/format.h>

#include <algorithm>

#include "neural/data/file_bytes.h"
#include "symbolic/circuit/nnf.h"

namespace entail {

namespace {

std::size_t index_of(const circuit::LabelledCircuit& labelled, const std::string& atom) {
    if (atom.empty()) return 0;
    const auto found =
        std::ranges::find(labelled.answers, atom, &circuit::LabelledCircuit::Answer::atom);
    if (found != labelled.answers.end())
        return static_cast<std::size_t>(found - labelled.answers.begin());
    throw std::invalid_argument("'" + atom +
                                "' is no uncertain answer to a query; atoms are written as "
                                "'entail run' prints them");
}

}  // namespace

CircuitText export_circuit(const CompiledProgram& compiled, CircuitFormat format,
                           const std::string& answer) {
    if (!compiled.limits.empty())
        throw std::invalid_argument("export_circuit: compiled: a limit was reached");
    const circuit::LabelledCircuit& labelled = compiled.circuit;
    const std::size_t index = index_of(labelled, answer);
    if (format == CircuitFormat::nnf) {
        circuit::NnfText nnf = circuit::write_nnf(labelled, index);
        return {std::move(nnf.text), fmt::format("{} nodes, {} edges, {} variables", nnf.nodes,
                                                 nnf.edges, nnf.variables)};
    }
    return {format == CircuitFormat::dot ? circuit::write_dot(labelled)
                                         : circuit::write_circuit(labelled),
            fmt::format("{} nodes, {} edges, {} choices", labelled.circuit.size(),
                        labelled.circuit.edge_count(), labelled.choices.size())};
}

void write_text_file(const std::filesystem::path& file, const std::string& text) {
    neural::write_file_atomically(file, text);
}

}  // namespace entail
