#pragma once
// From files to a checked program: reads, imports, parses, lowers, and adds the rows of facts
// files.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "programs/lower/lower.h"
#include "programs/syntax/ast.h"
#include "symbolic/base/diagnostic.h"
#include "symbolic/ir/program.h"

namespace entail {

/// Which files a program may read: those below the folder of the program and the roots given by the
/// caller. Links are followed before the question is asked.
class FileAccess {
public:
    FileAccess() = default;
    FileAccess(std::filesystem::path base, std::vector<std::filesystem::path> roots);

    /// The path of `name`, relative to the program's folder; reports what lies outside.
    std::optional<std::filesystem::path> resolve(const std::string& name, SourceSpan span,
                                                 Diagnostics& diagnostics) const;

private:
    std::filesystem::path base_ = ".";
    std::vector<std::filesystem::path> roots_;
};

struct LoadedProgram {
    SourceSet sources;
    Diagnostics diagnostics;  ///< of reading and checking; without errors `program` can be run
    ir::Program program;
    FileAccess files;
    /// `fol` and `claim` statements: knowledge beside the program, and what is said of both.
    std::vector<ast::Statement> sentences, claims;
};

/// Programs above this are refused: reading one takes about 30 times its size.
inline constexpr std::size_t kMaxProgramBytes = std::size_t{256} << 20U;

LoadedProgram load_text(std::string name, std::string text, FileAccess files);
/// A file that cannot be read is a diagnostic like any other.
LoadedProgram load_file(const std::filesystem::path& path,
                        const std::vector<std::filesystem::path>& roots);

}  // namespace entail
