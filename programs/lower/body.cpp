#include "programs/lower/body.h"

#include <algorithm>
#include <map>
#include <utility>

#include "programs/syntax/printer.h"
#include "symbolic/ir/binding.h"

namespace entail::lowering {
namespace {

bool has_anonymous(const ast::Term& term) {
    return term.kind == ast::TermKind::anonymous || std::ranges::any_of(term.args, has_anonymous);
}

ir::CompareOp compare_op(ast::ComparisonOp op) {
    switch (op) {
        case ast::ComparisonOp::not_equal:
            return ir::CompareOp::not_equal;
        case ast::ComparisonOp::less:
            return ir::CompareOp::less;
        case ast::ComparisonOp::less_equal:
            return ir::CompareOp::less_equal;
        case ast::ComparisonOp::greater:
            return ir::CompareOp::greater;
        case ast::ComparisonOp::greater_equal:
            return ir::CompareOp::greater_equal;
        default:
            return ir::CompareOp::equal;
    }
}

ir::CompareOp opposite(ir::CompareOp op) {
    switch (op) {
        case ir::CompareOp::equal:
            return ir::CompareOp::not_equal;
        case ir::CompareOp::not_equal:
            return ir::CompareOp::equal;
        case ir::CompareOp::less:
            return ir::CompareOp::greater_equal;
        case ir::CompareOp::less_equal:
            return ir::CompareOp::greater;
        case ir::CompareOp::greater:
            return ir::CompareOp::less_equal;
        case ir::CompareOp::greater_equal:
            return ir::CompareOp::less;
    }
    return op;
}

/// The comparison that holds where `op`, of terms in the standard order, does not.
ast::ComparisonOp opposite(ast::ComparisonOp op) {
    switch (op) {
        case ast::ComparisonOp::before:
            return ast::ComparisonOp::not_before;
        case ast::ComparisonOp::not_after:
            return ast::ComparisonOp::after;
        case ast::ComparisonOp::after:
            return ast::ComparisonOp::not_after;
        case ast::ComparisonOp::not_before:
            return ast::ComparisonOp::before;
        default:
            return op;
    }
}

bool compares_terms(ast::ComparisonOp op) {
    return opposite(op) != op;
}

void name_anonymous(ast::Term& term, std::size_t& count) {
    if (term.kind == ast::TermKind::anonymous) {
        term.kind = ast::TermKind::variable;
        term.text = fmt::format("_ {}", count++);  // no name that a program can write
    }
    for (ast::Term& argument : term.args) name_anonymous(argument, count);
}

/// Gives each `_` that is open in `body` a name of its own.
void name_anonymous(ast::Body& body, std::size_t& count) {
    for (ast::Literal& literal : body) {
        if (literal.negated) continue;
        if (auto* atom = std::get_if<ast::Term>(&literal.form)) name_anonymous(*atom, count);
        if (auto* c = std::get_if<ast::Comparison>(&literal.form)) {
            for (ast::Term& side : c->sides) name_anonymous(side, count);
        }
        if (auto* m = std::get_if<ast::Membership>(&literal.form)) {
            name_anonymous(m->sides[0], count);
        }
        if (auto* d = std::get_if<ast::Disjunction>(&literal.form)) {
            for (ast::Body& alternative : d->alternatives) name_anonymous(alternative, count);
        }
    }
}

}  // namespace

void collect_variables(const ast::Term& term, std::set<std::string>& names) {
    if (term.kind == ast::TermKind::variable) names.insert(term.text);
    for (const ast::Term& argument : term.args) collect_variables(argument, names);
}

void collect_variables(const ast::Body& body, std::set<std::string>& names) {
    for (const ast::Literal& literal : body) {
        if (const auto* atom = std::get_if<ast::Term>(&literal.form))
            collect_variables(*atom, names);
        if (const auto* c = std::get_if<ast::Comparison>(&literal.form)) {
            for (const ast::Term& side : c->sides) collect_variables(side, names);
        }
        if (const auto* m = std::get_if<ast::Membership>(&literal.form)) {
            for (const ast::Term& side : m->sides) collect_variables(side, names);
        }
        if (const auto* a = std::get_if<ast::Aggregate>(&literal.form)) {
            for (const ast::Term& term : a->result) collect_variables(term, names);
            for (const ast::Term& term : a->over[0].tuple) collect_variables(term, names);
            collect_variables(a->over[0].body, names);
        }
        if (const auto* d = std::get_if<ast::Disjunction>(&literal.form)) {
            for (const ast::Body& alternative : d->alternatives)
                collect_variables(alternative, names);
        }
    }
}

void open_variables(const ast::Literal& literal, std::set<std::string>& names) {
    if (literal.negated) return;
    if (const auto* aggregate = std::get_if<ast::Aggregate>(&literal.form)) {
        for (const ast::Term& term : aggregate->result) collect_variables(term, names);
    } else if (const auto* disjunction = std::get_if<ast::Disjunction>(&literal.form)) {
        for (const ast::Body& alternative : disjunction->alternatives) {
            for (const ast::Literal& inner : alternative) open_variables(inner, names);
        }
    } else {
        collect_variables({literal}, names);
    }
}

std::vector<std::vector<ir::Literal>> BodyLowering::lower(const ast::Body& body,
                                                          const std::set<std::string>& outside) {
    if (body.size() > kMaxBody) {
        scope_.diagnostics.report(DiagnosticCode::body_too_long, body[kMaxBody].span, kMaxBody);
        return {};
    }
    Ways ways(1);
    // In how many conjuncts each variable is open: those of a conjunct's own are taken off again.
    std::map<std::string, int> open_in;
    std::vector<std::set<std::string>> open(body.size());
    for (std::size_t i = 0; i < body.size(); ++i) {
        open_variables(body[i], open[i]);
        for (const std::string& name : open[i]) ++open_in[name];
    }
    for (std::size_t i = 0; i < body.size(); ++i) {
        const ast::Literal& literal = body[i];
        std::set<std::string> shared = outside;
        std::set<std::string> own;
        collect_variables({literal}, own);
        for (const std::string& name : own) {
            auto place = open_in.find(name);
            if (place != open_in.end() && place->second > (open[i].contains(name) ? 1 : 0)) {
                shared.insert(name);
            }
        }
        append(ways, literal, shared);
        if (ways.size() > kMaxWays) {
            scope_.diagnostics.report(DiagnosticCode::too_many_ways, literal.span, kMaxWays);
            return {};
        }
    }
    return ways;
}

void BodyLowering::append_all(Ways& ways, const std::vector<ir::Literal>& literals) {
    for (auto& way : ways) way.insert(way.end(), literals.begin(), literals.end());
}

void BodyLowering::append(Ways& ways, const ast::Literal& literal,
                          const std::set<std::string>& shared) {
    const auto* disjunction = std::get_if<ast::Disjunction>(&literal.form);
    if (disjunction == nullptr || literal.negated) {
        append_all(ways, plain(literal, shared));
        return;
    }
    Ways result;
    for (const ast::Body& alternative : disjunction->alternatives) {
        for (const auto& tail : lower(alternative, shared)) {
            for (const auto& way : ways) {
                result.push_back(way);
                result.back().insert(result.back().end(), tail.begin(), tail.end());
                if (result.size() > kMaxWays) {
                    ways = std::move(result);
                    return;
                }
            }
        }
    }
    ways = std::move(result);
    if (ways.empty()) ways.resize(1);  // an error was reported; go on with the rest
}

std::vector<ir::Literal> BodyLowering::plain(const ast::Literal& literal,
                                             const std::set<std::string>& shared) {
    if (const auto* c = std::get_if<ast::Comparison>(&literal.form)) {
        bool flips = !literal.negated ||
                     (c->op != ast::ComparisonOp::is && c->op != ast::ComparisonOp::univ);
        if (flips) return comparison(*c, literal.negated, literal.span);
    }
    ast::Literal positive = literal;
    positive.negated = false;
    if (literal.negated) {
        if (const auto* d = std::get_if<ast::Disjunction>(&literal.form);
            d != nullptr && d->alternatives.size() == 1) {
            return {negation(d->alternatives[0], literal.span, shared)};
        }
        return {negation({positive}, literal.span, shared)};
    }
    if (const auto* m = std::get_if<ast::Membership>(&literal.form)) {
        return membership(*m, literal.span);
    }
    if (const auto* a = std::get_if<ast::Aggregate>(&literal.form)) {
        return aggregate(*a, literal.span, shared);
    }
    const ast::Term& atom = std::get<ast::Term>(literal.form);
    ir::Literal result;
    result.span = literal.span;
    if (atom.text == "between" && atom.args.size() == 3 && !scope_.is_defined("between", 3)) {
        result.kind = ir::Literal::Kind::in_range;
        result.right = lower_expression(atom.args[0], variables_, scope_);
        result.upper = lower_expression(atom.args[1], variables_, scope_);
        result.left = lower_term(atom.args[2], variables_, scope_);
        return {result};
    }
    if (const ir::Builtin* found = scope_.builtin(atom)) {
        return {builtin(*found, atom, literal.span)};
    }
    if (atom.args.empty() && atom.text == "true" && !scope_.is_defined("true", 0)) return {};
    if (atom.args.empty() && (atom.text == "fail" || atom.text == "false") &&
        !scope_.is_defined(atom.text, 0)) {
        result.kind = ir::Literal::Kind::in_values;  // in the empty set
        result.left = ir::Term::make_constant(scope_.program.values.nil());
        return {result};
    }
    result.atom = lower_atom(atom, variables_, scope_);
    return {result};
}

ir::Literal BodyLowering::builtin(const ir::Builtin& builtin, const ast::Term& atom,
                                  SourceSpan span) {
    ir::Literal result;
    result.kind = ir::Literal::Kind::builtin;
    result.builtin = &builtin;
    result.span = result.atom.span = span;
    for (const ast::Term& argument : atom.args) {
        result.atom.args.push_back(lower_term(argument, variables_, scope_));
    }
    return result;
}

std::vector<ir::Literal> BodyLowering::comparison(const ast::Comparison& comparison, bool negated,
                                                  SourceSpan span) {
    ir::Literal result;
    result.span = span;
    switch (comparison.op) {
        case ast::ComparisonOp::unify:
        case ast::ComparisonOp::identical:
        case ast::ComparisonOp::not_unify:
        case ast::ComparisonOp::not_identical: {
            bool equal = comparison.op == ast::ComparisonOp::unify ||
                         comparison.op == ast::ComparisonOp::identical;
            result.kind =
                equal != negated ? ir::Literal::Kind::unify : ir::Literal::Kind::not_unify;
            result.left = lower_term(comparison.left(), variables_, scope_);
            result.right = lower_term(comparison.right(), variables_, scope_);
            return {result};
        }
        case ast::ComparisonOp::is:
            result.kind = ir::Literal::Kind::is;
            result.left = lower_term(comparison.left(), variables_, scope_);
            result.right = lower_expression(comparison.right(), variables_, scope_);
            return {result};
        case ast::ComparisonOp::before:
        case ast::ComparisonOp::not_after:
        case ast::ComparisonOp::after:
        case ast::ComparisonOp::not_before:
        case ast::ComparisonOp::univ:
            return {term_comparison(negated ? opposite(comparison.op) : comparison.op,
                                    lower_term(comparison.left(), variables_, scope_),
                                    lower_term(comparison.right(), variables_, scope_), span)};
        default:
            break;
    }
    result.kind = ir::Literal::Kind::compare;
    result.op = compare_op(comparison.op);
    if (negated) result.op = opposite(result.op);
    result.left = lower_expression(comparison.left(), variables_, scope_);
    result.right = lower_expression(comparison.right(), variables_, scope_);
    return {result};
}

/// The comparisons that are built-ins of the same name.
ir::Literal BodyLowering::term_comparison(ast::ComparisonOp op, ir::Term left, ir::Term right,
                                          SourceSpan span) {
    ir::Literal result;
    result.kind = ir::Literal::Kind::builtin;
    result.builtin = ir::find_builtin(ast::spelling(op), 2);
    result.span = result.atom.span = span;
    result.atom.args = {std::move(left), std::move(right)};
    return result;
}

std::vector<ir::Literal> BodyLowering::membership(const ast::Membership& membership,
                                                  SourceSpan span) {
    ir::Literal result;
    result.span = span;
    result.left = lower_term(membership.element(), variables_, scope_);
    if (membership.domain().kind == ast::TermKind::range) {
        result.kind = ir::Literal::Kind::in_range;
        result.right = lower_expression(membership.domain().args[0], variables_, scope_);
        result.upper = lower_expression(membership.domain().args[1], variables_, scope_);
        return {result};
    }
    auto domain = scope_.domain(membership.domain());
    if (!domain) return {};
    auto number_term = [&](std::int64_t number) {
        return ir::Term::make_constant(scope_.program.values.integer(number));
    };
    if (domain->is_open && domain->numbers->lower) {
        result.kind = ir::Literal::Kind::in_range;
        result.right = number_term(*domain->numbers->lower);
        result.upper = number_term(*domain->numbers->upper);
        return {result};
    }
    if (domain->is_open) {
        // All integers, all numbers: nothing that is enumerated, a test.
        result.kind = ir::Literal::Kind::builtin;
        result.builtin = ir::find_builtin(domain->numbers->is_integer ? "integer" : "number", 1);
        result.atom.span = span;
        result.atom.args = {std::exchange(result.left, {})};
        return {result};
    }
    result.kind = ir::Literal::Kind::in_values;
    result.values = domain->values;
    return {result};
}

ir::Atom BodyLowering::auxiliary(const std::string& name, const std::vector<std::string>& shared,
                                 const std::vector<ast::Term>& tuple, bool compute_first,
                                 const ast::Body& body, SourceSpan span) {
    Variables inner;
    ir::Rule rule;
    rule.origin = ir::RuleOrigin::internal;
    rule.span = span;
    ir::Atom head, call;
    head.span = call.span = span;
    head.predicate = call.predicate =
        scope_.internal_predicate(name, shared.size() + tuple.size(), span);
    for (const std::string& variable : shared) {
        head.args.push_back(ir::Term::make_variable(inner.named(variable, span)));
        call.args.push_back(ir::Term::make_variable(variables_.named(variable, span)));
    }
    std::vector<ir::Literal> computed;
    for (std::size_t i = 0; i < tuple.size(); ++i) {
        call.args.push_back(ir::Term::make_variable(variables_.fresh(Variables::kInternal, span)));
        if (i == 0 && compute_first && tuple[i].kind == ast::TermKind::compound) {
            ir::Literal is;
            is.kind = ir::Literal::Kind::is;
            is.span = tuple[i].span;
            is.left = ir::Term::make_variable(inner.fresh(Variables::kInternal, span));
            is.right = lower_expression(tuple[i], inner, scope_);
            head.args.push_back(is.left);
            computed.push_back(std::move(is));
            continue;
        }
        head.args.push_back(lower_term(tuple[i], inner, scope_));
    }
    std::set<std::string> outside(shared.begin(), shared.end());
    for (const ast::Term& term : tuple) collect_variables(term, outside);
    for (auto& way : BodyLowering(scope_, inner).lower(body, outside)) {
        rule.heads = {{head, 0}};
        rule.body = std::move(way);
        rule.body.insert(rule.body.end(), computed.begin(), computed.end());
        scope_.program.rules.push_back(rule);
        scope_.program.rules.back().variables = inner.names();
        scope_.program.rules.back().variable_spans = inner.spans();
    }
    return call;
}

ir::Atom BodyLowering::tuples(const std::string& name, const ast::Elements& over) {
    return auxiliary(name, {}, over.tuple, true, over.body, over.span);
}

ir::Literal BodyLowering::negation(const ast::Body& body, SourceSpan span,
                                   const std::set<std::string>& shared) {
    ir::Literal result;
    result.kind = ir::Literal::Kind::negated;
    result.span = span;
    std::set<std::string> own;
    collect_variables(body, own);
    std::vector<std::string> common;
    std::ranges::set_intersection(own, shared, std::back_inserter(common));
    const ast::Term* atom = body.size() == 1 ? std::get_if<ast::Term>(&body[0].form) : nullptr;
    bool is_one_atom =
        atom != nullptr && !body[0].negated && common.size() == own.size() && !has_anonymous(*atom);
    if (is_one_atom) {
        if (const ir::Builtin* found = scope_.builtin(*atom)) {
            result = builtin(*found, *atom, span);
            result.kind = ir::Literal::Kind::not_builtin;
            return result;
        }
    }
    if (is_one_atom && !scope_.is_builtin(*atom)) {
        result.atom = lower_atom(*atom, variables_, scope_);
        return result;
    }
    result.atom = auxiliary("negated", common, {}, false, body, span);
    return result;
}

/// Makes the tuples of `findall` whole solutions: after the template, all variables of the goal
/// that are its own, `_` included.
void BodyLowering::add_solution(ast::Elements& over, const std::set<std::string>& shared) {
    std::size_t anonymous = 0;
    name_anonymous(over.body, anonymous);
    std::set<std::string> names;
    for (const ast::Literal& literal : over.body) open_variables(literal, names);
    for (const std::string& name : names) {
        if (shared.contains(name)) continue;
        ast::Term variable;
        variable.kind = ast::TermKind::variable;
        variable.text = name;
        variable.span = over.span;
        over.tuple.push_back(std::move(variable));
    }
}

/// In an alternative that leaves a variable of the solution out, it has a value that no other has.
void BodyLowering::bind_missing(ir::PredicateId collected, std::size_t first) {
    ir::Term none = ir::Term::make_constant(scope_.program.values.atom("not in this alternative"));
    for (ir::Rule& rule : scope_.program.rules) {
        const ir::Atom& head = rule.heads.front().atom;
        if (head.predicate != collected) continue;
        ir::Bound mentioned(rule.variables.size(), false);
        for (const ir::Literal& literal : rule.body) {
            for (const ir::Term& argument : literal.atom.args) ir::bind(argument, mentioned);
            for (const ir::Term* term : {&literal.left, &literal.right, &literal.upper}) {
                ir::bind(*term, mentioned);
            }
        }
        // What the template itself lacks is an error of the clause.
        for (std::size_t i = 0; i < first; ++i) ir::bind(head.args[i], mentioned);
        for (std::size_t i = first; i < head.args.size(); ++i) {
            const ir::Term& argument = head.args[i];
            if (mentioned[argument.variable]) continue;
            ir::Literal literal;
            literal.kind = ir::Literal::Kind::unify;
            literal.span = rule.span;
            literal.left = argument;
            literal.right = none;
            rule.body.push_back(std::move(literal));
        }
    }
}

std::vector<ir::Literal> BodyLowering::aggregate(const ast::Aggregate& aggregate, SourceSpan span,
                                                 const std::set<std::string>& shared) {
    ast::Elements over = aggregate.over[0];
    if (aggregate.function == ast::AggregateOp::list) add_solution(over, shared);
    std::set<std::string> own, outside = shared;
    collect_variables(over.body, own);
    for (const ast::Term& term : over.tuple) collect_variables(term, own);
    for (const ast::Term& term : aggregate.result) collect_variables(term, outside);
    std::vector<std::string> common;
    std::ranges::set_intersection(own, outside, std::back_inserter(common));

    ir::Literal result;
    result.kind = ir::Literal::Kind::aggregate;
    result.span = span;
    switch (aggregate.function) {
        case ast::AggregateOp::sum:
            result.function = ir::AggregateOp::sum;
            break;
        case ast::AggregateOp::count:
            result.function = ir::AggregateOp::count;
            break;
        case ast::AggregateOp::min:
            result.function = ir::AggregateOp::min;
            break;
        case ast::AggregateOp::max:
            result.function = ir::AggregateOp::max;
            break;
        case ast::AggregateOp::list:
            result.function = ir::AggregateOp::list;
            break;
    }
    result.grouped = static_cast<std::uint32_t>(common.size());
    result.atom = auxiliary("aggregated", common, over.tuple,
                            aggregate.function == ast::AggregateOp::sum, over.body, over.span);
    if (aggregate.function == ast::AggregateOp::list)
        bind_missing(result.atom.predicate, result.grouped + 1);
    bool assigns = aggregate.op == ast::ComparisonOp::unify ||
                   aggregate.op == ast::ComparisonOp::is ||
                   aggregate.op == ast::ComparisonOp::identical;
    if (assigns) {
        result.left = lower_term(aggregate.result[0], variables_, scope_);
        return {result};
    }
    result.left = ir::Term::make_variable(variables_.fresh(Variables::kInternal, span));
    ir::Literal test;
    test.span = span;
    test.right = result.left;
    if (aggregate.op == ast::ComparisonOp::not_unify ||
        aggregate.op == ast::ComparisonOp::not_identical) {
        test.kind = ir::Literal::Kind::not_unify;
        test.left = lower_term(aggregate.result[0], variables_, scope_);
    } else if (compares_terms(aggregate.op) || aggregate.op == ast::ComparisonOp::univ) {
        test = term_comparison(aggregate.op, lower_term(aggregate.result[0], variables_, scope_),
                               result.left, span);
    } else {
        test.kind = ir::Literal::Kind::compare;
        test.op = compare_op(aggregate.op);
        test.left = lower_expression(aggregate.result[0], variables_, scope_);
    }
    return {result, test};
}

}  // namespace entail::lowering
