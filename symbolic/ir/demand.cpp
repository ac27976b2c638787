#include "symbolic/ir/demand.h"

#include <algorithm>
#include <map>
#include <set>

#include "symbolic/ir/builtin.h"
#include "symbolic/ir/dependencies.h"
#include "symbolic/ir/modes.h"

namespace entail::ir {
namespace {

class Specialiser {
public:
    Specialiser(const Program& program, Diagnostics& diagnostics)
        : program_(program),
          diagnostics_(diagnostics),
          modes_(program),
          parts_(components(program.predicates.size(), dependencies(program))),
          patterns_(program.predicates.size()) {
        result_.predicates = program.predicates;
    }

    Specialised run(const std::vector<Call>& calls) {
        for (const Call& call : calls) demand(call.atom, Bound(call.variables.size(), false));
        while (!pending_.empty()) {
            PredicateId p = *pending_.begin();
            pending_.erase(pending_.begin());
            auto patterns = patterns_[p];
            for (Positions pattern : patterns) {
                for (auto [rule, head] : modes_.rules_of(p)) propagate(rule, head, pattern);
            }
        }
        for (const Call& call : calls) check_open(call);
        number_groups();
        for (PredicateId p = 0; p < patterns_.size(); ++p) {
            for (Positions pattern : patterns_[p]) emit(p, pattern);
        }
        for (const Call& call : calls) seed(call);
        for (const Rule& rule : program_.rules) report_never_bound(rule);
        return std::move(result_);
    }

private:
    /// Notes that `atom` is called with what is bound; returns the pattern that serves the call.
    void demand(const Atom& atom, const Bound& bound) {
        if (!modes_.has_rules(atom.predicate)) return;
        Positions pattern = bound_positions(atom, bound);
        auto& known = patterns_[atom.predicate];
        if (modes_.is_finite(atom.predicate)) {
            // One pattern for all calls: the more general answers serve the others.
            Positions common = known.empty() ? pattern : (*known.begin() & pattern);
            if (known.size() == 1 && *known.begin() == common) return;
            known = {common};
            pending_.insert(atom.predicate);
            return;
        }
        if (std::ranges::any_of(known, [&](Positions k) { return (k & pattern) == k; })) return;
        std::erase_if(known, [&](Positions k) { return (k & pattern) == pattern; });
        known.insert(pattern);
        pending_.insert(atom.predicate);
    }

    Bound bound_by_head(const Rule& rule, const Atom& head, Positions pattern) const {
        Bound bound(rule.variables.size(), false);
        for (std::size_t i = 0; i < head.args.size(); ++i) {
            if ((pattern >> i & 1U) != 0) bind(head.args[i], bound);
        }
        return bound;
    }

    void propagate(RuleId id, std::uint32_t head, Positions pattern) {
        const Rule& rule = program_.rules[id];
        Bound bound = bound_by_head(rule, rule.heads[head].atom, pattern);
        Bound after = bound;
        for (std::uint32_t i : modes_.order(rule, after).literals) {
            if (rule.body[i].atom.predicate != kNone) demand(rule.body[i].atom, bound);
            bind(rule.body[i], bound);
        }
    }

    /// Groups 0.. in the order of evaluation: per component its levels of demand, then its rules.
    void number_groups() {
        std::vector<std::uint32_t> levels(parts_.count, 1);
        for (const Rule& rule : program_.rules) {
            auto aggregates = static_cast<std::uint32_t>(
                std::ranges::count(rule.body, Literal::Kind::aggregate, &Literal::kind));
            for (const Head& head : rule.heads) {
                auto& l = levels[parts_.of[head.atom.predicate]];
                l = std::max(l, aggregates + 1);
            }
        }
        std::uint32_t next = 0;
        for (std::uint32_t part = 0; part < parts_.count; ++part) {
            first_group_.push_back(next);
            next += levels[part] + 1;
        }
        first_group_.push_back(next);
        result_.groups = next;
    }
    std::uint32_t rule_group(PredicateId p) const { return first_group_[parts_.of[p] + 1] - 1; }
    std::uint32_t demand_group(PredicateId p, std::uint32_t level) const {
        return first_group_[parts_.of[p]] + level;
    }

    /// The pattern of `patterns_` that a call is served by.
    Positions served_by(const Atom& atom, const Bound& bound) const {
        Positions pattern = bound_positions(atom, bound);
        for (Positions k : patterns_[atom.predicate]) {
            if ((k & pattern) == k) return k;
        }
        return 0;
    }

    bool is_guarded(PredicateId p, Positions pattern) const {
        return pattern != 0 || !modes_.is_finite(p);
    }

