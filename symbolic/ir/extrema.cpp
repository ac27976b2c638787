#include "symbolic/ir/extrema.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "symbolic/ir/binding.h"
#include "symbolic/ir/dependencies.h"

namespace entail::ir {
namespace {

class Unrolling {
public:
    Unrolling(Program& program, const Components& parts, std::uint32_t part)
        : program_(program), parts_(parts), part_(part), cost_(program.predicates.size()) {
        for (RuleId r = 0; r < program.rules.size(); ++r) {
            bool is_inside = std::ranges::any_of(
                program.rules[r].heads, [&](const Head& h) { return inside(h.atom.predicate); });
            if (is_inside) rules_.push_back(r);
        }
    }

    bool is_possible() {
        if (!has_one_function()) return false;
        do {
            changed_ = false;
            if (!std::ranges::all_of(rules_, [&](RuleId r) { return follow_values(r); })) {
                return false;
            }
        } while (changed_);
        return std::ranges::all_of(rules_, [&](RuleId r) { return is_monotone(r); }) &&
               values_pass_aggregates();
    }

    void unroll() {
        for (PredicateId p = 0; p < parts_.of.size(); ++p) {
            if (!inside(p)) continue;
            Predicate twin = program_.predicates[p];
            program_.twins[p] = program_.add_predicate(std::move(twin));
        }
        for (RuleId r : rules_) {
            Rule copy = program_.rules[r];
            for (Head& head : copy.heads)
                head.atom.predicate = program_.twins.at(head.atom.predicate);
            for (Literal& literal : copy.body) {
                if (!inside(literal.atom.predicate)) continue;
                literal.atom.predicate = program_.twins.at(literal.atom.predicate);
                if (literal.kind != Literal::Kind::aggregate) continue;
                literal.atom.args[literal.grouped] = std::exchange(literal.left, {});
                literal.kind = Literal::Kind::atom;
            }
            program_.rules.push_back(std::move(copy));
            for (Literal& literal : program_.rules[r].body) {
                if (!is_aggregate(literal)) continue;
                PredicateId members = program_.twins.at(literal.atom.predicate);
                literal.atom.predicate = members;
                auto same = [&](const Improving& i) { return i.predicate == members; };
                if (std::ranges::any_of(program_.improving, same)) continue;
                program_.improving.push_back(
                    {members, literal.function, literal.grouped, literal.span});
            }
        }
    }

private:
    using Variables = std::vector<bool>;

    bool inside(PredicateId p) const {
        return p != kNone && p < parts_.of.size() && parts_.of[p] == part_;
    }
    bool is_aggregate(const Literal& literal) const {
        return literal.kind == Literal::Kind::aggregate && inside(literal.atom.predicate);
    }

    bool has_one_function() {
        for (RuleId r : rules_) {
            const Rule& rule = program_.rules[r];
            if (rule.choice != kNone) return false;
            for (const Head& head : rule.heads) {
                if (!inside(head.atom.predicate)) return false;
            }
            for (const Literal& literal : rule.body) {
                if (literal.kind == Literal::Kind::negated && inside(literal.atom.predicate)) {
                    return false;
                }
                if (!is_aggregate(literal)) continue;
                if (literal.function != AggregateOp::min && literal.function != AggregateOp::max) {
                    return false;
                }
                if (function_ && *function_ != literal.function) return false;
                function_ = literal.function;
                if (!literal.left.is_variable()) return false;
                value_column_[literal.atom.predicate] = literal.grouped;
            }
        }
        return function_.has_value();
    }

    /// The variables of a rule that hold values: from columns that do, from aggregates, computed.
    Variables values_of(const Rule& rule) const {
        Variables holds(rule.variables.size(), false);
        for (const Literal& literal : rule.body) {
            if (is_aggregate(literal)) holds[literal.left.variable] = true;
            if (literal.kind != Literal::Kind::atom || !inside(literal.atom.predicate)) continue;
            const auto& column = cost_[literal.atom.predicate];
            if (column && literal.atom.args[*column].is_variable()) {
                holds[literal.atom.args[*column].variable] = true;
            }
        }
        for (bool changed = true; changed;) {
            changed = false;
            for (const Literal& literal : rule.body) {
                if (literal.kind != Literal::Kind::is || !literal.left.is_variable()) continue;
                if (holds[literal.left.variable] || !mentions(literal.right, holds)) continue;
                holds[literal.left.variable] = changed = true;
            }
        }
        return holds;
    }

    static bool mentions(const Term& term, const Variables& holds) {
        bool found = false;
        for_each_variable(term, [&](VariableId v) { found = found || holds[v]; });
        return found;
    }

    /// Notes the head's column that holds a value; false if a predicate has two of them.
    bool follow_values(RuleId r) {
        const Rule& rule = program_.rules[r];
        Variables holds = values_of(rule);
        for (const Head& head : rule.heads) {
            auto& column = cost_[head.atom.predicate];
            for (std::uint32_t c = 0; c < head.atom.args.size(); ++c) {
                if (!mentions(head.atom.args[c], holds)) continue;
                if (!head.atom.args[c].is_variable() || (column && *column != c)) return false;
                if (!column) changed_ = true;
                column = c;
            }
        }
        return true;
    }

