#include "symbolic/eval/instance_errors.h"

#include <fmt/format.h>

#include "symbolic/base/utf8.h"

namespace entail::eval {

void InstanceErrors::report(const Instance& instance, const ir::BuiltinCall& call,
                            const ir::Literal& literal) {
    const auto& error = call.type_error();
    if (!error) {
        report(instance, call.arithmetic_error(), literal.span);
        return;
    }
    report(instance, DiagnosticCode::type_mismatch, literal.span,
           shorten(instance.values.print(call[error->argument])), error->expected,
           error->argument + 1,
           fmt::format("{}/{}", literal.builtin->name, literal.builtin->arity));
}

void InstanceErrors::report_same_instance(const Instance& instance, SourceSpan span) {
    report(instance, DiagnosticCode::not_supported, span,
           "a choice of its own for each value of a number that is not known yet");
}

std::string InstanceErrors::describe(const Instance& instance) {
    constexpr std::size_t kEnough = 200;
    std::string text;
    for (std::size_t v = 0; v < instance.bindings.size() && text.size() < kEnough; ++v) {
        const std::string& name = instance.rule.variables[v];
        if (name.empty() || name == "_" || instance.bindings[v] == instance.no_value) continue;
        text += fmt::format("{}{} = {}", text.empty() ? "with " : ", ", name,
                            instance.values.print(instance.bindings[v]));
    }
    return text;
}

}  // namespace entail::eval
