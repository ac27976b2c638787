#pragma once
// Partial interpretations to learn weights from: what was seen of some worlds, and nothing about
// the rest of them.
//
//     evidence(burglary).      % one world
//     evidence(\+ alarm).
//     ---
//     evidence(alarm).         % another
//
// Statements are those of the language; a line that begins with `---` ends a world's.

#include <filesystem>
#include <vector>

#include "programs/loader.h"

namespace entail {

struct Interpretation {
    std::vector<ir::Evidence> evidence;  ///< each atom once
    std::size_t count = 1;               ///< how often exactly this was seen
};

/// Those that say the same are one. Throws ProgramError for what does not parse or names no
/// predicate of the program, neural::DataError for what is no evidence, contradicts itself, or is
/// not there.
std::vector<Interpretation> read_interpretations(LoadedProgram& loaded,
                                                 const std::filesystem::path& file);

}  // namespace entail