    Atom guard(const Atom& atom, Positions pattern) {
        auto [place, added] = guards_.try_emplace({atom.predicate, pattern}, 0);
        if (added) {
            Predicate predicate;
            predicate.name = "demand " + program_.predicates[atom.predicate].name;
            predicate.internal = predicate.demand = true;
            for (std::size_t i = 0; i < atom.args.size(); ++i) {
                if ((pattern >> i & 1U) != 0) ++predicate.arity;
            }
            place->second = static_cast<PredicateId>(result_.predicates.size());
            result_.predicates.push_back(std::move(predicate));
        }
        Atom result;
        result.predicate = place->second;
        result.span = atom.span;
        for (std::size_t i = 0; i < atom.args.size(); ++i) {
            if ((pattern >> i & 1U) != 0) result.args.push_back(atom.args[i]);
        }
        return result;
    }

    void emit(PredicateId p, Positions pattern) {
        std::map<RuleId, std::vector<std::uint32_t>> heads_of;
        for (auto [rule, head] : modes_.rules_of(p)) heads_of[rule].push_back(head);
        for (auto& [id, heads] : heads_of) {
            // Heads that are asked for by the same values share one evaluation of the body.
            while (!heads.empty()) {
                const Rule& rule = program_.rules[id];
                auto asked = [&](std::uint32_t h) {
                    std::vector<Term> terms;
                    const auto& args = rule.heads[h].atom.args;
                    for (std::size_t i = 0; i < args.size(); ++i) {
                        if ((pattern >> i & 1U) != 0) terms.push_back(args[i]);
                    }
                    return terms;
                };
                std::vector<std::uint32_t> together, others;
                for (std::uint32_t h : heads) {
                    (asked(h) == asked(heads.front()) ? together : others).push_back(h);
                }
                emit_rule(id, together, pattern);
                heads = std::move(others);
            }
        }
    }

    void emit_rule(RuleId id, const std::vector<std::uint32_t>& heads, Positions pattern) {
        const Rule& rule = program_.rules[id];
        const Atom& head = rule.heads[heads.front()].atom;
        for (std::uint32_t h : heads) {
            if (report_unsafe(rule, rule.heads[h].atom, pattern)) return;
        }
        Bound bound = bound_by_head(rule, head, pattern);
        Bound after = bound;
        Modes::Order order = modes_.order(rule, after);

        Rule proper = rule;
        proper.source = id;
        proper.heads.clear();
        for (std::uint32_t h : heads) proper.heads.push_back(rule.heads[h]);
        proper.body.clear();
        std::vector<Literal> prefix;
        if (is_guarded(head.predicate, pattern)) {
            Literal literal;
            literal.span = head.span;
            literal.atom = guard(head, pattern);
            prefix.push_back(literal);
            proper.body.push_back(literal);
        }
        std::uint32_t level = 0;
        for (std::uint32_t i : order.literals) {
            const Literal& literal = rule.body[i];
            if (literal.atom.predicate != kNone) {
                emit_demand(rule, literal.atom, bound, prefix, demand_group(head.predicate, level));
            }
            bind(literal, bound);
            proper.body.push_back(literal);
            if (literal.kind != Literal::Kind::negated) prefix.push_back(literal);
            if (literal.kind == Literal::Kind::aggregate) ++level;
        }
        result_.rules.push_back({std::move(proper), rule_group(head.predicate)});
    }

    void emit_demand(const Rule& rule, const Atom& call, const Bound& bound,
                     const std::vector<Literal>& prefix, std::uint32_t group) {
        PredicateId callee = call.predicate;
        if (!modes_.has_rules(callee)) return;
        Positions pattern = served_by(call, bound);
        if (!is_guarded(callee, pattern)) return;
        Rule fill;
        fill.heads.push_back({guard(call, pattern), 0});
        fill.body = prefix;
        fill.origin = RuleOrigin::internal;
        fill.span = rule.span;
        fill.variables = rule.variables;
        if (prefix.size() == 1 && prefix[0].kind == Literal::Kind::atom &&
            prefix[0].atom.predicate == fill.heads[0].atom.predicate &&
            prefix[0].atom.args == fill.heads[0].atom.args) {
            return;  // asked for because it is asked for
        }
        result_.rules.push_back({std::move(fill), group});
    }

    /// A call from outside that leaves too much open is the caller's error, not the rules'.
    void check_open(const Call& call) {
        Positions pattern = bound_positions(call.atom, Bound(call.variables.size(), false));
        if (modes_.is_admissible(call.atom.predicate, pattern)) return;
        bool recursive_over_terms = !modes_.is_finite(call.atom.predicate);
        for (auto [rule, head] : modes_.rules_of(call.atom.predicate)) {
            // The head variable of a clause that nothing could bind is reported at the clause.
            recursive_over_terms =
                recursive_over_terms && program_.rules[rule].origin == RuleOrigin::library;
        }
        if (!recursive_over_terms) return;
        patterns_[call.atom.predicate].clear();
        diagnostics_.report(DiagnosticCode::open_call, call.atom.span,
                            program_.print(call.atom, call.variables));
    }

