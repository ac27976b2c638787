#include "symbolic/eval/plan.h"

#include <algorithm>
#include <cassert>

namespace entail::eval {
namespace {

using ir::Bound;
using ir::Literal;
using ir::Term;

/// Matches expected of what enumerates without a relation: `X in 1..N`.
constexpr double kRangeSize = 16;

bool is_simple(const Term& term) {
    return term.kind != Term::Kind::compound;
}

Operand operand(const Term& term) {
    if (term.is_variable()) return {term.variable, {}};
    return {std::nullopt, term.value};
}

class Planner {
public:
    Planner(const ir::Rule& rule, Start start, const std::vector<Relation>& relations)
        : rule_(rule), start_(start), relations_(relations), bound_(rule.variables.size(), false) {
        for (std::uint32_t i = 0; i < rule.body.size(); ++i) pending_.push_back(i);
    }

    Plan run() {
        if (start_.given != nullptr) take_given();
        if (start_.fresh) take(*start_.fresh);
        while (!pending_.empty()) {
            std::uint32_t best = choose();
            std::optional<ir::VariableId> variable = only_unbound(best);
            std::vector<std::uint32_t> together;
            if (variable && start_.intersect && !plan_.steps.empty()) {
                std::ranges::copy_if(pending_, std::back_inserter(together),
                                     [&](std::uint32_t i) { return only_unbound(i) == variable; });
            }
            if (together.size() > 1) {
                intersect(*variable, together);
            } else {
                take(best);
            }
        }
        finish();
        return std::move(plan_);
    }

private:
    const Literal& literal(std::uint32_t i) const { return rule_.body[i]; }

    Rows rows(std::uint32_t i) const {
        if (!start_.fresh || start_.any_age || i > *start_.fresh) return Rows::present;
        return i == *start_.fresh ? Rows::fresh : Rows::old;
    }

    bool is_ready(std::uint32_t i) const {
        if (!ir::is_ready(literal(i), bound_)) return false;
        if (literal(i).kind != Literal::Kind::aggregate) return true;
        // An aggregate's members are complete for what has been asked for: by the literals before
        // it. Evaluated earlier it would meet, and remember, members that are still missing.
        return std::ranges::none_of(
            pending_, [&](std::uint32_t j) { return j < i && ir::is_ready(literal(j), bound_); });
    }

    /// The expected number of matches for one instance of what is bound.
    double matches(std::uint32_t i) const {
        const Literal& l = literal(i);
        if (ir::is_filter(l, bound_)) return 0;
        if (l.kind == Literal::Kind::in_values) return static_cast<double>(l.values.size());
        if (l.kind != Literal::Kind::atom) return kRangeSize;
        const Relation& relation = relations_[l.atom.predicate];
        auto size = static_cast<double>(relation.size());
        double keys = 1;
        bool all_bound = true;
        for (std::uint32_t c = 0; c < l.atom.args.size(); ++c) {
            if (!ir::is_bound(l.atom.args[c], bound_)) {
                all_bound = false;
            } else if (keys < size) {
                keys *= relation.distinct(c);
            }
        }
        // A probe can only shrink what there is; one that mostly fails shrinks it most.
        if (all_bound) return std::min(1.0, size / std::max(keys, 1.0)) * 0.5;
        return std::max(size / std::min(keys, std::max(size, 1.0)), 0.5);
    }

    std::uint32_t choose() const {
        std::optional<std::uint32_t> best;
        std::size_t ready = 0;
        for (std::uint32_t i : pending_) {
            if (!is_ready(i)) continue;
            ++ready;
            if (!best) best = i;
        }
        assert(best && "lowering and demand accept safe rules only");
        if (ready == 1) return *best;
        double fewest = matches(*best);
        for (std::uint32_t i : pending_) {
            if (i == *best || !is_ready(i)) continue;
            double expected = matches(i);  // the body's own order decides between equals
            if (expected < fewest) std::tie(best, fewest) = std::tuple(i, expected);
        }
        return *best;
    }

    /// The variable of an atom that is a whole argument of it, once, while all other arguments are
    /// bound and simple.
    std::optional<ir::VariableId> only_unbound(std::uint32_t i) const {
        const Literal& l = literal(i);
        if (l.kind != Literal::Kind::atom || l.atom.args.size() < 2) return std::nullopt;
        std::optional<ir::VariableId> variable;
        for (const Term& argument : l.atom.args) {
            if (!is_simple(argument)) return std::nullopt;
            if (ir::is_bound(argument, bound_)) continue;
            if (variable) return std::nullopt;
            variable = argument.variable;
        }
        return variable;
    }

    void take_given() {
        auto literal = std::make_shared<Literal>();
        literal->atom = *start_.given;
        Step step;
        step.access = Step::Access::given;
        step.literal = literal.get();
        for (std::uint32_t c = 0; c < literal->atom.args.size(); ++c) {
            step.matches.push_back({c, Pattern(literal->atom.args[c], bound_)});
        }
        plan_.given = std::move(literal);
        plan_.steps.push_back(std::move(step));
    }

    void take(std::uint32_t i) {
        std::erase(pending_, i);
        plan_.steps.push_back(make_step(i));
    }

