#include "symbolic/eval/pattern.h"

namespace entail::eval {

Pattern::Pattern(const ir::Term& term, ir::Bound& bound)
    : variable_(term.variable), value_(term.value) {
    switch (term.kind) {
        case ir::Term::Kind::variable:
            kind_ = bound[term.variable] ? Kind::check : Kind::bind;
            bound[term.variable] = true;
            return;
        case ir::Term::Kind::constant:
            return;
        case ir::Term::Kind::compound:
            kind_ = Kind::compound;
            for (const ir::Term& argument : term.args) args_.emplace_back(argument, bound);
    }
}

bool Pattern::match(Value value, std::span<Value> bindings, const ValueStore& values) const {
    switch (kind_) {
        case Kind::bind:
            bindings[variable_] = value;
            return true;
        case Kind::check:
            return bindings[variable_] == value;
        case Kind::constant:
            return value_ == value;
        case Kind::compound:
            break;
    }
    if (values.kind(value) != ValueKind::compound || values.functor(value) != value_) return false;
    auto args = values.arguments(value);
    if (args.size() != args_.size()) return false;
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (!args_[i].match(args[i], bindings, values)) return false;
    }
    return true;
}

Value build(const ir::Term& term, std::span<const Value> bindings, ValueStore& values) {
    switch (term.kind) {
        case ir::Term::Kind::variable:
            return bindings[term.variable];
        case ir::Term::Kind::constant:
            return term.value;
        case ir::Term::Kind::compound:
            break;
    }
    std::vector<Value> args;
    args.reserve(term.args.size());
    for (const ir::Term& argument : term.args) args.push_back(build(argument, bindings, values));
    return values.compound(term.value, args);
}

}  // namespace entail::eval
