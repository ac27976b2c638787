#pragma once
// A compiled program as text, for files and for other tools.

#include <filesystem>
#include <string>

#include "programs/engine.h"

namespace entail {

enum class CircuitFormat { nnf, entail, dot };

struct CircuitText {
    std::string text;
    std::string size;  ///< "13 nodes, 18 edges, 4 choices"
};

/// `answer`: the atom, as printed, whose numerator is the last node of nnf; the first if empty.
/// Throws std::invalid_argument if there is no such answer, or `compiled` ended at a limit.
CircuitText export_circuit(const CompiledProgram& compiled, CircuitFormat format,
                           const std::string& answer = "");

/// Replaces the file in one step. Throws std::runtime_error.
void write_text_file(const std::filesystem::path& file, const std::string& text);

}  // namespace entail
