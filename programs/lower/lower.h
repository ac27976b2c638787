#pragma once
// Syntax to the checked program: names resolved, domains expanded, bodies flattened, errors found.
//
// Everything that is wrong with a program is reported in one pass. What a later pass needs to know
// about data files is left in the result: nothing is read here.

#include <string_view>
#include <vector>

#include "programs/syntax/ast.h"
#include "symbolic/base/diagnostic.h"
#include "symbolic/ir/program.h"

namespace entail {

/// A file of facts to be read: `facts edge/2 from "edges.csv".`
struct FactsSource {
    ir::PredicateId predicate;
    std::string path;
    SourceSpan span;
};

struct Lowered {
    ir::Program program;
    std::vector<FactsSource> facts_files;
};

/// One file of a program, with where its clauses come from.
struct Unit {
    const ast::File* file;
    bool is_library = false;  ///< its predicates are used where the program has none of that name
};

Lowered lower(const std::vector<Unit>& units, Diagnostics& diagnostics);

/// Lowers one atom against an existing program, for questions that come later: `explain`,
/// `--given`, API calls. Unknown predicates and unsuitable terms are reported.
struct LoweredAtom {
    ir::Atom atom;
    std::vector<std::string> variables;
};
std::optional<LoweredAtom> lower_atom(const ast::Term& term, ir::Program& program,
                                      Diagnostics& diagnostics);

}  // namespace entail
