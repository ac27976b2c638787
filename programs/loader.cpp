#include "programs/loader.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <set>

#include "bridge/perception.h"
#include "neural/core/data_error.h"
#include "neural/data/csv.h"
#include "neural/data/file_bytes.h"
#include "programs/inference.h"
#include "programs/library/embedded.h"
#include "programs/syntax/parser.h"
#include "symbolic/ir/demand.h"

namespace entail {
namespace {

namespace fs = std::filesystem;

bool lies_below(const fs::path& path, const fs::path& root) {
    auto [in_root, in_path] = std::ranges::mismatch(root, path);
    return in_root == root.end() || (std::next(in_root) == root.end() && in_root->empty());
}

/// The library that is there without being imported: its clauses fill what a program leaves open.
/// Others are read where they are imported, like any file.
constexpr std::string_view kPrelude = "lists";

/// The files of one program: the main one, what it imports, and the library.
class Loader {
public:
    explicit Loader(LoadedProgram& loaded) : loaded_(loaded) {}

    /// The main file, so that a file that imports it does not read it again.
    void mark_read(const fs::path& path) { imported_.insert(real(path)); }

    void add(std::string name, std::string text, bool is_library) {
        std::uint32_t index = loaded_.sources.add(std::move(name), std::move(text));
        files_.push_back(ast::parse(index, loaded_.sources, loaded_.diagnostics));
        units_.push_back({&files_.back(), is_library});
        if (!is_library) add_imports(files_.back());
    }

    void finish() {
        add_library(kPrelude, true);
        Lowered lowered = lower(units_, loaded_.diagnostics);
        loaded_.program = std::move(lowered.program);
        add_sentences();
        for (const FactsSource& source : lowered.facts_files) add_facts(source);
        check_modules();
        // Variables that the program's own questions leave unbound are errors of the program.
        const ir::Program& program = loaded_.program;
        std::vector<ir::Call> calls = calls_of(program, {program.queries, program.evidence, {}});
        for (const ir::Objective& objective : program.objectives)
            calls.push_back({objective.tuples, objective.variables});
        for (const ir::Property& property : program.properties) {
            const bool is_never = property.kind == ir::Property::Kind::never;
            calls.push_back({is_never ? property.violation : property.atom, property.variables});
        }
        ir::specialise(program, calls, loaded_.diagnostics);
        loaded_.diagnostics.sort();
    }

private:
    void add_imports(const ast::File& file) {
        for (const ast::Statement& statement : file.statements) {
            const auto* import = std::get_if<ast::Import>(&statement.form);
            if (import == nullptr) continue;
            const std::string& name = import->name.text;
            if (!import->is_path && is_library(name)) {
                if (name != kPrelude && libraries_.insert(name).second) add_library(name, false);
                continue;
            }
            std::string file_name = import->is_path ? name : name + ".ent";
            auto path = loaded_.files.resolve(file_name, import->name.span, loaded_.diagnostics);
            if (!path || !imported_.insert(real(*path)).second) continue;
            if (!import->is_path && !fs::exists(*path)) {
                loaded_.diagnostics.report(DiagnosticCode::unknown_import, import->name.span, name);
                continue;
            }
            try {
                add(file_name, neural::read_file(*path, kMaxProgramBytes), false);
            } catch (const neural::DataError& error) {
                loaded_.diagnostics.report(DiagnosticCode::cannot_read, import->name.span,
                                           file_name, error.what());
            }
        }
    }

    static fs::path real(const fs::path& path) {
        std::error_code failed;
        fs::path result = fs::weakly_canonical(path, failed);
        return failed ? path : result;
    }

    static bool is_library(const std::string& name) {
        return std::ranges::any_of(embedded_library(),
                                   [&](const auto& entry) { return entry.first == name; });
    }

    void add_library(std::string_view name, bool is_prelude) {
        auto place = std::ranges::find(embedded_library(), name, [](auto& e) { return e.first; });
        add("library/" + std::string(name) + ".ent", std::string(place->second), is_prelude);
    }

    void add_sentences() {
        for (ast::File& file : files_) {
            for (ast::Statement& statement : file.statements) {
                if (std::holds_alternative<ast::Sentence>(statement.form)) {
                    loaded_.sentences.push_back(std::move(statement));
                } else if (std::holds_alternative<ast::Claim>(statement.form)) {
                    loaded_.claims.push_back(std::move(statement));
                }
            }
        }
    }

    void check_modules() {
        for (const ir::ModuleDeclaration& module : loaded_.program.modules) {
            std::string why = bridge::why_unsupported(module.architecture);
            if (why.empty()) continue;
            loaded_.diagnostics
                .report(DiagnosticCode::unknown_architecture, module.span, module.architecture)
                .hint = why;
        }
    }

