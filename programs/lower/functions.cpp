#include "programs/lower/functions.h"

#include <algorithm>

#include "programs/functional/compose.h"
#include "programs/lower/body.h"

namespace entail::lowering {
namespace {

using ast::StageKind;
using functional::Plan;
using functional::Step;
using functional::Type;

using StepIndex = std::uint32_t;
using Indices = std::set<std::uint32_t>;

/// What a step depends on.
struct Needs {
    Indices parameters;  ///< of the program, by position
    Indices partial;     ///< the last steps on each way to it that may have no value
    bool is_used = false;
};

class FunctionRules {
public:
    FunctionRules(const ast::Function& function, SourceSpan span, const Plan& plan, Scope& scope)
        : function_(function), span_(span), plan_(plan), scope_(scope), needs_(plan.steps.size()) {}

    void add() {
        find_needs();
        bool is_projected = is_conditional_set(plan_.result);
        result_ = scope_.predicate(function_.name.text, function_.parameters.size() + 1,
                                   function_.name.span);
        scope_.defined.insert(result_);
        for (StepIndex i = 0; i < plan_.steps.size(); ++i) {
            bool is_result = i == plan_.result && !is_projected;
            predicates_.push_back(is_result            ? result_
                                  : !needs_[i].is_used ? ir::kNone
                                                       : step_predicate(i));
        }
        for (StepIndex i = 0; i < plan_.steps.size(); ++i) {
            if (needs_[i].is_used) add_step(i);
        }
        if (is_projected) add_projection();
        if (!needs_[plan_.result].partial.empty()) add_undefined();
    }

private:
    /// One rule as it is built.
    struct Draft {
        Variables variables;
        std::vector<ir::Literal> body;
        std::map<StepIndex, ir::Term> objects;  ///< what the partial steps gave
        SourceSpan span;
    };

    static bool may_fail(StageKind kind) {
        return kind == StageKind::unique || kind == StageKind::query;
    }
    bool is_conditional_set(StepIndex i) const {
        return plan_.steps[i].type == Type::set && !needs_[i].partial.empty();
    }

    void find_needs() {
        for (StepIndex i = 0; i < plan_.steps.size(); ++i) {
            const Step& step = plan_.steps[i];
            Needs& needs = needs_[i];
            for (StepIndex from : {step.input, step.other}) {
                if (from == functional::kNone) continue;
                // What is seen from an object does not depend on how the object was found.
                bool is_seen = step.type == Type::set && plan_.steps[from].type == Type::object;
                if (!is_seen) needs.parameters.merge(Indices(needs_[from].parameters));
                needs.partial.merge(Indices(needs_[from].partial));
            }
            if (step.type != Type::set) {
                for (StepIndex u : needs.partial) {
                    needs.parameters.merge(Indices(needs_[u].parameters));
                }
            }
            if (may_fail(step.kind)) needs.partial = {i};
            std::set<std::string> named;
            collect_variables(step.value, named);
            for (std::uint32_t p = 0; p < function_.parameters.size(); ++p) {
                if (named.contains(function_.parameters[p].text)) needs.parameters.insert(p);
            }
        }
        needs_[plan_.result].is_used = true;
        for (StepIndex i = plan_.result + 1; i-- > 0;) {
            if (!needs_[i].is_used) continue;
            for (StepIndex from : {plan_.steps[i].input, plan_.steps[i].other}) {
                if (from != functional::kNone) needs_[from].is_used = true;
            }
        }
    }

    ir::PredicateId step_predicate(StepIndex i) {
        std::size_t arity = needs_[i].parameters.size() + 1;
        if (plan_.steps[i].type == Type::set) arity += needs_[i].partial.size();
        return add_predicate(
            fmt::format("{} {}: {}", function_.name.text, i + 1, functional::label(plan_.steps[i])),
            arity, plan_.steps[i].span);
    }

    ir::PredicateId add_predicate(std::string name, std::size_t arity, SourceSpan span) {
        ir::PredicateId id = scope_.program.add_predicate(
            {std::move(name), static_cast<std::uint32_t>(arity), span, false, false});
        scope_.defined.insert(id);
        return id;
    }

    // --- terms and literals ---

    ir::Term fresh(Draft& draft, const char* name) {
        return ir::Term::make_variable(draft.variables.fresh(name, draft.span));
    }
    ir::Term parameter(Draft& draft, std::uint32_t p) {
        const ast::Term& written = function_.parameters[p];
        if (written.kind == ast::TermKind::anonymous) return fresh(draft, "_");
        return ir::Term::make_variable(draft.variables.named(written.text, written.span));
    }
    /// What the partial step `i` gave, one variable in all of the rule.
    ir::Term object(Draft& draft, StepIndex i) {
        auto place = draft.objects.find(i);
        if (place != draft.objects.end()) return place->second;
        bool is_object = plan_.steps[i].type == Type::object;
        return draft.objects[i] = fresh(draft, is_object ? "From" : "V");
    }
    ir::Term truth(const char* name) {
        return ir::Term::make_constant(scope_.program.values.atom(name));
    }

