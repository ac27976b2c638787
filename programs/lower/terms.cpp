#include "programs/lower/terms.h"

#include "symbolic/ir/arithmetic.h"
#include "symbolic/ir/binding.h"

namespace entail::lowering {
ir::VariableId Variables::named(const std::string& name, SourceSpan span) {
    auto known = ids_.find(name);
    if (known != ids_.end()) return known->second;
    return ids_[name] = fresh(name, span);
}

ir::VariableId Variables::fresh(const std::string& name, SourceSpan span) {
    names_.push_back(name);
    spans_.push_back(span);
    return static_cast<ir::VariableId>(names_.size() - 1);
}

ir::Term lower_term(const ast::Term& term, Variables& variables, Scope& scope) {
    ValueStore& values = scope.program.values;
    switch (term.kind) {
        case ast::TermKind::variable:
            return ir::Term::make_variable(variables.named(term.text, term.span));
        case ast::TermKind::anonymous:
            return ir::Term::make_variable(variables.fresh("_", term.span));
        case ast::TermKind::integer:
            return ir::Term::make_constant(values.integer(term.integer));
        case ast::TermKind::real:
            return ir::Term::make_constant(values.real(term.real));
        case ast::TermKind::string:
            return ir::Term::make_constant(values.string(term.text));
        case ast::TermKind::atom:
            return ir::Term::make_constant(values.atom(term.text));
        case ast::TermKind::compound: {
            std::vector<ir::Term> args;
            for (const ast::Term& argument : term.args) {
                args.push_back(lower_term(argument, variables, scope));
            }
            // A negative number is a number.
            if (term.text == "-" && args.size() == 1 && args[0].is_constant()) {
                Value v = args[0].value;
                if (values.kind(v) == ValueKind::real) {
                    return ir::Term::make_constant(values.real(-values.as_double(v)));
                }
                if (values.kind(v) == ValueKind::integer && values.as_integer(v) != INT64_MIN) {
                    return ir::Term::make_constant(values.integer(-values.as_integer(v)));
                }
            }
            return ir::Term::make_compound(values.atom(term.text), std::move(args), values);
        }
        case ast::TermKind::list: {
            ir::Term list = term.tail() != nullptr ? lower_term(*term.tail(), variables, scope)
                                                   : ir::Term::make_constant(values.nil());
            auto elements = term.elements();
            bool is_open = false;
            std::vector<ir::Term> lowered;
            for (const ast::Term& element : elements) {
                lowered.push_back(lower_term(element, variables, scope));
                is_open = is_open || !lowered.back().is_constant();
            }
            if ((is_open || !list.is_constant()) && elements.size() > kMaxOpenList) {
                scope.diagnostics.report(DiagnosticCode::list_too_long, term.span, elements.size(),
                                         kMaxOpenList);
                return ir::Term::make_constant(values.nil());
            }
            for (std::size_t i = lowered.size(); i-- > 0;) {
                std::vector<ir::Term> cell;
                cell.push_back(std::move(lowered[i]));
                cell.push_back(std::move(list));
                list = ir::Term::make_compound(values.cons(), std::move(cell), values);
            }
            return list;
        }
        case ast::TermKind::set:
        case ast::TermKind::range:
            break;  // the parser lets them stand in domains only
    }
    return {};
}

std::optional<Value> lower_ground(const ast::Term& term, Scope& scope) {
    Variables variables;
    ir::Term lowered = lower_term(term, variables, scope);
    if (lowered.is_constant()) return lowered.value;
    scope.diagnostics.report(DiagnosticCode::not_ground, term.span);
    return std::nullopt;
}

ir::Atom lower_atom(const ast::Term& atom, Variables& variables, Scope& scope) {
    ir::Atom lowered;
    lowered.span = atom.span;
    if (atom.args.size() > ir::kMaxArity) {
        scope.diagnostics.report(DiagnosticCode::too_many_arguments, atom.name_span(), atom.text,
                                 atom.args.size());
    }
    lowered.predicate = scope.predicate(atom.text, atom.args.size(), atom.name_span());
    for (std::size_t i = 0; i < atom.args.size(); ++i) {
        lowered.args.push_back(lower_term(atom.args[i], variables, scope));
        if (lowered.args[i].is_constant()) {
            scope.check_argument(lowered.predicate, i, lowered.args[i].value, atom.args[i].span);
        }
    }
    return lowered;
}

ir::Term lower_expression(const ast::Term& term, Variables& variables, Scope& scope) {
    switch (term.kind) {
        case ast::TermKind::compound: {
            if (!ir::is_arithmetic_function(term.text, term.args.size())) {
                scope.diagnostics.report(DiagnosticCode::unknown_function, term.name_span(),
                                         fmt::format("{}/{}", term.text, term.args.size()));
                return ir::Term::make_constant(scope.program.values.integer(0));
            }
            // Kept as it is, to be computed: make_compound would fold it to a ground term.
            ir::Term lowered;
            lowered.kind = ir::Term::Kind::compound;
            lowered.value = scope.program.values.atom(term.text);
            for (const ast::Term& argument : term.args) {
                lowered.args.push_back(lower_expression(argument, variables, scope));
            }
            return lowered;
        }
        case ast::TermKind::atom:
            if (ir::is_arithmetic_function(term.text, 0)) return lower_term(term, variables, scope);
            [[fallthrough]];
        case ast::TermKind::string:
        case ast::TermKind::list:
            scope.diagnostics.report(DiagnosticCode::not_arithmetic, term.span);
            return ir::Term::make_constant(scope.program.values.integer(0));
        default:
            return lower_term(term, variables, scope);
    }
}

std::optional<std::int64_t> constant_integer(const ast::Term& term, Scope& scope) {
    Variables variables;
    std::size_t errors = scope.diagnostics.error_count();
    ir::Term lowered = lower_expression(term, variables, scope);
    if (!variables.names().empty() || scope.diagnostics.error_count() > errors) return std::nullopt;
    ir::ArithmeticError error = ir::ArithmeticError::none;
    Value value = ir::evaluate(lowered, {}, scope.program.values, error);
    bool usable = error == ir::ArithmeticError::none &&
                  scope.program.values.kind(value) == ValueKind::integer;
    if (!usable) return std::nullopt;
    return scope.program.values.as_integer(value);
}

}  // namespace entail::lowering
