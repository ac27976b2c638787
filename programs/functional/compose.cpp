#include "programs/functional/compose.h"

#include <algorithm>

#include "programs/syntax/printer.h"
#include "programs/syntax/stages.h"

namespace entail::functional {

using ast::StageKind;

namespace {

constexpr Flow kUnknown{kNone, Type::nothing, false, false};

/// `P` where a stage is expected, for messages.
std::string quoted(const ast::Term& term) {
    return "'" + ast::print(term) + "'";
}

/// A term that a parameter carried to where a stage stands: `scene`, `reds`, `of(red)`.
ast::Stage as_stage(const ast::Term& term) {
    auto operand = [](const ast::Term& one) {
        ast::Stage stage;
        stage.kind = StageKind::argument;
        stage.args = {one};
        stage.span = one.span;
        return ast::Pipeline{one.span, {std::move(stage)}};
    };
    ast::Stage stage;
    stage.span = term.span;
    const ast::StageInfo* info = ast::find_stage(term.text);
    stage.kind = info != nullptr ? info->kind : StageKind::call;
    stage.name = {term.text, term.name_span()};
    if (info != nullptr && info->pipelines == 0) {
        stage.args = term.args;
    } else {
        std::ranges::transform(term.args, std::back_inserter(stage.pipelines), operand);
    }
    return stage;
}

std::string hint_for(StageKind kind, Type given) {
    if (given == Type::nothing) return "a pipeline begins with 'scene' or a comparison";
    if (kind == StageKind::scene || is_comparison(kind)) {
        return "it begins a pipeline; nothing can stand before it";
    }
    if (given == Type::set) return "'unique' makes an object of a set with one element";
    if (given == Type::object) return "'relate' and 'same' make a set of an object";
    return "what gives " + std::string(text(given)) + " ends a pipeline";
}

}  // namespace

template <typename... Args>
Diagnostic& Composer::report(DiagnosticCode code, SourceSpan span, const Args&... args) {
    failed_ = true;
    Diagnostic& diagnostic = diagnostics_.report(code, span, args...);
    for (auto call = calls_.rbegin(); call != calls_.rend(); ++call) {
        diagnostic.notes.push_back({call->second, "in this use of '" + call->first + "'"});
    }
    return diagnostic;
}

const Plan& Composer::compose(const ast::Function& function) {
    for (const ast::Term& parameter : function.parameters) {
        if (parameter.kind == ast::TermKind::variable) parameters_[parameter.text] = parameter;
    }
    Flow start;
    start.is_start = true;
    name_ = function.name.text;
    Flow end = pipeline(function.pipeline, start, parameters_);
    if (stages_ > kMaxSteps) {
        report(DiagnosticCode::pipeline_too_long, function.name.span, kMaxSteps).hint =
            "a call counts with all stages of what it calls";
    }
    plan_.result = end.step;
    return plan_;
}

Flow Composer::apply(const ast::Name& name, Flow input, std::span<const Binding> arguments) {
    const ast::StageInfo* info = ast::find_stage(name.text);
    if (info == nullptr) return call(name, name.span, input, arguments);
    // A stage over parameters that stand for the arguments.
    Environment environment;
    ast::Stage stage;
    stage.kind = info->kind;
    stage.span = name.span;
    for (const Binding& argument : arguments) {
        ast::Term parameter;
        parameter.kind = ast::TermKind::variable;
        parameter.span = name.span;
        parameter.text = fmt::format("P{}", environment.size());
        environment.emplace(parameter.text, argument);
        if (std::holds_alternative<ast::Term>(argument)) {
            stage.args.push_back(std::move(parameter));
        } else {
            ast::Stage operand;
            operand.kind = StageKind::argument;
            operand.args = {std::move(parameter)};
            stage.pipelines.push_back({name.span, {std::move(operand)}});
        }
    }
    if (stage.args.size() != info->terms || stage.pipelines.size() != info->pipelines) {
        report(DiagnosticCode::stage_arity, name.span, name.text, arguments.size(),
               info->terms + info->pipelines);
        return kUnknown;
    }
    return builtin(stage, input, environment);
}

Flow Composer::pipeline(const ast::Pipeline& pipeline, Flow flow, const Environment& environment) {
    if (depth_ == ast::kMaxNesting) {
        report(DiagnosticCode::nested_too_deep, pipeline.span, ast::kMaxNesting);
        return kUnknown;
    }
    ++depth_;
    for (const ast::Stage& one : pipeline.stages) flow = stage(one, flow, environment);
    --depth_;
    return flow;
}

Flow Composer::stage(const ast::Stage& stage, Flow flow, const Environment& environment) {
    // Counted before equal steps become one: calls that multiply must end.
    if (++stages_ > kMaxSteps) {
        failed_ = true;
        return kUnknown;
    }
    if (stage.kind == StageKind::argument) return argument(stage.args[0], flow, environment);
    if (stage.kind != StageKind::call) return builtin(stage, flow, environment);
    std::vector<Binding> arguments;
    for (const ast::Pipeline& one : stage.pipelines) arguments.push_back(bind(one, environment));
    return call(stage.name, stage.span, flow, arguments);
}

Binding Composer::bind(const ast::Pipeline& argument, const Environment& environment) {
    if (argument.stages.size() > 1 || argument.stages[0].kind != StageKind::argument) {
        return pipeline(argument, {}, environment);
    }
    const ast::Term& term = argument.stages[0].args[0];
    if (term.kind == ast::TermKind::variable) {
        const Binding* known = find(term, environment);
        return known == nullptr ? Binding(kUnknown) : *known;
    }
    return substitute(term, environment);
}

Flow Composer::call(const ast::Name& name, SourceSpan span, Flow flow,
                    std::span<const Binding> arguments) {
    auto place = functions_.find(name.text);
    if (place == functions_.end()) {
        report(DiagnosticCode::unknown_stage, name.span, name.text).hint =
            "stages are " + ast::stage_names() + ", and what 'fun' defines";
        return kUnknown;
    }
    const ast::Function& function = *place->second;
    if (name.text == name_) {
        std::string way = name_;
        for (const auto& [active, called_at] : calls_) way += " -> " + active;
        report(DiagnosticCode::recursive_function, span, way + " -> " + name_);
        return kUnknown;
    }
    bool is_active =
        std::ranges::any_of(calls_, [&](const auto& active) { return active.first == name.text; });
    if (is_active) {  // a circle that does not pass here: its members report it
        failed_ = true;
        return kUnknown;
    }
    if (function.parameters.size() != arguments.size()) {
        report(DiagnosticCode::stage_arity, span, name.text, arguments.size(),
               function.parameters.size());
        return kUnknown;
    }
    Environment environment;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        environment.insert_or_assign(function.parameters[i].text, arguments[i]);
    }
    calls_.emplace_back(name.text, span);
    Flow end = pipeline(function.pipeline, flow, environment);
    calls_.pop_back();
    return end;
}

