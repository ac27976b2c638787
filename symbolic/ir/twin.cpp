#include "symbolic/ir/twin.h"

#include <algorithm>
#include <map>
#include <set>

namespace entail::ir {
namespace {

bool mentions(const Literal& literal) {
    using Kind = Literal::Kind;
    return literal.kind == Kind::atom || literal.kind == Kind::negated ||
           literal.kind == Kind::aggregate;
}

std::vector<Value> row_of(const Atom& atom) {
    std::vector<Value> row;
    for (const Term& term : atom.args) row.push_back(term.value);
    return row;
}

bool defines(const Rule& rule, PredicateId predicate) {
    return std::ranges::any_of(rule.heads,
                               [&](const Head& head) { return head.atom.predicate == predicate; });
}

/// The choice of a rule, and the unknown numbers that it makes.
std::vector<std::uint32_t> draws_of(const Rule& rule) {
    std::vector<std::uint32_t> result;
    if (rule.choice != kNone) result.push_back(rule.choice);
    for (const Literal& literal : rule.body) {
        if (literal.kind == Literal::Kind::unknown) result.push_back(literal.choice);
    }
    return result;
}

/// An internal predicate that holds `rows`.
PredicateId table(Program& program, const char* name, PredicateId like,
                  const std::vector<std::vector<Value>>& rows, SourceSpan span) {
    Predicate predicate;
    predicate.name = name;
    predicate.arity = program.predicates[like].arity;
    predicate.span = span;
    predicate.internal = true;
    const PredicateId id = program.add_predicate(std::move(predicate));
    for (const auto& row : rows) program.add_fact(id, row, span);
    return id;
}

Literal not_in(PredicateId predicate, const Atom& head) {
    Literal literal;
    literal.kind = Literal::Kind::negated;
    literal.atom = head;
    literal.atom.predicate = predicate;
    literal.span = head.span;
    return literal;
}

}  // namespace

Twin::Twin(Program& program, std::span<const Intervention> interventions, PredicateId redrawn) {
    const auto originals = static_cast<PredicateId>(program.predicates.size());
    find_reached(program, interventions, redrawn);
    for (PredicateId p = 0; p < originals; ++p) {
        if (copy_[p] == p) continue;
        copy_[p] = program.add_predicate(Predicate(program.predicates[p]));
    }
    for (PredicateId p = 0; p < originals; ++p) {
        if (copy_[p] == p) continue;
        PredicateId& undefined = program.predicates[copy_[p]].undefined;
        if (undefined != kNone) undefined = copy_[undefined];
    }

    std::map<PredicateId, std::vector<const Intervention*>> by_predicate;
    for (const Intervention& one : interventions) by_predicate[one.atom.predicate].push_back(&one);
    blocks_.resize(originals);
    for (const auto& [predicate, all] : by_predicate) {
        std::vector<std::vector<Value>> rows, made_true;
        for (const Intervention* one : all) {
            rows.push_back(row_of(one->atom));
            intervened_.emplace_back(predicate, rows.back());
            if (one->value) made_true.push_back(rows.back());
        }
        const SourceSpan span = all.front()->atom.span;
        blocks_[predicate].rows = table(program, "intervened", predicate, rows, span);
        if (!made_true.empty())
            blocks_[predicate].made_true = table(program, "set", predicate, made_true, span);
        for (const auto& row : made_true) program.add_fact(copy_[predicate], row, span);
    }

    const std::size_t facts = program.facts.size();
    for (std::size_t f = 0; f < facts; ++f) {
        const Fact fact = program.facts[f];
        if (fact.predicate >= originals || copy_[fact.predicate] == fact.predicate) continue;
        const auto first = program.fact_values.begin() + fact.row;
        const std::vector<Value> row(first, first + program.predicates[fact.predicate].arity);
        if (!is_blocked(fact.predicate, row))
            program.add_fact(copy_[fact.predicate], row, fact.span);
    }
    const std::vector<Improving> improving = program.improving;
    for (Improving one : improving) {
        if (one.predicate >= originals || copy_[one.predicate] == one.predicate) continue;
        one.predicate = copy_[one.predicate];
        program.improving.push_back(one);
    }
    const std::map<PredicateId, PredicateId> twins = program.twins;
    for (auto [of, twin] : twins) {
        if (copy_[of] != of) program.twins[copy_[of]] = copy_[twin];
    }

    std::map<std::uint32_t, std::uint32_t> drawn_anew;
    const std::vector<Rule> rules = program.rules;
    for (const Rule& rule : rules) {
        if (redrawn == kNone || !defines(rule, redrawn)) continue;
        for (std::uint32_t drawn : draws_of(rule)) {
            auto [place, is_new] =
                drawn_anew.try_emplace(drawn, static_cast<std::uint32_t>(program.choices.size()));
            if (!is_new) continue;
            redrawn_.emplace_back(drawn, place->second);
            ChoiceRule choice = program.choices[drawn];
            program.choices.push_back(std::move(choice));
        }
    }
    for (const Rule& rule : rules) {
        const bool is_reached = std::ranges::any_of(rule.heads, [&](const Head& head) {
            return copy_[head.atom.predicate] != head.atom.predicate;
        });
        if (!is_reached) continue;
        Rule copy = rule;
        auto redraw = [&](std::uint32_t& choice) {
            if (auto place = drawn_anew.find(choice); place != drawn_anew.end())
                choice = place->second;
        };
        redraw(copy.choice);
        for (Literal& literal : copy.body) {
            if (literal.kind == Literal::Kind::unknown) redraw(literal.choice);
        }
        copy_rule(program, copy);
    }
}

/// All heads of a rule are reached when one is: an intervention on one value of a draw may take the
/// others away.
void Twin::find_reached(const Program& program, std::span<const Intervention> interventions,
                        PredicateId redrawn) {
    std::set<PredicateId> reached;
    for (const Intervention& one : interventions) reached.insert(one.atom.predicate);
    if (redrawn != kNone) reached.insert(redrawn);
    for (bool changed = true; changed;) {
        changed = false;
        for (const Rule& rule : program.rules) {
            auto is_reached = [&](PredicateId p) { return reached.contains(p); };
            bool any = std::ranges::any_of(
                rule.heads, [&](const Head& head) { return is_reached(head.atom.predicate); });
            any = any || std::ranges::any_of(rule.body, [&](const Literal& literal) {
                      return mentions(literal) && is_reached(literal.atom.predicate);
                  });
            if (!any) continue;
            for (const Head& head : rule.heads)
                changed = reached.insert(head.atom.predicate).second || changed;
        }
        for (auto [of, twin] : program.twins) {
            if (reached.contains(of)) changed = reached.insert(twin).second || changed;
        }
    }
    copy_.resize(program.predicates.size());
    for (PredicateId p = 0; p < copy_.size(); ++p) copy_[p] = reached.contains(p) ? kNone : p;
}

bool Twin::is_blocked(PredicateId predicate, std::span<const Value> row) const {
    return std::ranges::any_of(intervened_, [&](const auto& one) {
        return one.first == predicate && std::ranges::equal(one.second, row);
    });
}

Atom Twin::copied(Atom atom) const {
    atom.predicate = copy_[atom.predicate];
    return atom;
}

void Twin::copy_rule(Program& program, const Rule& original) {
    Rule copy = original;
    for (Literal& literal : copy.body) {
        if (mentions(literal)) literal.atom = copied(std::move(literal.atom));
    }
    // A draw that is told its value says nothing of its own.
    if (copy.choice != kNone) {
        for (const Head& head : original.heads) {
            const Block& block = blocks_[head.atom.predicate];
            if (block.made_true != kNone) copy.body.push_back(not_in(block.made_true, head.atom));
        }
    }
    std::vector<Head> free;
    for (Head head : original.heads) {
        const Block& block = blocks_[head.atom.predicate];
        const Atom atom = head.atom;
        head.atom = copied(std::move(head.atom));
        if (block.rows == kNone) {
            free.push_back(std::move(head));
            continue;
        }
        Rule guarded = copy;
        guarded.heads = {std::move(head)};
        guarded.body.push_back(not_in(block.rows, atom));
        program.rules.push_back(std::move(guarded));
    }
    if (free.empty()) return;
    copy.heads = std::move(free);
    program.rules.push_back(std::move(copy));
}

}  // namespace entail::ir
