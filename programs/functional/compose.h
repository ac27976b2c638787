#pragma once
// From the syntax of functional programs to typed steps: stages that call other functional programs
// are replaced by what those say, and every stage is checked against what reaches it.

#include <map>
#include <span>
#include <string>
#include <variant>

#include "programs/functional/plan.h"
#include "symbolic/base/diagnostic.h"

namespace entail::functional {

/// By name; their statements must outlive the composer.
using Functions = std::map<std::string, const ast::Function*, std::less<>>;

/// What reaches a stage, or leaves it.
struct Flow {
    std::uint32_t step = kNone;
    Type type = Type::nothing;
    bool is_known = true;   ///< false after an error: nothing more is checked against it
    bool is_start = false;  ///< nothing stands before, but a use may put something there
};

/// What a parameter of a call stands for: an expression, or the value of a pipeline.
using Binding = std::variant<ast::Term, Flow>;

/// Composes one plan. Errors are reported and the rest is still checked; the plan is then void.
class Composer {
public:
    Composer(const Functions& functions, Diagnostics& diagnostics)
        : functions_(functions), diagnostics_(diagnostics) {}

    /// The plan of a statement. Void if it failed or is open.
    const Plan& compose(const ast::Function& function);
    /// One more step, as a stage `name(arguments…)` behind `input` would add it.
    Flow apply(const ast::Name& name, Flow input, std::span<const Binding> arguments);

    bool has_failed() const { return failed_; }
    /// The program begins without a source, or takes pipelines: it is a stage of others.
    bool is_open() const { return open_; }
    const Plan& plan() const { return plan_; }

private:
    using Environment = std::map<std::string, Binding>;

    Flow pipeline(const ast::Pipeline& pipeline, Flow flow, const Environment& environment);
    Flow stage(const ast::Stage& stage, Flow flow, const Environment& environment);
    Flow builtin(const ast::Stage& stage, Flow flow, const Environment& environment);
    Flow call(const ast::Name& name, SourceSpan span, Flow flow,
              std::span<const Binding> arguments);
    Flow argument(const ast::Term& term, Flow flow, const Environment& environment);
    Binding bind(const ast::Pipeline& argument, const Environment& environment);
    void check_input(ast::StageKind kind, SourceSpan span, const Flow& flow);
    void check_operands(const ast::Stage& stage, const std::vector<Flow>& operands);
    std::string attribute(const ast::Term& term, const Environment& environment);
    ast::Term substitute(const ast::Term& term, const Environment& environment);
    const Binding* find(const ast::Term& variable, const Environment& environment);

    template <typename... Args>
    Diagnostic& report(DiagnosticCode code, SourceSpan span, const Args&... args);

    const Functions& functions_;
    Diagnostics& diagnostics_;
    Plan plan_;
    Environment parameters_;  // those of the statement itself stand for themselves
    std::string name_;        // of the statement
    std::vector<std::pair<std::string, SourceSpan>> calls_;  // those that are being put in place
    std::size_t depth_ = 0, stages_ = 0;
    bool failed_ = false, open_ = false;
};

}  // namespace entail::functional
