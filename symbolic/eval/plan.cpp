#include "symbolic/eval/plan.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace entail::eval {
namespace {

using ir::Bound;
using ir::Literal;
using ir::Term;

Step make_step(const Literal& literal, Rows rows, Bound& bound) {
    Step step;
    step.literal = &literal;
    step.rows = rows;
    std::size_t keyed =
        literal.kind == Literal::Kind::aggregate ? literal.grouped : literal.atom.args.size();
    std::vector<std::uint32_t> others;
    for (std::uint32_t c = 0; c < keyed; ++c) {
        const Term& argument = literal.atom.args[c];
        if (ir::is_bound(argument, bound)) {
            step.key_columns |= Columns{1} << c;
            step.key.push_back(argument);
        } else {
            others.push_back(c);
        }
    }
    if (literal.kind == Literal::Kind::atom) {
        for (std::uint32_t c : others) {
            step.matches.push_back({c, Pattern(literal.atom.args[c], bound)});
        }
        return step;
    }
    const Term* result = nullptr;
    switch (literal.kind) {
        case Literal::Kind::is:
        case Literal::Kind::in_range:
        case Literal::Kind::in_values:
        case Literal::Kind::aggregate:
            result = &literal.left;
            break;
        case Literal::Kind::unify:
            step.left_is_source = ir::is_bound(literal.left, bound);
            result = step.left_is_source ? &literal.right : &literal.left;
            break;
        default:
            break;
    }
    if (result != nullptr) {
        step.result_is_bound = ir::is_bound(*result, bound);
        step.pattern.emplace(*result, bound);
    }
    return step;
}

}  // namespace

Plan make_plan(const ir::Rule& rule, std::optional<std::uint32_t> fresh) {
    Plan plan;
    Bound bound(rule.variables.size(), false);
    std::vector<std::uint32_t> pending(rule.body.size());
    for (std::uint32_t i = 0; i < pending.size(); ++i) pending[i] = i;
    auto take = [&](std::vector<std::uint32_t>::iterator place) {
        std::uint32_t i = *place;
        pending.erase(place);
        Rows rows = Rows::present;
        if (fresh && i == *fresh) rows = Rows::fresh;
        if (fresh && i < *fresh) rows = Rows::old;
        plan.steps.push_back(make_step(rule.body[i], rows, bound));
    };
    if (fresh) take(pending.begin() + *fresh);
    while (!pending.empty()) {
        // An aggregate's members are complete for what has been asked for: by the literals before
        // it. Evaluated earlier it would meet, and remember, members that are still missing.
        auto ready = [&](std::uint32_t i) {
            if (!ir::is_ready(rule.body[i], bound)) return false;
            if (rule.body[i].kind != Literal::Kind::aggregate) return true;
            return std::ranges::none_of(pending, [&](std::uint32_t j) {
                return j < i && ir::is_ready(rule.body[j], bound);
            });
        };
        auto best = std::ranges::find_if(pending, [&](std::uint32_t i) {
            return ready(i) && ir::is_filter(rule.body[i], bound);
        });
        if (best == pending.end()) {
            // The share of columns that are bound; the body's own order decides between equals.
            double best_share = -1;
            for (auto place = pending.begin(); place != pending.end(); ++place) {
                if (!ready(*place)) continue;
                const Literal& literal = rule.body[*place];
                double share = 0.5;
                if (literal.kind == Literal::Kind::atom && !literal.atom.args.empty()) {
                    share = static_cast<double>(
                                std::popcount(ir::bound_positions(literal.atom, bound))) /
                            static_cast<double>(literal.atom.args.size());
                }
                if (share > best_share) {
                    best = place;
                    best_share = share;
                }
            }
        }
        assert(best != pending.end() && "lowering and demand accept safe rules only");
        take(best);
    }
    return plan;
}

}  // namespace entail::eval