    bool report_unsafe(const Rule& rule, const Atom& head, Positions pattern) {
        auto unsafe = modes_.unsafe(rule, head, pattern);
        if (!unsafe) return false;
        if (!reported_.insert({rule.span.begin, rule.span.source}).second) return true;
        if (unsafe->variable) {
            diagnostics_
                .report(DiagnosticCode::unbound_variable, rule.variable_spans[*unsafe->variable],
                        rule.variables[*unsafe->variable])
                .hint =
                "bind it by a positive literal of the body, or call the predicate with it bound";
            return true;
        }
        const Literal& literal = rule.body[*unsafe->literal];
        Bound bound = bound_by_head(rule, head, pattern);
        modes_.order(rule, bound);
        std::string missing;
        auto note = [&](const Term& term) {
            for_each_variable(term, [&](VariableId v) {
                if (missing.empty() && !bound[v]) missing = rule.variables[v];
            });
        };
        std::string hint =
            "every variable is bound by a positive literal, by the query, or by arithmetic over "
            "bound variables";
        if (literal.kind == Literal::Kind::builtin) {
            const Builtin& builtin = *literal.builtin;
            for (std::size_t i = 0; i < builtin.arity; ++i) {
                if (builtin.modes[i] == '+') note(literal.atom.args[i]);
            }
            hint = "where '+' stands, an argument must be bound: " + builtin.forms();
        }
        for (const Term& argument : literal.atom.args) note(argument);
        note(literal.right);
        note(literal.upper);
        note(literal.left);
        diagnostics_.report(DiagnosticCode::unsafe_literal, literal.span, missing).hint = hint;
        return true;
    }

    /// Of rules that nothing calls: a head variable that occurs nowhere else is an error for any
    /// call that would not bind it, and most likely a slip.
    void report_never_bound(const Rule& rule) {
        if (rule.origin != RuleOrigin::program) return;
        const Atom& head = rule.heads.front().atom;
        if (!patterns_[head.predicate].empty()) return;
        std::vector<std::uint32_t> count(rule.variables.size(), 0);
        auto note = [&](const Term& term) {
            for_each_variable(term, [&](VariableId v) { ++count[v]; });
        };
        for (const Head& h : rule.heads) {
            for (const Term& argument : h.atom.args) note(argument);
        }
        for (const Literal& literal : rule.body) {
            for (const Term& argument : literal.atom.args) note(argument);
            for (const Term* term : {&literal.left, &literal.right, &literal.upper}) note(*term);
        }
        for (const Term& argument : head.args) {
            if (!argument.is_variable() || count[argument.variable] != 1) continue;
            report_unsafe(rule, head, 0);
            return;
        }
        if (rule.choice == kNone) return;
        for (const Weight& weight : program_.choices[rule.choice].weights) {
            bool is_open = false;
            for_each_variable(weight.expression,
                              [&](VariableId v) { is_open = is_open || count[v] == 0; });
            if (!is_open) continue;
            report_unsafe(rule, head, 0);
            return;
        }
    }

    void seed(const Call& call) {
        if (!modes_.has_rules(call.atom.predicate)) return;
        Bound none(call.variables.size(), false);
        Positions pattern = served_by(call.atom, none);
        if (!is_guarded(call.atom.predicate, pattern)) return;
        Atom asked = guard(call.atom, pattern);
        result_.seeds.push_back({asked.predicate,
                                 static_cast<std::uint32_t>(result_.seed_values.size()),
                                 call.atom.span});
        for (const Term& argument : asked.args) result_.seed_values.push_back(argument.value);
    }

    const Program& program_;
    Diagnostics& diagnostics_;
    Modes modes_;
    Components parts_;
    std::vector<std::set<Positions>> patterns_;
    std::set<PredicateId> pending_;  // whose patterns have changed
    std::vector<std::uint32_t> first_group_;
    std::map<std::pair<PredicateId, Positions>, PredicateId> guards_;
    std::set<std::pair<std::uint32_t, std::uint32_t>> reported_;
    Specialised result_;
};

}  // namespace

Specialised specialise(const Program& program, const std::vector<Call>& calls,
                       Diagnostics& diagnostics) {
    return Specialiser(program, diagnostics).run(calls);
}

}  // namespace entail::ir
