#pragma once
// Reports for one source, at most kMaxErrors of them: a file of noise must not drown its reader.

#include <cstddef>

#include "symbolic/base/diagnostic.h"

namespace entail::ast {

inline constexpr std::size_t kMaxErrors = 100;

class Reporter {
public:
    Reporter(std::uint32_t source, Diagnostics& diagnostics)
        : source_(source), diagnostics_(diagnostics) {}

    template <typename... Args>
    Diagnostic& report(DiagnosticCode code, std::uint32_t begin, std::uint32_t end,
                       const Args&... args) {
        if (exhausted()) return dropped_ = {};
        ++count_;
        return diagnostics_.report(code, SourceSpan{source_, begin, end}, args...);
    }

    /// No more is reported; the reader stops.
    bool exhausted() const { return count_ >= kMaxErrors; }

    /// Orders the reports by place, after a last word about what was not looked at.
    void finish(std::uint32_t end) {
        if (exhausted()) {
            diagnostics_.report(DiagnosticCode::too_many_errors, SourceSpan{source_, end, end},
                                kMaxErrors);
        }
        diagnostics_.sort();
    }

private:
    std::uint32_t source_;
    Diagnostics& diagnostics_;
    std::size_t count_ = 0;
    Diagnostic dropped_{};
};

}  // namespace entail::ast