    /// The atom that says that `element` belongs to step `i`, or is its value.
    ir::Atom atom(Draft& draft, StepIndex i, ir::Term element) {
        ir::Atom result;
        result.predicate = predicates_[i];
        result.span = draft.span;
        if (predicates_[i] == result_) {
            for (std::uint32_t p = 0; p < function_.parameters.size(); ++p) {
                result.args.push_back(parameter(draft, p));
            }
        } else {
            for (std::uint32_t p : needs_[i].parameters) {
                result.args.push_back(parameter(draft, p));
            }
            if (plan_.steps[i].type == Type::set) {
                for (StepIndex u : needs_[i].partial) result.args.push_back(object(draft, u));
            }
        }
        result.args.push_back(std::move(element));
        return result;
    }

    ir::Literal& add_literal(Draft& draft, ir::Literal::Kind kind) {
        ir::Literal& literal = draft.body.emplace_back();
        literal.kind = kind;
        literal.span = draft.span;
        return literal;
    }
    void hold(Draft& draft, ir::Atom atom) {
        add_literal(draft, ir::Literal::Kind::atom).atom = std::move(atom);
    }
    /// The program's own predicate: `object(X)`, `color(X, V)`.
    void hold(Draft& draft, const std::string& name, std::vector<ir::Term> args) {
        ir::Atom atom;
        atom.span = draft.span;
        atom.predicate = scope_.predicate(name, args.size(), draft.span);
        atom.args = std::move(args);
        hold(draft, std::move(atom));
    }
    /// Every partial step that step `i` depends on has given its object.
    void hold_partial(Draft& draft, StepIndex i) {
        for (StepIndex u : needs_[i].partial) {
            ir::Term given = object(draft, u);
            hold(draft, atom(draft, u, given));
        }
    }
    void differ(Draft& draft, const ir::Term& left, const ir::Term& right) {
        ir::Literal& literal = add_literal(draft, ir::Literal::Kind::not_unify);
        literal.left = left;
        literal.right = right;
    }
    /// `result = #count{ X : step i has X }`.
    void count(Draft& draft, const ir::Term& result, StepIndex i) {
        ir::Atom members = atom(draft, i, fresh(draft, "X"));
        ir::Literal& literal = add_literal(draft, ir::Literal::Kind::aggregate);
        literal.function = ir::AggregateOp::count;
        literal.left = result;
        literal.grouped = static_cast<std::uint32_t>(members.args.size() - 1);
        literal.atom = std::move(members);
    }

    void finish(Draft& draft, ir::Atom head, ir::RuleOrigin origin = ir::RuleOrigin::stage) {
        ir::Rule rule;
        head.span = draft.span;
        rule.span = head.predicate == result_ ? span_ : draft.span;
        rule.heads = {{std::move(head), 0}};
        rule.body = std::move(draft.body);
        rule.origin = origin;
        rule.variables = draft.variables.names();
        rule.variable_spans = draft.variables.spans();
        scope_.program.rules.push_back(std::move(rule));
    }

    Draft draft(StepIndex i) const {
        Draft result;
        result.span = plan_.steps[i].span;
        return result;
    }

    // --- the rules of a step ---

    void add_step(StepIndex i) {
        switch (plan_.steps[i].kind) {
            case StageKind::exist:
                return add_exist(i);
            case StageKind::equal:
            case StageKind::less:
            case StageKind::greater:
            case StageKind::equal_integer:
                add_comparison(i, true);
                return add_comparison(i, false);
            case StageKind::union_:
                add_member(i, plan_.steps[i].input);
                return add_member(i, plan_.steps[i].other);
            default:
                return add_plain(i);
        }
    }

    void add_member(StepIndex i, StepIndex from) {
        Draft rule = draft(i);
        ir::Term x = fresh(rule, "X");
        hold(rule, atom(rule, from, x));
        finish(rule, atom(rule, i, x));
    }

