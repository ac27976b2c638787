#include "symbolic/ir/binding.h"

#include <algorithm>
#include <cassert>

#include "symbolic/ir/builtin.h"

namespace entail::ir {

bool is_bound(const Term& term, const Bound& bound) {
    bool all = true;
    for_each_variable(term, [&](VariableId v) { all = all && bound[v]; });
    return all;
}

void bind(const Term& term, Bound& bound) {
    for_each_variable(term, [&](VariableId v) { bound[v] = true; });
}

bool is_ready(const Literal& literal, const Bound& bound) {
    auto known = [&](const Term& term) { return is_bound(term, bound); };
    if (literal.only_tests) {
        return known(literal.left) && known(literal.right) && known(literal.upper) &&
               std::ranges::all_of(literal.atom.args, known);
    }
    switch (literal.kind) {
        case Literal::Kind::atom:
            return true;
        case Literal::Kind::negated:
        case Literal::Kind::not_builtin:
        case Literal::Kind::unknown:
            return std::ranges::all_of(literal.atom.args, known);
        case Literal::Kind::compare:
        case Literal::Kind::not_unify:
            return known(literal.left) && known(literal.right);
        case Literal::Kind::is:
            return known(literal.right);
        case Literal::Kind::unify:
            return known(literal.left) || known(literal.right);
        case Literal::Kind::in_range:
            return known(literal.right) && known(literal.upper);
        case Literal::Kind::in_values:
            return true;
        case Literal::Kind::aggregate:
            return std::all_of(literal.atom.args.begin(),
                               literal.atom.args.begin() + literal.grouped, known);
        case Literal::Kind::builtin:
            return literal.builtin->is_ready(bound_positions(literal.atom, bound));
    }
    return false;
}

void bind(const Literal& literal, Bound& bound) {
    switch (literal.kind) {
        case Literal::Kind::atom:
        case Literal::Kind::builtin:
            for (const Term& argument : literal.atom.args) bind(argument, bound);
            return;
        case Literal::Kind::unify:
            bind(literal.right, bound);
            [[fallthrough]];
        case Literal::Kind::is:
        case Literal::Kind::in_range:
        case Literal::Kind::in_values:
        case Literal::Kind::aggregate:
        case Literal::Kind::unknown:
            bind(literal.left, bound);
            return;
        case Literal::Kind::negated:
        case Literal::Kind::not_builtin:
        case Literal::Kind::compare:
        case Literal::Kind::not_unify:
            return;
    }
}

bool is_filter(const Literal& literal, const Bound& bound) {
    switch (literal.kind) {
        case Literal::Kind::atom:
            return false;
        case Literal::Kind::in_range:
        case Literal::Kind::in_values:
            return is_bound(literal.left, bound);
        case Literal::Kind::builtin:
            return literal.builtin->is_single(bound_positions(literal.atom, bound));
        default:
            return true;
    }
}

Positions bound_positions(const Atom& atom, const Bound& bound) {
    assert(atom.args.size() <= kMaxArity);
    Positions positions = 0;
    for (std::size_t i = 0; i < atom.args.size(); ++i) {
        if (is_bound(atom.args[i], bound)) positions |= Positions{1} << i;
    }
    return positions;
}

}  // namespace entail::ir