Flow Composer::argument(const ast::Term& term, Flow flow, const Environment& environment) {
    if (term.kind != ast::TermKind::variable) {
        report(DiagnosticCode::stage_argument, term.span, quoted(term), "a pipeline");
        return kUnknown;
    }
    const Binding* bound = find(term, environment);
    if (bound == nullptr) return kUnknown;
    if (const Flow* operand = std::get_if<Flow>(bound)) {
        if (flow.type != Type::nothing && operand->is_known) {
            report(DiagnosticCode::stage_input, term.span, term.text, text(flow.type), "nothing")
                .hint = "a pipeline that a parameter stands for has a source of its own";
        }
        return *operand;
    }
    const ast::Term& carried = std::get<ast::Term>(*bound);
    if (carried.kind == ast::TermKind::variable) {
        // A parameter of the statement itself: uses will say which pipeline it is.
        open_ = true;
        return kUnknown;
    }
    if (carried.kind != ast::TermKind::atom && carried.kind != ast::TermKind::compound) {
        report(DiagnosticCode::stage_argument, carried.span, quoted(carried), "a pipeline");
        return kUnknown;
    }
    ast::Stage carried_stage = as_stage(carried);
    if (const ast::StageInfo* info = ast::find_stage(carried.text);
        info != nullptr && carried.args.size() != info->terms + info->pipelines) {
        report(DiagnosticCode::stage_arity, carried.span, carried.text, carried.args.size(),
               info->terms + info->pipelines);
        return kUnknown;
    }
    return stage(carried_stage, flow, parameters_);
}