    void intersect(ir::VariableId variable, const std::vector<std::uint32_t>& together) {
        Step step;
        step.access = Step::Access::intersect;
        step.literal = &literal(together.front());
        step.variable = variable;
        for (std::uint32_t i : together) {
            Step::Member member{&literal(i), rows(i), 0, 0, {}, {}, nullptr};
            const auto& args = member.literal->atom.args;
            for (std::uint32_t c = 0; c < args.size(); ++c) {
                member.tuple.push_back(operand(args[c]));
                if (args[c].is_variable() && args[c].variable == variable) {
                    member.column = c;
                } else {
                    member.key_columns |= Columns{1} << c;
                    member.key.push_back(member.tuple.back());
                }
            }
            step.members.push_back(std::move(member));
            std::erase(pending_, i);
        }
        bound_[variable] = true;
        plan_.steps.push_back(std::move(step));
    }

    Step make_step(std::uint32_t i) {
        const Literal& l = literal(i);
        Step step;
        step.literal = &l;
        step.rows = rows(i);
        bool is_atom = l.kind == Literal::Kind::atom;
        // The first step walks its window once: no index is worth being made for it.
        bool scans = is_atom && plan_.steps.empty();
        std::size_t keyed = l.kind == Literal::Kind::aggregate ? l.grouped : l.atom.args.size();
        std::vector<std::uint32_t> others;
        for (std::uint32_t c = 0; c < keyed; ++c) {
            if (!scans && ir::is_bound(l.atom.args[c], bound_)) {
                step.key_columns |= Columns{1} << c;
                step.key.push_back(l.atom.args[c]);
            } else {
                others.push_back(c);
            }
        }
        if (is_atom) {
            step.access = Step::Access::lookup;
            if (others.empty() && !scans) step.access = Step::Access::probe;
            if (step.key.empty()) step.access = Step::Access::scan;
            for (std::uint32_t c : others) {
                step.matches.push_back({c, Pattern(l.atom.args[c], bound_)});
            }
            return step;
        }
        if (l.kind == Literal::Kind::builtin) {
            for (std::uint32_t c : others) {
                step.matches.push_back({c, Pattern(l.atom.args[c], bound_)});
            }
            return step;
        }
        const Term* result = nullptr;
        switch (l.kind) {
            case Literal::Kind::is:
            case Literal::Kind::in_range:
            case Literal::Kind::in_values:
            case Literal::Kind::aggregate:
            case Literal::Kind::unknown:
                result = &l.left;
                break;
            case Literal::Kind::unify:
                step.left_is_source = ir::is_bound(l.left, bound_);
                result = step.left_is_source ? &l.right : &l.left;
                break;
            default:
                break;
        }
        if (result != nullptr) {
            step.result_is_bound = ir::is_bound(*result, bound_);
            step.pattern.emplace(*result, bound_);
        }
        return step;
    }

    /// What can be said of the whole.
    void finish() {
        plan_.only_reads =
            !rule_.meets_unknowns && std::ranges::all_of(rule_.body, [](const Literal& l) {
                switch (l.kind) {
                    case Literal::Kind::atom:
                    case Literal::Kind::negated:
                        return std::ranges::all_of(l.atom.args, is_simple);
                    case Literal::Kind::compare:
                    case Literal::Kind::unify:
                    case Literal::Kind::not_unify:
                        return is_simple(l.left) && is_simple(l.right);
                    case Literal::Kind::in_values:
                        return is_simple(l.left);
                    default:
                        return false;
                }
            });
        const auto& heads = rule_.heads;
        if (rule_.choice != ir::kNone || heads.size() != 1 ||
            !std::ranges::all_of(heads[0].atom.args, is_simple)) {
            plan_.only_reads = false;
            return;
        }
        plan_.head.emplace();
        for (const Term& argument : heads[0].atom.args) plan_.head->push_back(operand(argument));
        if (start_.given == nullptr && !start_.any_age) find_head_step();
    }

    void find_head_step() {
        Bound bound(rule_.variables.size(), false);
        for (std::size_t i = 0; i + 1 < plan_.steps.size(); ++i) {
            const Step& step = plan_.steps[i];
            ir::bind(*step.literal, bound);
            bool head_is_bound = std::ranges::all_of(
                rule_.heads[0].atom.args, [&](const Term& t) { return ir::is_bound(t, bound); });
            if (!head_is_bound) continue;
            bool enumerates = std::any_of(plan_.steps.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                          plan_.steps.end(), [](const Step& later) {
                                              return later.access != Step::Access::other &&
                                                     later.access != Step::Access::probe;
                                          });
            if (enumerates) plan_.head_step = i;
            return;
        }
    }

    const ir::Rule& rule_;
    Start start_;
    const std::vector<Relation>& relations_;
    std::vector<std::uint32_t> pending_;  // literals that have no step yet
    Bound bound_;
    Plan plan_;
};

}  // namespace

Plan make_plan(const ir::Rule& rule, Start start, const std::vector<Relation>& relations) {
    return Planner(rule, start, relations).run();
}

}  // namespace entail::eval
