#pragma once
// Errors of single rule instances, each place reported once, with the bindings that led to it.

#include <set>
#include <tuple>

#include "symbolic/base/diagnostic.h"
#include "symbolic/ir/arithmetic.h"
#include "symbolic/ir/builtin.h"
#include "symbolic/ir/program.h"

namespace entail::eval {

class InstanceErrors {
public:
    explicit InstanceErrors(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    /// The instance that is being looked at: `no_value` stands in unbound variables.
    struct Instance {
        const ir::Rule& rule;
        std::span<const Value> bindings;
        Value no_value;
        const ValueStore& values;
    };

    template <typename... Args>
    void report(const Instance& instance, DiagnosticCode code, SourceSpan span,
                const Args&... args) {
        if (!reported_.insert({code, span.source, span.begin}).second) return;
        diagnostics_.report(code, span, args...).hint = describe(instance);
    }
    void report(const Instance& instance, ir::ArithmeticError error, SourceSpan span) {
        report(instance, DiagnosticCode::arithmetic_error, span, ir::describe(error));
    }

    /// Two instances of a clause that makes choices may be one and the same in some worlds.
    void report_same_instance(const Instance& instance, SourceSpan span);

    /// What made a built-in fail: a literal of kind builtin.
    void report(const Instance& instance, const ir::BuiltinCall& call, const ir::Literal& literal);

private:
    static std::string describe(const Instance& instance);

    Diagnostics& diagnostics_;
    std::set<std::tuple<DiagnosticCode, std::uint32_t, std::uint32_t>> reported_;
};

}  // namespace entail::eval
