#include "symbolic/base/diagnostic.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace entail {
namespace {

constexpr DiagnosticInfo kInfos[] = {
#define ENTAIL_DIAGNOSTIC(name, code, severity, format) {code, Severity::severity, format},
#include "symbolic/base/diagnostic.def"
#undef ENTAIL_DIAGNOSTIC
};

/// A longer line is not shown: a megabyte on one line helps nobody.
constexpr std::size_t kMaxShownLine = 160;

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

/// "   7 | text\n     |   ^" for the first line of the span.
std::string excerpt(SourceSpan span, const SourceSet& sources) {
    const Source& source = sources[span.source];
    Source::Position position = source.position(span.begin);
    std::string_view line = source.line(position.line);
    if (line.size() > kMaxShownLine || source.text().empty()) return {};
    std::size_t before = std::min<std::size_t>(position.column - 1, code_points(line));
    std::string padding;
    std::size_t seen = 0;
    for (char c : line) {
        if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) continue;
        if (seen++ == before) break;
        padding += c == '\t' ? '\t' : ' ';
    }
    std::string_view covered = sources.text(span);
    covered = covered.substr(0, covered.find('\n'));
    std::size_t rest = code_points(line) - before;
    std::size_t width =
        std::clamp<std::size_t>(code_points(covered), 1, std::max<std::size_t>(rest, 1));
    return fmt::format("{:>4} | {}\n     | {}{}\n", position.line, line, padding,
                       std::string(width, '^'));
}

/// Control characters that a message quotes from a program would end it (NUL) or steer the user's
/// terminal. Each becomes one replacement character, so that carets stay where they are.
std::string without_controls(const std::string& text) {
    std::string shown;
    shown.reserve(text.size());
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_control = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
        if (is_control) {
            shown += "\xef\xbf\xbd";
        } else {
            shown += c;
        }
    }
    return shown;
}

}  // namespace

const DiagnosticInfo& info(DiagnosticCode code) {
    return kInfos[static_cast<std::size_t>(code)];
}

const std::vector<DiagnosticCode>& all_diagnostic_codes() {
    static const std::vector<DiagnosticCode> codes = [] {
        std::vector<DiagnosticCode> all;
        for (std::size_t i = 0; i < std::size(kInfos); ++i) all.push_back(DiagnosticCode(i));
        return all;
    }();
    return codes;
}

Diagnostic& Diagnostics::add(DiagnosticCode code, SourceSpan span, std::string message) {
    if (info(code).severity == Severity::error) ++errors_;
    return list_.emplace_back(Diagnostic{code, span, std::move(message), {}, {}});
}

void Diagnostics::sort() {
    auto key = [](const Diagnostic& d) {
        return std::tuple(d.span.source, d.span.begin, d.span.end, d.code);
    };
    std::stable_sort(list_.begin(), list_.end(),
                     [&](const auto& a, const auto& b) { return key(a) < key(b); });
    auto same = [&](const auto& a, const auto& b) {
        return key(a) == key(b) && a.message == b.message;
    };
    list_.erase(std::unique(list_.begin(), list_.end(), same), list_.end());
    auto place = [](const Diagnostic& d) {
        return std::tuple(d.span.source, d.span.begin, d.span.end);
    };
    std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> of_errors;
    for (const Diagnostic& d : list_) {
        if (d.severity() == Severity::error) of_errors.insert(place(d));
    }
    std::erase_if(list_, [&](const Diagnostic& d) {
        return d.severity() == Severity::warning && of_errors.contains(place(d));
    });
    errors_ = static_cast<std::size_t>(std::count_if(
        list_.begin(), list_.end(), [](const auto& d) { return d.severity() == Severity::error; }));
}

std::string render(const Diagnostic& diagnostic, const SourceSet& sources) {
    const Source& source = sources[diagnostic.span.source];
    Source::Position position = source.position(diagnostic.span.begin);
    std::string text =
        fmt::format("{}:{}:{}: {}[{}]: {}\n", source.name(), position.line, position.column,
                    diagnostic.severity() == Severity::error ? "error" : "warning",
                    info(diagnostic.code).code, diagnostic.message);
    text += excerpt(diagnostic.span, sources);
    if (!diagnostic.hint.empty()) text += fmt::format("     = {}\n", diagnostic.hint);
    for (const auto& note : diagnostic.notes) {
        text += fmt::format("{}: note: {}\n", sources.place(note.span), note.message);
        text += excerpt(note.span, sources);
    }
    return without_controls(text);
}

std::string render(const Diagnostics& diagnostics, const SourceSet& sources) {
    std::string text;
    for (const auto& diagnostic : diagnostics.all()) text += render(diagnostic, sources);
    return text;
}

}  // namespace entail