    bool is_monotone(RuleId r) const {
        const Rule& rule = program_.rules[r];
        Variables holds = values_of(rule);
        std::vector<int> bound(rule.variables.size(), 0);
        for (const Literal& literal : rule.body) {
            if (!is_sound(literal, holds)) return false;
            auto note = [&](const Term& term) {
                for_each_variable(term, [&](VariableId v) { ++bound[v]; });
            };
            if (literal.kind == Literal::Kind::atom) {
                for (const Term& argument : literal.atom.args) note(argument);
            }
            if (literal.kind == Literal::Kind::is || is_aggregate(literal)) note(literal.left);
        }
        // A value that is bound twice would have to be equal to another one.
        for (std::size_t v = 0; v < holds.size(); ++v) {
            if (holds[v] && bound[v] > 1) return false;
        }
        for (const Head& head : rule.heads) {
            auto members = value_column_.find(head.atom.predicate);
            if (members != value_column_.end() && cost_[head.atom.predicate] != members->second) {
                return false;
            }
        }
        return true;
    }

    bool is_sound(const Literal& literal, const Variables& holds) const {
        auto free_of = [&](const Term& term) { return !mentions(term, holds); };
        switch (literal.kind) {
            case Literal::Kind::atom:
                for (std::size_t c = 0; c < literal.atom.args.size(); ++c) {
                    bool is_value =
                        inside(literal.atom.predicate) && cost_[literal.atom.predicate] == c;
                    const Term& argument = literal.atom.args[c];
                    if (is_value ? !argument.is_variable() : !free_of(argument)) return false;
                }
                return true;
            case Literal::Kind::is:
                return literal.left.is_variable() &&
                       (free_of(literal.right) || keeps_order(literal.right, holds));
            case Literal::Kind::compare: {
                bool left = !free_of(literal.left), right = !free_of(literal.right);
                if (!left && !right) return true;
                if (left && right) return false;
                if (!keeps_order(left ? literal.left : literal.right, holds)) return false;
                bool below = literal.op == CompareOp::less || literal.op == CompareOp::less_equal;
                bool above =
                    literal.op == CompareOp::greater || literal.op == CompareOp::greater_equal;
                // For `#min` a bound from above, for `#max` one from below.
                bool wants_below = left == (function_ == AggregateOp::min);
                return wants_below ? below : above;
            }
            case Literal::Kind::aggregate:
                if (is_aggregate(literal)) {
                    return std::all_of(literal.atom.args.begin(),
                                       literal.atom.args.begin() + literal.grouped, free_of);
                }
                [[fallthrough]];
            default:
                return std::ranges::all_of(literal.atom.args, free_of) && free_of(literal.left) &&
                       free_of(literal.right) && free_of(literal.upper);
        }
    }

    /// Does a better value in the expression never make it worse?
    bool keeps_order(const Term& term, const Variables& holds) const {
        if (!mentions(term, holds)) return true;
        if (term.is_variable()) return true;
        if (term.args.size() != 2) return false;
        std::string_view name = program_.values.text(term.value);
        const Term &left = term.args[0], &right = term.args[1];
        auto is_factor = [&](const Term& t) {
            return t.is_constant() && program_.values.is_number(t.value) &&
                   program_.values.as_double(t.value) >= 0;
        };
        if (name == "+" || name == "min" || name == "max") {
            return keeps_order(left, holds) && keeps_order(right, holds);
        }
        if (name == "-") return keeps_order(left, holds) && !mentions(right, holds);
        if (name == "*") {
            return (is_factor(left) && keeps_order(right, holds)) ||
                   (is_factor(right) && keeps_order(left, holds));
        }
        return false;
    }

    /// Is there no way around on which values grow without an aggregate?
    bool values_pass_aggregates() const {
        std::vector<Dependency> flow;
        for (RuleId r : rules_) {
            const Rule& rule = program_.rules[r];
            for (const Literal& literal : rule.body) {
                if (literal.kind != Literal::Kind::atom || !inside(literal.atom.predicate)) {
                    continue;
                }
                if (!cost_[literal.atom.predicate]) continue;
                Variables holds(rule.variables.size(), false);
                holds[literal.atom.args[*cost_[literal.atom.predicate]].variable] = true;
                for (bool changed = true; changed;) {
                    changed = false;
                    for (const Literal& is : rule.body) {
                        if (is.kind != Literal::Kind::is || holds[is.left.variable]) continue;
                        if (!mentions(is.right, holds)) continue;
                        holds[is.left.variable] = changed = true;
                    }
                }
                for (const Head& head : rule.heads) {
                    const auto& column = cost_[head.atom.predicate];
                    if (column && mentions(head.atom.args[*column], holds)) {
                        flow.push_back({head.atom.predicate, literal.atom.predicate, false, {}});
                    }
                }
            }
        }
        Components around = components(program_.predicates.size(), flow);
        return std::ranges::none_of(around.recursive, [](bool b) { return b; });
    }

    Program& program_;
    const Components& parts_;
    std::uint32_t part_;
    std::vector<RuleId> rules_;
    std::optional<AggregateOp> function_;
    std::vector<std::optional<std::uint32_t>> cost_;     // by predicate: the column with a value
    std::map<PredicateId, std::uint32_t> value_column_;  // of what aggregates range over
    bool changed_ = false;
};

}  // namespace

void unroll_extrema(Program& program) {
    std::vector<Dependency> edges = dependencies(program);
    Components parts = components(program.predicates.size(), edges);
    std::vector<bool> is_strict(parts.count, false);
    for (const Dependency& edge : edges) {
        if (edge.strict && parts.of[edge.from] == parts.of[edge.to]) {
            is_strict[parts.of[edge.from]] = true;
        }
    }
    for (std::uint32_t part = 0; part < parts.count; ++part) {
        if (!is_strict[part]) continue;
        Unrolling unrolling(program, parts, part);
        if (unrolling.is_possible()) unrolling.unroll();
    }
}

}  // namespace entail::ir