    void add_facts(const FactsSource& source) {
        auto path = loaded_.files.resolve(source.path, source.span, loaded_.diagnostics);
        if (!path) return;
        ir::Program& program = loaded_.program;
        std::size_t arity = program.predicates[source.predicate].arity;
        const ir::Signature* signature = program.signature(source.predicate);
        std::vector<ir::Type> types(arity);
        if (signature != nullptr) types = signature->types;
        try {
            neural::CsvTable table = neural::load_csv(*path);
            for (std::size_t r = 0; r < table.rows.size(); ++r) {
                if (table.rows[r].size() != arity) {
                    loaded_.diagnostics.report(
                        DiagnosticCode::malformed_row, source.span, source.path, table.lines[r],
                        fmt::format("{} columns, expected {}", table.rows[r].size(), arity));
                    return;
                }
                std::vector<Value> row;
                for (std::size_t c = 0; c < arity; ++c) {
                    auto value = read_value(table.rows[r][c], types[c]);
                    if (!value) {
                        loaded_.diagnostics.report(DiagnosticCode::malformed_row, source.span,
                                                   source.path, table.lines[r],
                                                   fmt::format("'{}' is not of type '{}'",
                                                               table.rows[r][c], types[c].name));
                        return;
                    }
                    row.push_back(*value);
                }
                program.add_fact(source.predicate, row, source.span);
            }
        } catch (const neural::DataError& error) {
            loaded_.diagnostics
                .report(DiagnosticCode::cannot_read, source.span, source.path, error.cause())
                .hint = error.way_out();
        }
    }

    /// A field as a value of its column's type: text where that wants text, else a number if it
    /// reads as one, else an atom.
    std::optional<Value> read_value(const std::string& text, const ir::Type& type) {
        ValueStore& values = loaded_.program.values;
        Value value = values.atom(text);
        const char* end = text.data() + text.size();
        std::int64_t integer = 0;
        double real = 0;
        auto [integer_end, integer_error] = std::from_chars(text.data(), end, integer);
        auto [real_end, real_error] = std::from_chars(text.data(), end, real);
        if (type.kind == ir::Type::Kind::string) {
            value = values.string(text);
        } else if (type.kind == ir::Type::Kind::atom) {
            return value;
        } else if (integer_error == std::errc() && integer_end == end) {
            value = values.integer(integer);
        } else if (real_error == std::errc() && real_end == end && std::isfinite(real)) {
            value = values.real(real);
        }
        if (!ir::has_type(value, type, values)) return std::nullopt;
        return value;
    }

    LoadedProgram& loaded_;
    std::deque<ast::File> files_;
    std::vector<Unit> units_;
    std::set<std::string> libraries_;  // that were imported
    std::set<fs::path> imported_;      // by what links lead to: a file is read once
};

}  // namespace

FileAccess::FileAccess(fs::path base, std::vector<fs::path> roots)
    : base_(base.empty() ? fs::path(".") : std::move(base)), roots_(std::move(roots)) {
    roots_.push_back(base_);
    for (fs::path& root : roots_) {
        std::error_code ignored;
        root = fs::weakly_canonical(root, ignored);
    }
}

std::optional<fs::path> FileAccess::resolve(const std::string& name, SourceSpan span,
                                            Diagnostics& diagnostics) const {
    fs::path path = base_ / name;
    std::error_code failed;
    fs::path real = fs::weakly_canonical(path, failed);
    bool inside = !failed && std::ranges::any_of(roots_, [&](const fs::path& root) {
        return lies_below(real, root);
    });
    if (inside) return path;
    diagnostics.report(DiagnosticCode::outside_root, span, name).hint =
        "a program reads files below its own folder and the folders given by --root";
    return std::nullopt;
}

namespace {

LoadedProgram load(std::string name, std::string text, FileAccess files,
                   const std::optional<fs::path>& main_file) {
    LoadedProgram loaded;
    loaded.files = std::move(files);
    Loader loader(loaded);
    if (main_file) loader.mark_read(*main_file);
    loader.add(std::move(name), std::move(text), false);
    loader.finish();
    return loaded;
}

}  // namespace

LoadedProgram load_text(std::string name, std::string text, FileAccess files) {
    return load(std::move(name), std::move(text), std::move(files), std::nullopt);
}

LoadedProgram load_file(const fs::path& path, const std::vector<fs::path>& roots) {
    FileAccess files(path.parent_path(), roots);
    try {
        // An empty file is an empty program; read_file refuses it as data.
        std::error_code ignored;
        bool is_empty = fs::is_regular_file(path, ignored) && fs::file_size(path, ignored) == 0;
        std::string text = is_empty ? "" : neural::read_file(path, kMaxProgramBytes);
        return load(path.string(), std::move(text), std::move(files), path);
    } catch (const neural::DataError& error) {
        LoadedProgram loaded;
        std::uint32_t source = loaded.sources.add(path.string(), "");
        loaded.diagnostics
            .report(DiagnosticCode::cannot_read, {source, 0, 0}, path.string(), error.cause())
            .hint = error.way_out();
        return loaded;
    }
}

}  // namespace entail
