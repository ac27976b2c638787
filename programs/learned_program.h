#pragma once
// A program with its learned weights written in.

#include <string>
#include <vector>

#include "programs/loader.h"

namespace entail {

/// The main file's text with each `t(...)` replaced by `t(<value>)`: it runs as it was learned, and
/// can be learned further. Values, by parameter, are cut off after twelve decimals, so that those
/// of a clause never add up to more than 1. Throws std::invalid_argument if a learnable weight
/// stands in another file.
std::string learned_program(const LoadedProgram& loaded, const std::vector<double>& values);

}  // namespace entail
