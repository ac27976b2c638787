#include "programs/interpretations.h"

#include <algorithm>
#include <map>
#include <string>

#include "neural/core/data_error.h"
#include "neural/data/file_bytes.h"
#include "programs/engine.h"
#include "programs/lower/lower.h"
#include "programs/syntax/parser.h"

namespace entail {

namespace {

/// Where separators begin. They become comments, so that places stay what they are.
std::vector<std::uint32_t> hide_separators(std::string& text) {
    std::vector<std::uint32_t> places;
    for (std::size_t line = 0; line < text.size();) {
        if (text.compare(line, 3, "---") == 0) {
            places.push_back(static_cast<std::uint32_t>(line));
            text[line] = '%';
        }
        const std::size_t end = text.find('\n', line);
        line = end == std::string::npos ? text.size() : end + 1;
    }
    return places;
}

}  // namespace

std::vector<Interpretation> read_interpretations(LoadedProgram& loaded,
                                                 const std::filesystem::path& file) {
    std::string text = neural::read_file(file, kMaxProgramBytes);
    const std::vector<std::uint32_t> separators = hide_separators(text);
    const std::uint32_t source = loaded.sources.add(file.string(), std::move(text));
    Diagnostics diagnostics;
    const ast::File parsed = ast::parse(source, loaded.sources, diagnostics);
    const auto fail = [&](SourceSpan span, const std::string& cause, const std::string& way_out) {
        const std::string place = loaded.sources.place(span);
        throw neural::DataError(
            file.string(), "line " + place.substr(place.rfind(':') + 1) + ": " + cause, way_out);
    };

    std::map<std::string, std::size_t> known;  // by what is seen
    std::vector<Interpretation> result;
    std::map<std::string, ir::Evidence> seen;  // of the present world, by atom
    const auto finish = [&] {
        if (seen.empty()) return;
        std::string key;
        for (const auto& [atom, evidence] : seen) key += (evidence.value ? "+" : "-") + atom + "\n";
        const auto [place, fresh] = known.emplace(std::move(key), result.size());
        if (fresh) {
            Interpretation& one = result.emplace_back();
            for (const auto& [atom, evidence] : seen) one.evidence.push_back(evidence);
        } else {
            ++result[place->second].count;
        }
        seen.clear();
    };
    auto separator = separators.begin();
    for (const ast::Statement& statement : parsed.statements) {
        for (; separator != separators.end() && *separator < statement.span.begin; ++separator)
            finish();
        const auto* evidence = std::get_if<ast::Evidence>(&statement.form);
        if (evidence == nullptr)
            fail(statement.span, "only evidence can be seen of a world",
                 "write 'evidence(atom).' or 'evidence(\\+ atom).'");
        const std::optional<LoweredAtom> lowered =
            lower_atom(evidence->atom, loaded.program, diagnostics);
        if (!lowered) continue;
        if (!lowered->variables.empty()) {
            diagnostics.report(DiagnosticCode::open_evidence, evidence->atom.span,
                               lowered->variables.front());
            continue;
        }
        const auto [place, fresh] =
            seen.emplace(loaded.program.print(lowered->atom, {}),
                         ir::Evidence{lowered->atom, !evidence->negated, evidence->atom.span});
        if (!fresh && place->second.value == evidence->negated)
            fail(statement.span, "'" + place->first + "' is seen true and false in one world",
                 "separate worlds by a line '---'");
    }
    finish();
    if (diagnostics.has_errors()) {
        diagnostics.sort();
        throw ProgramError(render(diagnostics, loaded.sources));
    }
    if (result.empty())
        throw neural::DataError(file.string(), "there is no interpretation in it",
                                "write 'evidence(atom).' and so on, worlds separated by '---'");
    return result;
}

}  // namespace entail
