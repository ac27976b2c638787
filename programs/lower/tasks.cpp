#include "programs/lower/tasks.h"

#include <algorithm>

namespace entail::lowering {
namespace {

/// `violation :- body.`
void add_never(const ast::Body& body, SourceSpan span, Scope& scope) {
    ir::Property property;
    property.kind = ir::Property::Kind::never;
    property.span = property.violation.span = span;
    property.violation.predicate = scope.internal_predicate("violation", 0, span);
    Variables variables;
    ir::Rule rule;
    rule.heads = {{property.violation, 0}};
    rule.origin = ir::RuleOrigin::internal;
    rule.span = span;
    for (auto& way : BodyLowering(scope, variables).lower(body, {})) {
        rule.body = std::move(way);
        rule.variables = variables.names();
        rule.variable_spans = variables.spans();
        scope.program.rules.push_back(rule);
    }
    scope.program.properties.push_back(std::move(property));
}

bool makes_choices(ir::PredicateId predicate, const ir::Program& program) {
    return std::ranges::any_of(program.choices, [&](const ir::ChoiceRule& choice) {
        return std::ranges::any_of(
            choice.heads, [&](const ir::Atom& head) { return head.predicate == predicate; });
    });
}

}  // namespace

void lower_objective(const ast::Objective& objective, SourceSpan span, Scope& scope) {
    Variables variables;
    ir::Objective lowered;
    lowered.maximise = objective.direction == ast::Direction::maximize;
    lowered.tuples = BodyLowering(scope, variables).tuples("objective", objective.over);
    lowered.variables = variables.names();
    lowered.span = span;
    scope.program.objectives.push_back(std::move(lowered));
}

void lower_never(const ast::Never& never, SourceSpan span, Scope& scope) {
    add_never(never.body, span, scope);
}

void lower_always(const ast::Always& always, SourceSpan span, Scope& scope) {
    ast::Body body = always.body;
    body.push_back(always.claim);
    body.back().negated = !body.back().negated;
    add_never(body, span, scope);
}

void lower_invariant(const ast::Invariant& invariant, SourceSpan span, Scope& scope) {
    ir::Property property;
    property.kind = ir::Property::Kind::invariant;
    property.span = span;
    Variables variables;
    property.atom = lower_atom(invariant.atom, variables, scope);
    property.variables = variables.names();
    const std::string& name = invariant.predicate.text;
    std::vector<ir::PredicateId> named, chosen;
    std::set<std::string> names;
    for (ir::PredicateId p = 0; p < scope.program.predicates.size(); ++p) {
        const ir::Predicate& predicate = scope.program.predicates[p];
        if (predicate.internal) continue;
        names.insert(predicate.name);
        if (predicate.name != name) continue;
        if (invariant.arity && predicate.arity != *invariant.arity) continue;
        named.push_back(p);
        if (makes_choices(p, scope.program)) chosen.push_back(p);
    }
    if (named.empty()) {
        auto& report = scope.diagnostics.report(DiagnosticCode::undefined_predicate,
                                                invariant.predicate.span, name);
        const std::string meant = Scope::closest(name, names);
        if (!meant.empty()) report.hint = "did you mean '" + meant + "'?";
    } else if (chosen.empty()) {
        scope.diagnostics.report(DiagnosticCode::not_a_choice, invariant.predicate.span, name)
            .hint = "name a predicate that a 'choose', a '~' or a weighted clause defines";
    } else if (chosen.size() > 1) {
        scope.diagnostics.report(DiagnosticCode::ambiguous_choice, invariant.predicate.span, name)
            .hint = "say which one: " + name + "/" +
                    std::to_string(scope.program.predicates[chosen[0]].arity);
    } else {
        property.under = chosen[0];
        scope.program.properties.push_back(std::move(property));
    }
}

}  // namespace entail::lowering