Flow Composer::builtin(const ast::Stage& stage, Flow flow, const Environment& environment) {
    Step step;
    step.kind = stage.kind;
    step.span = stage.span;
    check_input(stage.kind, stage.span, flow);
    if (!stage.args.empty())
        step.name = {attribute(stage.args[0], environment), stage.args[0].span};
    if (stage.args.size() > 1) step.value = substitute(stage.args[1], environment);
    std::vector<Flow> operands;
    for (const ast::Pipeline& one : stage.pipelines) {
        operands.push_back(pipeline(one, {}, environment));
    }
    check_operands(stage, operands);
    step.input = is_comparison(stage.kind) ? operands[0].step : flow.step;
    if (!operands.empty()) step.other = operands.back().step;
    Flow result;
    result.type = step.type = result_of(stage.kind);
    result.step = add_step(plan_, std::move(step));
    return result;
}

void Composer::check_input(StageKind kind, SourceSpan span, const Flow& flow) {
    if (!flow.is_known || takes(kind, flow.type)) return;
    if (flow.type == Type::nothing && flow.is_start) {
        open_ = true;
        return;
    }
    report(DiagnosticCode::stage_input, span, ast::stage_info(kind).name, text(flow.type),
           taken_by(kind))
        .hint = hint_for(kind, flow.type);
}

void Composer::check_operands(const ast::Stage& stage, const std::vector<Flow>& operands) {
    std::string_view name = ast::stage_info(stage.kind).name;
    auto is_end = [](Type type) {
        return type == Type::number || type == Type::truth || type == Type::value;
    };
    for (std::size_t i = 0; i < operands.size(); ++i) {
        if (!operands[i].is_known) continue;
        std::string_view expected;
        Type given = operands[i].type;
        if (!is_comparison(stage.kind)) {
            if (given != Type::set) expected = "a set";
        } else if (stage.kind != StageKind::equal) {
            if (given != Type::number) expected = "a number";
        } else if (!is_end(given)) {
            expected = "a number, a truth value or a value";
        } else if (i == 1 && operands[0].is_known && is_end(operands[0].type) &&
                   operands[0].type != given) {
            expected = text(operands[0].type);
        }
        if (expected.empty()) continue;
        report(DiagnosticCode::stage_operand, stage.pipelines[i].span, name, text(given), expected)
            .hint = given == Type::set ? "'count' makes a number of a set, 'exist' a truth value"
                    : given == Type::object ? "'query' gives a value of an object"
                                            : "";
    }
}

std::string Composer::attribute(const ast::Term& term, const Environment& environment) {
    ast::Term name = substitute(term, environment);
    if (name.kind == ast::TermKind::atom) return name.text;
    if (name.kind == ast::TermKind::variable && parameters_.contains(name.text)) {
        // Only a use can say which one; asking for the program itself cannot.
        open_ = true;
        return "";
    }
    if (name.kind != ast::TermKind::anonymous) {
        report(DiagnosticCode::stage_argument, term.span, quoted(name), "a name");
    }
    return "";
}

const Binding* Composer::find(const ast::Term& variable, const Environment& environment) {
    auto place = environment.find(variable.text);
    if (place != environment.end()) return &place->second;
    const std::string& function = calls_.empty() ? name_ : calls_.back().first;
    report(DiagnosticCode::unknown_parameter, variable.span, variable.text, function).hint =
        "parameters stand behind the name: '" + function + "(" + variable.text + ")'";
    return nullptr;
}

ast::Term Composer::substitute(const ast::Term& term, const Environment& environment) {
    if (term.kind == ast::TermKind::anonymous) {
        report(DiagnosticCode::stage_argument, term.span, "'_'", "a value");
        return term;
    }
    if (term.kind != ast::TermKind::variable) {
        ast::Term result = term;
        for (ast::Term& one : result.args) one = substitute(one, environment);
        return result;
    }
    const Binding* bound = find(term, environment);
    if (bound == nullptr) return ast::Term{};
    if (const auto* value = std::get_if<ast::Term>(bound)) return *value;
    if (std::get<Flow>(*bound).is_known) {
        report(DiagnosticCode::stage_argument, term.span, "a pipeline", "a value");
    }
    return ast::Term{};
}

}  // namespace entail::functional
