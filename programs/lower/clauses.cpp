#include "programs/lower/clauses.h"

#include <algorithm>
#include <numeric>

#include "symbolic/ir/unknowns.h"

namespace entail::lowering {
namespace {

/// Literal weights are added exactly, so that 1/6 six times is 1.
class ExactSum {
public:
    void add(const ast::Weight& weight) {
        value_ += weight.value;
        if (!weight.exact) exact_ = false;
        if (!exact_) return;
        std::int64_t a = 0, b = 0;
        bool overflow = __builtin_mul_overflow(numerator_, weight.denominator, &a) ||
                        __builtin_mul_overflow(weight.numerator, denominator_, &b) ||
                        __builtin_add_overflow(a, b, &numerator_) ||
                        __builtin_mul_overflow(denominator_, weight.denominator, &denominator_);
        exact_ = !overflow;
        if (!exact_) return;
        std::int64_t divisor = std::gcd(numerator_, denominator_);
        if (divisor > 1) {
            numerator_ /= divisor;
            denominator_ /= divisor;
        }
    }
    bool exceeds_one() const {
        return exact_ ? numerator_ > denominator_ : value_ > 1 + kTolerance;
    }
    bool is_less_than_one() const {
        return exact_ ? numerator_ < denominator_ : value_ < 1 - kTolerance;
    }
    double value() const {
        return exact_ ? static_cast<double>(numerator_) / static_cast<double>(denominator_)
                      : value_;
    }

private:
    static constexpr double kTolerance = 1e-9;
    std::int64_t numerator_ = 0, denominator_ = 1;
    bool exact_ = true;
    double value_ = 0;
};

/// Adds the rules of one clause: one for each way through its body.
void add_rules(Scope& scope, Variables& variables, const std::vector<ir::Head>& heads,
               std::vector<std::vector<ir::Literal>> ways, std::uint32_t choice,
               ir::RuleOrigin origin, SourceSpan span) {
    for (auto& way : ways) {
        ir::Rule rule;
        rule.heads = heads;
        rule.body = std::move(way);
        rule.choice = choice;
        rule.origin = origin;
        rule.span = span;
        rule.variables = variables.names();
        rule.variable_spans = variables.spans();
        scope.program.rules.push_back(std::move(rule));
    }
}

/// The variables of the choice's key. Called when head and body are lowered: `_` counts, what
/// lowering has added does not.
std::vector<ir::VariableId> key_of(const std::vector<std::vector<ir::Literal>>& ways,
                                   const std::vector<ir::Head>& heads,
                                   const std::vector<std::string>& names) {
    std::vector<bool> used(names.size(), false);
    auto use = [&](ir::VariableId v) { used[v] = true; };
    for (const ir::Head& head : heads) {
        for (const ir::Term& term : head.atom.args) ir::for_each_variable(term, use);
    }
    for (const auto& way : ways) {
        for (const ir::Literal& literal : way) {
            bool is_aggregate = literal.kind == ir::Literal::Kind::aggregate;
            std::size_t count = is_aggregate ? literal.grouped : literal.atom.args.size();
            for (std::size_t i = 0; i < count; ++i)
                ir::for_each_variable(literal.atom.args[i], use);
            ir::for_each_variable(literal.left, use);
            ir::for_each_variable(literal.right, use);
            ir::for_each_variable(literal.upper, use);
        }
    }
    std::vector<ir::VariableId> key;
    for (ir::VariableId v = 0; v < used.size(); ++v) {
        if (used[v] && names[v] != Variables::kInternal) key.push_back(v);
    }
    return key;
}

std::uint32_t add_choice(Scope& scope, ir::ChoiceRule choice) {
    scope.program.choices.push_back(std::move(choice));
    return static_cast<std::uint32_t>(scope.program.choices.size() - 1);
}

std::optional<ir::Weight> lower_weight(const ast::Weight& weight, Variables& variables,
                                       Scope& scope) {
    ir::Weight lowered;
    switch (weight.kind) {
        case ast::WeightKind::literal:
            lowered.value = weight.value;
            break;
        case ast::WeightKind::expression:
            lowered.kind = ir::Weight::Kind::computed;
            lowered.expression = lower_expression(weight.expression[0], variables, scope);
            return lowered;
        case ast::WeightKind::learnable:
            lowered.kind = ir::Weight::Kind::parameter;
            lowered.value = weight.text.empty() ? -1 : weight.value;  // -1: not given
            lowered.index = static_cast<std::uint32_t>(scope.program.parameters.size());
            scope.program.parameters.push_back({lowered.value, weight.span});
            break;
        case ast::WeightKind::network:
            return std::nullopt;
    }
    bool is_given = !weight.text.empty();
    if (is_given && !(lowered.value >= 0 && lowered.value <= 1)) {
        scope.diagnostics.report(DiagnosticCode::weight_out_of_range, weight.span, weight.text);
        return std::nullopt;
    }
    return lowered;
}

/// Gives `t(_)` weights an equal share of what the given weights leave.
void share_rest(ir::ChoiceRule& choice, Scope& scope) {
    double given = 0;
    std::size_t open = 0;
    for (const ir::Weight& weight : choice.weights) {
        if (weight.value >= 0)
            given += weight.value;
        else
            ++open;
    }
    if (open == 0) return;
    // A lone coin shares with its silent side.
    double share = (1 - given) / static_cast<double>(open + (choice.weights.size() == 1 ? 1 : 0));
    for (ir::Weight& weight : choice.weights) {
        if (weight.value >= 0) continue;
        weight.value = share;
        scope.program.parameters[weight.index].initial = share;
    }
}

/// The last argument of `head` is drawn or chosen: it must be a variable of its own.
bool check_fresh(const ast::Term& head, const ast::Body& body, std::span<const ast::Term> arguments,
                 Scope& scope) {
    const ast::Term& drawn = head.args.back();
    std::set<std::string> others;
    collect_variables(body, others);
    for (std::size_t i = 0; i + 1 < head.args.size(); ++i) collect_variables(head.args[i], others);
    for (const ast::Term& argument : arguments) collect_variables(argument, others);
    if (drawn.kind == ast::TermKind::anonymous) return true;
    if (drawn.kind == ast::TermKind::variable && !others.contains(drawn.text)) return true;
    scope.diagnostics.report(
        DiagnosticCode::drawn_not_fresh, drawn.span,
        drawn.kind == ast::TermKind::variable ? "'" + drawn.text + "'" : "a term");
    return false;
}

/// `nn(m, [I], D, [0, 1]) :: digit(I, D) :- body.` says what `digit(I, D) ~ m(I) :- body.` says.
void lower_network(const ast::Clause& clause, SourceSpan span, Scope& scope) {
    const ast::Head& head = clause.heads[0];
    const ast::Network& network = head.weight->network[0];
    ast::Draw draw;
    draw.head = head.atom;
    draw.distribution.module = network.module;
    draw.distribution.span = head.weight->span;
    draw.distribution.args = network.inputs;
    draw.body = clause.body;
    bool drawn_is_last = !head.atom.args.empty() &&
                         head.atom.args.back().kind == ast::TermKind::variable &&
                         head.atom.args.back().text == network.output.text;
    if (!drawn_is_last) {
        scope.diagnostics.report(DiagnosticCode::drawn_not_last, head.atom.span,
                                 network.output.text);
        return;
    }
    auto module = scope.module(network.module);
    if (!module) return;
    const auto& declared = scope.program.modules[*module];
    std::vector<Value> labels;
    for (const ast::Term& label : network.labels) {
        if (auto value = lower_ground(label, scope)) labels.push_back(*value);
    }
    if (!declared.concepts.empty() && labels != declared.concepts[0].domain) {
        scope.diagnostics.report(DiagnosticCode::labels_differ, head.weight->span, labels.size(),
                                 declared.name, declared.concepts[0].domain.size());
        return;
    }
    lower_draw(draw, span, scope);
}

}  // namespace

void lower_clause(const ast::Clause& clause, SourceSpan span, ir::RuleOrigin origin, Scope& scope) {
    bool weighted = clause.heads.size() > 1 || clause.heads[0].weight.has_value();
    if (weighted && clause.heads[0].weight->kind == ast::WeightKind::network) {
        lower_network(clause, span, scope);
        return;
    }
    Variables variables;
    std::set<std::string> outside;
    for (const ast::Head& head : clause.heads) {
        collect_variables(head.atom, outside);
        if (head.weight && head.weight->kind == ast::WeightKind::expression) {
            collect_variables(head.weight->expression[0], outside);
        }
    }
    std::vector<ir::Head> heads;
    for (const ast::Head& head : clause.heads) {
        heads.push_back(
            {lower_atom(head.atom, variables, scope), static_cast<std::uint32_t>(heads.size())});
        scope.defined.insert(heads.back().atom.predicate);
    }
    auto ways = BodyLowering(scope, variables).lower(clause.body, outside);
    if (!weighted) {
        const ir::Atom& head = heads[0].atom;
        bool is_fact =
            clause.body.empty() && std::ranges::all_of(head.args, &ir::Term::is_constant);
        if (is_fact) {
            std::vector<Value> row;
            for (const ir::Term& term : head.args) row.push_back(term.value);
            scope.program.add_fact(head.predicate, row, span);
            return;
        }
        add_rules(scope, variables, heads, std::move(ways), ir::kNone, origin, span);
        return;
    }
    ir::ChoiceRule choice;
    choice.kind =
        clause.heads.size() == 1 ? ir::ChoiceRule::Kind::coin : ir::ChoiceRule::Kind::disjunction;
    choice.span = span;
    ExactSum sum;
    bool all_literal = true;
    for (const ast::Head& head : clause.heads) {
        auto weight = lower_weight(*head.weight, variables, scope);
        if (!weight) return;
        all_literal = all_literal && weight->kind == ir::Weight::Kind::constant;
        if (head.weight->kind != ast::WeightKind::expression) sum.add(*head.weight);
        choice.weights.push_back(std::move(*weight));
    }
    if (sum.exceeds_one()) {
        scope.diagnostics.report(DiagnosticCode::weights_exceed_one,
                                 cover(clause.heads.front().span, clause.heads.back().span),
                                 print_real(sum.value()));
        return;
    }
    bool is_mixed =
        std::ranges::any_of(
            choice.weights,
            [](const ir::Weight& w) { return w.kind == ir::Weight::Kind::computed; }) &&
        std::ranges::any_of(choice.weights, [](const ir::Weight& w) { return w.value < 0; });
    if (is_mixed) {
        scope.not_supported(span, "'t(_)' beside a weight that is computed");
        return;
    }
    share_rest(choice, scope);
    if (all_literal) {
        choice.silent = sum.is_less_than_one();
    } else {
        double total = 0;
        for (const ir::Weight& weight : choice.weights) total += std::max(0.0, weight.value);
        choice.silent = total < 1 - 1e-12;
    }
    choice.key = key_of(ways, heads, variables.names());
    choice.variables = variables.names();
    for (const ir::Head& head : heads) choice.heads.push_back(head.atom);
    add_rules(scope, variables, heads, std::move(ways), add_choice(scope, std::move(choice)),
              origin, span);
}

void lower_draw(const ast::Draw& draw, SourceSpan span, Scope& scope) {
    const ast::Distribution& distribution = draw.distribution;
    if (distribution.kind == ast::DistributionKind::normal ||
        distribution.kind == ast::DistributionKind::uniform ||
        distribution.kind == ast::DistributionKind::exponential) {
        scope.not_supported(distribution.span, "a distribution over reals");
        scope.defined.insert(
            scope.predicate(draw.head.text, draw.head.args.size(), draw.head.name_span()));
        return;
    }
    if (!check_fresh(draw.head, draw.body, distribution.args, scope)) return;
    Variables variables;
    ir::ChoiceRule choice;
    choice.kind = ir::ChoiceRule::Kind::distribution;
    choice.span = span;
    ir::Atom head = lower_atom(draw.head, variables, scope);
    scope.defined.insert(head.predicate);
    std::set<std::string> outside;
    collect_variables(draw.head, outside);
    for (const ast::Term& argument : distribution.args) collect_variables(argument, outside);

    std::vector<Value> drawn;
    ast::Body body = draw.body;
    if (distribution.kind == ast::DistributionKind::categorical) {
        ExactSum sum;
        bool all_literal = true;
        for (const ast::CategoricalValue& entry : distribution.choices) {
            auto value = lower_ground(entry.value, scope);
            auto weight = lower_weight(entry.weight, variables, scope);
            if (!value || !weight) return;
            if (entry.weight.kind == ast::WeightKind::expression)
                all_literal = false;
            else
                sum.add(entry.weight);
            drawn.push_back(*value);
            choice.weights.push_back(std::move(*weight));
        }
        if (sum.exceeds_one()) {
            scope.diagnostics.report(DiagnosticCode::weights_exceed_one, distribution.span,
                                     print_real(sum.value()));
            return;
        }
        share_rest(choice, scope);
        choice.silent = all_literal && sum.is_less_than_one();
    } else {
        auto module = scope.module(distribution.module);
        if (!module) return;
        const ir::ModuleDeclaration& declared = scope.program.modules[*module];
        if (declared.concepts.empty()) return;  // its declaration was reported
        choice.module = *module;
        std::string part = distribution.part ? distribution.part->text : "";
        auto found = std::ranges::find(declared.concepts, part, &ir::ConceptDeclaration::name);
        if (found == declared.concepts.end()) {
            std::set<std::string> names;
            for (const auto& known : declared.concepts) names.insert(known.name);
            SourceSpan place =
                distribution.part ? distribution.part->span : distribution.module.span;
            std::string list;
            for (const auto& name : names) {
                if (!name.empty()) list += (list.empty() ? "" : ", ") + declared.name + "." + name;
            }
            scope.diagnostics
                .report(DiagnosticCode::unknown_concept, place, declared.name,
                        part.empty() ? "one concept" : "'" + part + "'")
                .hint = list.empty() ? "it gives one concept: write " + declared.name + "(…)"
                                     : "it gives " + list;
            return;
        }
        choice.concept_index = static_cast<std::uint32_t>(found - declared.concepts.begin());
        drawn = found->domain;
        for (std::uint32_t k = 0; k < drawn.size(); ++k) {
            ir::Weight weight;
            weight.kind = ir::Weight::Kind::network;
            weight.index = k;
            choice.weights.push_back(weight);
        }
        if (distribution.args.size() != 1) {
            scope.diagnostics.report(DiagnosticCode::module_inputs, distribution.span,
                                     declared.name, distribution.args.size());
            return;
        }
        choice.input = lower_term(distribution.args[0], variables, scope);
        if (body.empty()) {
            // Without a body it ranges over the inputs of the module's type.
            ast::Literal range;
            range.span = distribution.args[0].span;
            ast::Term input_atom;
            input_atom.kind = ast::TermKind::compound;
            input_atom.span = distribution.args[0].span;
            input_atom.text = declared.input_type;
            input_atom.args = distribution.args;
            range.form = input_atom;
            body.push_back(std::move(range));
        }
    }
    auto ways = BodyLowering(scope, variables).lower(body, outside);
    // The drawn value is what the choice decides: it is no part of the instance.
    std::vector<ir::Head> heads;
    for (std::uint32_t k = 0; k < drawn.size(); ++k) {
        ir::Atom one = head;
        one.args.back() = ir::Term::make_constant(drawn[k]);
        scope.check_argument(head.predicate, head.args.size() - 1, drawn[k], draw.head.span);
        heads.push_back({std::move(one), k});
    }
    choice.key = key_of(ways, heads, variables.names());
    choice.variables = variables.names();
    for (Value value : drawn) {
        choice.heads.push_back(head);
        choice.heads.back().args.back() = ir::Term::make_constant(value);
    }
    add_rules(scope, variables, heads, std::move(ways), add_choice(scope, std::move(choice)),
              ir::RuleOrigin::program, span);
}

void lower_choose(const ast::Choose& choose, SourceSpan span, Scope& scope) {
    if (!check_fresh(choose.head, choose.body, {}, scope)) return;
    Variables variables;
    ir::Atom head = lower_atom(choose.head, variables, scope);
    scope.defined.insert(head.predicate);
    auto domain = scope.domain(choose.domain);
    if (!domain) return;
    std::set<std::string> outside;
    collect_variables(choose.head, outside);
    auto ways = BodyLowering(scope, variables).lower(choose.body, outside);
    ir::ChoiceRule choice;
    choice.kind = ir::ChoiceRule::Kind::free;
    choice.span = span;
    if (domain->numbers) choice.numbers = *domain->numbers;
    if (domain->numbers) choice.numbers->span = choose.domain.span;
    if (domain->is_open) {
        ir::Atom instance = head;
        instance.args.pop_back();
        choice.is_unknown = true;
        choice.key = key_of(ways, {{instance, 0}}, variables.names());
        choice.variables = variables.names();
        choice.heads = {head};
        ir::Literal unknown = ir::unknown_literal(choice, head.args.back());
        unknown.choice = add_choice(scope, std::move(choice));
        for (auto& way : ways) way.push_back(unknown);
        add_rules(scope, variables, {{head, 0}}, std::move(ways), ir::kNone,
                  ir::RuleOrigin::program, span);
        return;
    }
    std::vector<ir::Head> heads;
    for (std::uint32_t k = 0; k < domain->values.size(); ++k) {
        ir::Weight weight;
        weight.kind = ir::Weight::Kind::free;
        choice.weights.push_back(weight);
        ir::Atom one = head;
        one.args.back() = ir::Term::make_constant(domain->values[k]);
        scope.check_argument(head.predicate, head.args.size() - 1, domain->values[k],
                             choose.head.span);
        choice.heads.push_back(one);
        heads.push_back({std::move(one), k});
    }
    choice.key = key_of(ways, heads, variables.names());
    choice.variables = variables.names();
    add_rules(scope, variables, heads, std::move(ways), add_choice(scope, std::move(choice)),
              ir::RuleOrigin::program, span);
}

void lower_constraint(const ast::Constraint& constraint, SourceSpan span, Scope& scope) {
    Variables variables;
    ir::Atom head;
    head.span = span;
    head.predicate = scope.internal_predicate("constraint", 0, span);
    auto ways = BodyLowering(scope, variables).lower(constraint.body, {});
    add_rules(scope, variables, {{head, 0}}, std::move(ways), ir::kNone, ir::RuleOrigin::constraint,
              span);
    scope.program.constraints.push_back(head.predicate);
}

}  // namespace entail::lowering