    void add_plain(StepIndex i) {
        const Step& step = plan_.steps[i];
        Draft rule = draft(i);
        ir::Term x = fresh(rule, "X");
        switch (step.kind) {
            case StageKind::scene:
                hold(rule, "object", {x});
                break;
            case StageKind::filter:
                hold(rule, atom(rule, step.input, x));
                hold(rule, step.name.text, {x, lower_term(step.value, rule.variables, scope_)});
                break;
            case StageKind::relate:
                hold(rule, step.name.text, {x, seen_from(rule, step.input)});
                break;
            case StageKind::same: {
                ir::Term from = seen_from(rule, step.input), value = fresh(rule, "V");
                hold(rule, step.name.text, {from, value});
                hold(rule, step.name.text, {x, value});
                hold(rule, "object", {x});
                differ(rule, x, from);
                break;
            }
            case StageKind::intersect:
                hold(rule, atom(rule, step.input, x));
                hold(rule, atom(rule, step.other, x));
                break;
            case StageKind::unique:
                hold_partial(rule, step.input);
                hold(rule, atom(rule, step.input, x));
                count(rule, ir::Term::make_constant(scope_.program.values.integer(1)), step.input);
                break;
            case StageKind::count:
                hold_partial(rule, step.input);
                x = fresh(rule, "N");
                count(rule, x, step.input);
                break;
            default: {  // query
                ir::Term value = fresh(rule, "V");
                hold(rule, atom(rule, step.input, x));
                hold(rule, step.name.text, {x, value});
                x = value;
                break;
            }
        }
        finish(rule, atom(rule, i, x));
    }

    /// The object that `relate` and `same` start from: what the step gave, or one of the set.
    ir::Term seen_from(Draft& rule, StepIndex input) {
        if (plan_.steps[input].type == Type::object) return object(rule, input);
        ir::Term from = fresh(rule, "Y");
        hold(rule, atom(rule, input, from));
        return from;
    }

    void add_exist(StepIndex i) {
        StepIndex input = plan_.steps[i].input;
        Draft some = draft(i);
        hold_partial(some, input);
        hold(some, atom(some, input, fresh(some, "X")));
        finish(some, atom(some, i, truth("true")));

        // "The set has an element", as a predicate over what it depends on, to be negated.
        Draft member = draft(i);
        ir::Atom any = atom(member, input, fresh(member, "X"));
        hold(member, any);
        any.args.pop_back();
        any.predicate = scope_.internal_predicate("some", any.args.size(), member.span);
        ir::PredicateId any_id = any.predicate;
        finish(member, std::move(any), ir::RuleOrigin::internal);

        Draft none = draft(i);
        hold_partial(none, input);
        ir::Atom absent = atom(none, input, ir::Term());
        absent.args.pop_back();
        absent.predicate = any_id;
        add_literal(none, ir::Literal::Kind::negated).atom = std::move(absent);
        finish(none, atom(none, i, truth("false")));
    }

    void add_comparison(StepIndex i, bool holds) {
        const Step& step = plan_.steps[i];
        Draft rule = draft(i);
        ir::Term left = fresh(rule, "A");
        bool is_same = step.kind == StageKind::equal && holds;
        ir::Term right = is_same ? left : fresh(rule, "B");
        hold(rule, atom(rule, step.input, left));
        hold(rule, atom(rule, step.other, right));
        if (step.kind == StageKind::equal) {
            if (!holds) differ(rule, left, right);
        } else {
            ir::Literal& test = add_literal(rule, ir::Literal::Kind::compare);
            test.left = left;
            test.right = right;
            if (step.kind == StageKind::equal_integer) {
                test.op = holds ? ir::CompareOp::equal : ir::CompareOp::not_equal;
            } else if (step.kind == StageKind::less) {
                test.op = holds ? ir::CompareOp::less : ir::CompareOp::greater_equal;
            } else {
                test.op = holds ? ir::CompareOp::greater : ir::CompareOp::less_equal;
            }
        }
        finish(rule, atom(rule, i, truth(holds ? "true" : "false")));
    }

    // --- the program as a whole ---

    /// A program whose value is a set that depends on objects: its elements alone.
    void add_projection() {
        Draft rule = draft(plan_.result);
        hold_partial(rule, plan_.result);
        ir::Term x = fresh(rule, "X");
        hold(rule, atom(rule, plan_.result, x));
        finish(rule, head_over_parameters(rule, result_, {x}));
    }

    /// `undefined(P…) :- \+ defined(P…).`
    void add_undefined() {
        std::size_t arity = function_.parameters.size();
        ir::PredicateId defined = scope_.internal_predicate("defined", arity, span_);
        Draft has_value = draft(plan_.result);
        hold_partial(has_value, plan_.result);
        finish(has_value, head_over_parameters(has_value, defined, {}), ir::RuleOrigin::internal);

        ir::PredicateId undefined =
            add_predicate(function_.name.text + ": undefined", arity, function_.name.span);
        Draft has_none;
        has_none.span = span_;
        ir::Atom head = head_over_parameters(has_none, undefined, {});
        ir::Atom absent = head;
        absent.predicate = defined;
        add_literal(has_none, ir::Literal::Kind::negated).atom = std::move(absent);
        finish(has_none, std::move(head));
        scope_.program.predicates[result_].undefined = undefined;
    }

