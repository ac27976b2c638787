#include "programs/lower/checks.h"

#include <algorithm>

#include "programs/lower/foreign.h"

#include "symbolic/ir/dependencies.h"
#include "symbolic/ir/extrema.h"

namespace entail::lowering {
namespace {

using Occurrences = std::map<std::string, std::vector<SourceSpan>>;

void note(const ast::Term& term, Occurrences& seen) {
    if (term.kind == ast::TermKind::variable) seen[term.text].push_back(term.span);
    for (const ast::Term& argument : term.args) note(argument, seen);
}

void note(const ast::Body& body, Occurrences& seen) {
    for (const ast::Literal& literal : body) {
        if (const auto* atom = std::get_if<ast::Term>(&literal.form)) note(*atom, seen);
        if (const auto* c = std::get_if<ast::Comparison>(&literal.form)) {
            for (const ast::Term& side : c->sides) note(side, seen);
        }
        if (const auto* m = std::get_if<ast::Membership>(&literal.form)) {
            for (const ast::Term& side : m->sides) note(side, seen);
        }
        if (const auto* a = std::get_if<ast::Aggregate>(&literal.form)) {
            for (const ast::Term& term : a->result) note(term, seen);
            for (const ast::Term& term : a->over[0].tuple) note(term, seen);
            note(a->over[0].body, seen);
        }
        if (const auto* d = std::get_if<ast::Disjunction>(&literal.form)) {
            for (const ast::Body& alternative : d->alternatives) note(alternative, seen);
        }
    }
}

void check_defined(Scope& scope) {
    std::set<std::string> names;
    for (ir::PredicateId id : scope.defined) {
        const ir::Predicate& p = scope.program.predicates[id];
        if (!p.internal) names.insert(fmt::format("{}/{}", p.name, p.arity));
    }
    for (ir::PredicateId id = 0; id < scope.program.predicates.size(); ++id) {
        const ir::Predicate& p = scope.program.predicates[id];
        if (p.internal || scope.defined.contains(id)) continue;
        std::string name = fmt::format("{}/{}", p.name, p.arity);
        std::string_view hint = instead_of(p.name, p.arity);
        if (!hint.empty() && meant_by(name, names).empty()) {
            scope.diagnostics.report(DiagnosticCode::foreign_construct, p.span, "'" + name + "'")
                .hint = hint;
            continue;
        }
        auto& report = report_undefined(name, p.span, names, scope.diagnostics);
        if (scope.open_functions.contains(p.name)) {
            report.hint = "'" + p.name + "' has no value of its own: it is a stage for others";
        }
    }
}

void check_stratified(Scope& scope) {
    const ir::Program& program = scope.program;
    auto cycle = ir::strict_cycle(program.predicates.size(), ir::dependencies(program));
    if (cycle.empty()) return;
    // Auxiliary predicates are steps inside a clause: the user sees the way from name to name.
    std::string way;
    for (const ir::Dependency& step : cycle) {
        const ir::Predicate& p = program.predicates[step.from];
        if (p.internal) continue;
        if (!way.empty()) way += " -> ";
        way += fmt::format("{}/{}", p.name, p.arity);
    }
    way += way.empty() ? "" : " -> " + way.substr(0, way.find(' '));
    auto strict = std::ranges::find(cycle, true, &ir::Dependency::strict);
    auto& report = scope.diagnostics.report(DiagnosticCode::unstratified, strict->span, way);
    report.hint =
        "a predicate must not depend on its own negation or on an aggregate over itself; only a "
        "'#min' or '#max' whose values are passed on by '+', 'min', 'max' may, without chance";
    std::vector<ir::Dependency> others(cycle.begin(), cycle.end());
    for (const ir::Dependency& step : others) {
        if (step.span == strict->span) continue;
        report.notes.push_back({step.span, "the cycle goes on here"});
    }
}

}  // namespace

std::string meant_by(const std::string& name, const std::set<std::string>& names) {
    std::string base = name.substr(0, name.rfind('/') + 1);
    for (const std::string& candidate : names) {
        if (candidate.starts_with(base)) return candidate;
    }
    return Scope::closest(name, names);
}

Diagnostic& report_undefined(const std::string& name, SourceSpan span,
                             const std::set<std::string>& names, Diagnostics& diagnostics) {
    auto& report = diagnostics.report(DiagnosticCode::undefined_predicate, span, name);
    std::string meant = meant_by(name, names);
    report.hint = !meant.empty()
                      ? "did you mean '" + meant + "'?"
                      : "give it a clause, or declare it with 'pred' if its facts come later";
    return report;
}

void warn_singletons(const ast::Clause& clause, Scope& scope) {
    Occurrences seen;
    for (const ast::Head& head : clause.heads) {
        note(head.atom, seen);
        if (!head.weight) continue;
        for (const ast::Term& term : head.weight->expression) note(term, seen);
        for (const ast::Network& network : head.weight->network) {
            for (const ast::Term& term : network.inputs) note(term, seen);
            note(network.output, seen);
        }
    }
    note(clause.body, seen);
    for (const auto& [name, places] : seen) {
        if (places.size() > 1 || name.front() == '_') continue;
        scope.diagnostics.report(DiagnosticCode::singleton_variable, places[0], name).hint =
            "write '_' or '_" + name + "' if that is meant";
    }
}

void check_program(Scope& scope, bool was_read) {
    if (was_read) check_defined(scope);
    ir::unroll_extrema(scope.program);
    check_stratified(scope);
}

}  // namespace entail::lowering
