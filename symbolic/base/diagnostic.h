#pragma once
// What Entail says about a program: a code from one list (diagnostic.def), a place, arguments.
// Stages report into a Diagnostics and go on, so that one pass finds every error.

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "symbolic/base/source.h"

namespace entail {

enum class Severity { error, warning };

enum class DiagnosticCode {
#define ENTAIL_DIAGNOSTIC(name, code, severity, format) name,
#include "symbolic/base/diagnostic.def"
#undef ENTAIL_DIAGNOSTIC
};

/// The published name ("unbound-variable"), severity and message format of a code.
struct DiagnosticInfo {
    std::string_view code;
    Severity severity;
    std::string_view format;
};
const DiagnosticInfo& info(DiagnosticCode code);
/// Every code in the order of the list; for tests and documentation that walk the whole table.
const std::vector<DiagnosticCode>& all_diagnostic_codes();

struct Diagnostic {
    DiagnosticCode code;
    SourceSpan span;
    std::string message;
    std::string hint;  ///< the way out, or empty
    /// Other places that matter ("first declared here").
    struct Note {
        SourceSpan span;
        std::string message;
    };
    std::vector<Note> notes;

    Severity severity() const { return info(code).severity; }
};

/// The list that a stage reports into.
class Diagnostics {
public:
    /// Reports `code` at `span`, its format filled with `args`. The reference stays valid until the
    /// next report; use it to add a hint or notes.
    template <typename... Args>
    Diagnostic& report(DiagnosticCode code, SourceSpan span, const Args&... args) {
        return add(code, span, fmt::format(fmt::runtime(info(code).format), args...));
    }

    bool has_errors() const { return errors_ != 0; }
    std::size_t error_count() const { return errors_; }
    const std::vector<Diagnostic>& all() const { return list_; }
    /// Orders by place; drops repetitions, and warnings at the very place of an error.
    void sort();

private:
    Diagnostic& add(DiagnosticCode code, SourceSpan span, std::string message);
    std::vector<Diagnostic> list_;
    std::size_t errors_ = 0;
};

/// The text a user sees: `file:line:col: error[code]: message`, the line, a caret, the hint, notes.
std::string render(const Diagnostic& diagnostic, const SourceSet& sources);
std::string render(const Diagnostics& diagnostics, const SourceSet& sources);

}  // namespace entail