    ir::Atom head_over_parameters(Draft& draft, ir::PredicateId predicate,
                                  std::vector<ir::Term> rest) {
        ir::Atom head;
        head.predicate = predicate;
        head.span = draft.span;
        for (std::uint32_t p = 0; p < function_.parameters.size(); ++p) {
            head.args.push_back(parameter(draft, p));
        }
        for (ir::Term& term : rest) head.args.push_back(std::move(term));
        return head;
    }

    const ast::Function& function_;
    SourceSpan span_;
    const Plan& plan_;
    Scope& scope_;
    std::vector<Needs> needs_;
    std::vector<ir::PredicateId> predicates_;  // by step
    ir::PredicateId result_ = ir::kNone;
};

void collect_variables(const ast::Pipeline& pipeline, std::set<std::string>& names) {
    for (const ast::Stage& stage : pipeline.stages) {
        for (const ast::Term& term : stage.args) lowering::collect_variables(term, names);
        for (const ast::Pipeline& operand : stage.pipelines) collect_variables(operand, names);
    }
}

void check_parameters(const ast::Function& function, Scope& scope) {
    std::set<std::string> used, declared;
    collect_variables(function.pipeline, used);
    for (const ast::Term& parameter : function.parameters) {
        if (parameter.kind == ast::TermKind::anonymous) continue;
        if (!declared.insert(parameter.text).second) {
            scope.diagnostics.report(DiagnosticCode::redeclared, parameter.span, "parameter",
                                     parameter.text);
        } else if (!used.contains(parameter.text) && parameter.text.front() != '_') {
            scope.diagnostics
                .report(DiagnosticCode::singleton_variable, parameter.span, parameter.text)
                .hint = "write '_' or '_" + parameter.text + "' if that is meant";
        }
    }
}

/// The attributes and relations are predicates of two arguments, the values of the attributes'
/// type.
bool check_attributes(const Plan& plan, Scope& scope) {
    bool is_sound = true;
    for (const Step& step : plan.steps) {
        if (step.name.text.empty()) continue;
        if (!scope.is_defined(step.name.text, 2)) {
            std::set<std::string> names;
            for (ir::PredicateId id : scope.defined) {
                const ir::Predicate& p = scope.program.predicates[id];
                if (!p.internal && p.arity == 2) names.insert(p.name);
            }
            bool is_relation = step.kind == StageKind::relate;
            std::string meant = Scope::closest(step.name.text, names);
            scope.diagnostics
                .report(DiagnosticCode::unknown_attribute, step.name.span, step.name.text,
                        is_relation ? "a relation" : "an attribute", step.name.text)
                .hint = !meant.empty() ? "did you mean '" + meant + "'?"
                                       : "give it facts, such as '" + step.name.text +
                                             (is_relation ? "(o2, o1).'" : "(o1, red).'");
            is_sound = false;
        } else if (step.kind == StageKind::filter) {
            Variables variables;
            ir::Term value = lower_term(step.value, variables, scope);
            if (!value.is_constant()) continue;
            scope.check_argument(scope.predicate(step.name.text, 2, step.name.span), 1, value.value,
                                 step.value.span);
        }
    }
    return is_sound;
}

}  // namespace

void lower_functions(Scope& scope, bool check_names) {
    for (const auto& [name, function] : scope.functions) {
        check_parameters(*function, scope);
        functional::Composer composer(scope.functions, scope.diagnostics);
        const Plan& plan = composer.compose(*function);
        std::size_t arity = function->parameters.size() + 1;
        if (composer.is_open() && !composer.has_failed()) {
            scope.open_functions.insert(name);
            continue;
        }
        if (scope.is_defined(name, arity)) {
            auto id = scope.predicate(name, arity, function->name.span);
            scope.diagnostics
                .report(DiagnosticCode::redeclared, function->name.span, "predicate",
                        fmt::format("{}/{}", name, arity))
                .notes.push_back({scope.program.predicates[id].span, "it has clauses of its own"});
            continue;
        }
        bool is_sound = !composer.has_failed() && (!check_names || check_attributes(plan, scope));
        if (is_sound) {
            FunctionRules(*function, scope.function_spans.at(name), plan, scope).add();
        } else {
            scope.defined.insert(scope.predicate(name, arity, function->name.span));
        }
    }
}

}  // namespace entail::lowering
