#pragma once
// Text to syntax. Every function reports into `diagnostics` and returns what could be read.

#include <cstdint>
#include <optional>

#include "programs/syntax/ast.h"
#include "symbolic/base/diagnostic.h"
#include "symbolic/base/source.h"

namespace entail::ast {

/// Reads the whole source with this index in `sources`. Time is linear in its length.
File parse(std::uint32_t source, const SourceSet& sources, Diagnostics& diagnostics);

// The functions below read all of a source as one thing, for the command line and for data; a
// final dot is allowed. Empty after an error.

/// `sum(a, b, 11)`: kind atom or compound.
std::optional<Term> parse_atom(std::uint32_t source, const SourceSet& sources,
                               Diagnostics& diagnostics);
/// Any term: a value in a data file. Ground or not.
std::optional<Term> parse_term(std::uint32_t source, const SourceSet& sources,
                               Diagnostics& diagnostics);
/// `\+ a`, or whatever a body may contain.
std::optional<Literal> parse_literal(std::uint32_t source, const SourceSet& sources,
                                     Diagnostics& diagnostics);
/// `fever, \+ cough`.
std::optional<Body> parse_conjunction(std::uint32_t source, const SourceSet& sources,
                                      Diagnostics& diagnostics);
/// `flu` or `flu = false`, `flu = true`: an atom and whether it is to be true.
struct Setting {
    Term atom;
    bool value = true;
};
std::optional<Setting> parse_setting(std::uint32_t source, const SourceSet& sources,
                                     Diagnostics& diagnostics);

}  // namespace entail::ast
