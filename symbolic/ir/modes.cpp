#include "symbolic/ir/modes.h"

#include <algorithm>

#include "symbolic/ir/builtin.h"
#include "symbolic/ir/dependencies.h"

namespace entail::ir {
namespace {

/// Calls that hang on calls, each of an endless predicate: a longer chain is not looked through.
constexpr std::uint32_t kMaxChain = 500;

}  // namespace

Modes::Modes(const Program& program)
    : program_(program),
      rules_of_(program.predicates.size()),
      finite_(program.predicates.size(), true) {
    for (RuleId r = 0; r < program.rules.size(); ++r) {
        const Rule& rule = program.rules[r];
        for (std::uint32_t h = 0; h < rule.heads.size(); ++h) {
            rules_of_[rule.heads[h].atom.predicate].emplace_back(r, h);
        }
    }
    Components parts = components(program.predicates.size(), dependencies(program));
    std::vector<bool> growing(parts.count, false);
    // What is known to be endless makes more endless: until nothing changes.
    for (bool changed = true; changed;) {
        changed = false;
        for (const Rule& rule : program.rules) {
            const std::uint32_t own = parts.of[rule.heads.front().atom.predicate];
            if (!growing[own] && grows(rule, parts.of)) growing[own] = true;
        }
        // Before `order` looks at it, a growing predicate must not seem finite.
        for (PredicateId p = 0; p < finite_.size(); ++p) {
            if (growing[parts.of[p]]) finite_[p] = false;
        }
        for (PredicateId p = 0; p < finite_.size(); ++p) {
            if (!finite_[p] || is_admissible(p, 0)) continue;
            finite_[p] = false;
            changed = true;
        }
        admissible_.clear();  // decided while finiteness was still a guess
    }
}

/// Built-ins answer with new terms, or with parts of terms: new if these are.
void Modes::answer_by_builtins(const Rule& rule, const Bound& made, const Bound& found,
                               Bound& answered) {
    auto is_new = [&](const Term& term) {
        if (!term.is_variable()) return term.kind == Term::Kind::compound;
        return made[term.variable] || (answered[term.variable] && !found[term.variable]);
    };
    for (bool changed = true; changed;) {
        changed = false;
        for (const Literal& literal : rule.body) {
            if (literal.kind != Literal::Kind::builtin) continue;
            const auto& args = literal.atom.args;
            bool gives_new = literal.builtin->gives == Builtin::Gives::terms ||
                             std::ranges::any_of(args, is_new);
            if (!gives_new || std::ranges::all_of(args, [&](const Term& term) {
                    return is_bound(term, answered);
                })) {
                continue;
            }
            bind(literal, answered);
            changed = true;
        }
    }
}

bool Modes::grows(const Rule& rule, const std::vector<std::uint32_t>& component) const {
    std::uint32_t own = component[rule.heads.front().atom.predicate];
    bool recursive = false;
    Bound made(rule.variables.size(), false);
    Bound answered = made, found = made;  // by endless predicates, and by others
    for (const Literal& literal : rule.body) {
        if (literal.kind == Literal::Kind::atom) {
            const bool is_own = component[literal.atom.predicate] == own;
            recursive = recursive || is_own;
            const bool is_endless = !is_own && !finite_[literal.atom.predicate];
            for (const Term& t : literal.atom.args) bind(t, is_endless ? answered : found);
        }
        if (literal.kind == Literal::Kind::is || literal.kind == Literal::Kind::aggregate ||
            literal.kind == Literal::Kind::unify || literal.kind == Literal::Kind::unknown) {
            bind(literal.left, made);
            if (literal.kind == Literal::Kind::unify) bind(literal.right, made);
        }
    }
    if (!recursive) return false;
    answer_by_builtins(rule, made, found, answered);
    for (const Head& head : rule.heads) {
        for (const Term& argument : head.atom.args) {
            if (argument.kind == Term::Kind::compound) return true;
            if (!argument.is_variable()) continue;
            if (made[argument.variable]) return true;
            // An endless predicate may answer with something new: the lists that append/3 makes, a
            // sum that another rule computes.
            if (answered[argument.variable] && !found[argument.variable]) return true;
        }
    }
    return false;
}

Modes::Order Modes::order(const Rule& rule, Bound& bound) {
    Order result;
    std::vector<std::uint32_t> pending(rule.body.size());
    for (std::uint32_t i = 0; i < pending.size(); ++i) pending[i] = i;
    auto is_endless = [&](const Literal& l) {
        return l.kind == Literal::Kind::atom && !finite_[l.atom.predicate];
    };
    auto admissible_now = [&](const Literal& l) {
        return is_admissible(l.atom.predicate, bound_positions(l.atom, bound));
    };
    // An argument that is partly bound, [A, B] with A known, would be lost to demand.
    auto is_clean = [&](const Literal& l) {
        return std::ranges::all_of(l.atom.args, [&](const Term& t) {
            return t.kind != Term::Kind::compound || is_bound(t, bound);
        });
    };
    // Asked for with nothing known, an endless predicate hardly ever ends.
    auto is_asked = [&](const Literal& l) {
        return l.atom.args.empty() || bound_positions(l.atom, bound) != 0;
    };
    while (!pending.empty()) {
        auto pick = std::ranges::find_if(pending, [&](std::uint32_t i) {
            return is_filter(rule.body[i], bound) && is_ready(rule.body[i], bound);
        });
        if (pick == pending.end()) {
            pick = std::ranges::find_if(pending, [&](std::uint32_t i) {
                const Literal& l = rule.body[i];
                if (!is_ready(l, bound)) return false;
                return !is_endless(l) || (is_clean(l) && is_asked(l) && admissible_now(l));
            });
        }
        if (pick == pending.end()) {
            pick = std::ranges::find_if(pending, [&](std::uint32_t i) {
                const Literal& l = rule.body[i];
                return is_endless(l) && is_asked(l) && admissible_now(l);
            });
        }
        if (pick == pending.end()) {
            pick = std::ranges::find_if(pending, [&](std::uint32_t i) {
                return is_endless(rule.body[i]) && admissible_now(rule.body[i]);
            });
        }
        if (pick == pending.end()) break;
        bind(rule.body[*pick], bound);
        result.literals.push_back(*pick);
        pending.erase(pick);
    }
    result.stuck = std::move(pending);
    return result;
}

std::optional<Modes::Unsafe> Modes::unsafe(const Rule& rule, const Atom& head, Positions called) {
    Bound bound(rule.variables.size(), false);
    for (std::size_t i = 0; i < head.args.size(); ++i) {
        if ((called >> i & 1U) != 0) bind(head.args[i], bound);
    }
    Order found = order(rule, bound);
    if (!found.stuck.empty()) return Unsafe{std::nullopt, found.stuck.front()};
    std::optional<VariableId> missing;
    auto look = [&](const Term& term) {
        for_each_variable(term, [&](VariableId v) {
            if (!bound[v] && !missing) missing = v;
        });
    };
    for (const Term& argument : head.args) look(argument);
    if (rule.choice != kNone) {
        const ChoiceRule& choice = program_.choices[rule.choice];
        for (const Weight& weight : choice.weights) look(weight.expression);
        look(choice.input);
    }
    if (missing) return Unsafe{missing, std::nullopt};
    return std::nullopt;
}

bool Modes::is_admissible(PredicateId predicate, Positions called) {
    if (rules_of_[predicate].empty()) return true;
    auto key = std::pair(predicate, called);
    if (auto known = admissible_.find(key); known != admissible_.end()) return known->second;
    if (depth_ >= kMaxChain) return false;
    // Assume it, look; if the look refutes it, everything that leaned on the assumption is
    // forgotten.
    admissible_[key] = true;
    for (auto [rule, head] : rules_of_[predicate]) {
        const Rule& candidate = program_.rules[rule];
        ++depth_;
        bool is_safe = !unsafe(candidate, candidate.heads[head].atom, called);
        --depth_;
        if (is_safe) continue;
        std::erase_if(admissible_, [](const auto& entry) { return entry.second; });
        admissible_[key] = false;
        return false;
    }
    return true;
}

}  // namespace entail::ir
