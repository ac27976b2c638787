// Built-ins over terms of any kind: type tests, the standard order, construction, counting up.

#include "symbolic/ir/builtin.h"

namespace entail::ir {
namespace {

using Gives = Builtin::Gives;

void holds_if(BuiltinCall& call, bool condition) {
    if (condition) call.answer({call[0]});
}

bool is_atomic(const BuiltinCall& call) {
    return call.values.kind(call[0]) != ValueKind::compound;
}

template <ValueKind kind>
void is_of_kind(BuiltinCall& call) {
    ValueKind found = call.values.kind(call[0]);
    if (found == ValueKind::unknown) {
        found = call.values.is_integral(call[0]) ? ValueKind::integer : ValueKind::real;
    }
    holds_if(call, found == kind);
}
void is_number(BuiltinCall& call) {
    holds_if(call, call.values.is_number(call[0]) || call.values.is_unknown(call[0]));
}
void is_atomic_term(BuiltinCall& call) {
    holds_if(call, is_atomic(call));
}
void is_callable(BuiltinCall& call) {
    ValueKind kind = call.values.kind(call[0]);
    holds_if(call, kind == ValueKind::atom || kind == ValueKind::compound);
}
void is_list(BuiltinCall& call) {
    holds_if(call, call.values.elements(call[0]).has_value());
}
void is_ground(BuiltinCall& call) {
    call.answer({call[0]});
}

// --- the standard order ---

void before(BuiltinCall& call) {
    if (call.values.compare(call[0], call[1]) < 0) call.answer({call[0], call[1]});
}
void not_after(BuiltinCall& call) {
    if (call.values.compare(call[0], call[1]) <= 0) call.answer({call[0], call[1]});
}
void after(BuiltinCall& call) {
    if (call.values.compare(call[0], call[1]) > 0) call.answer({call[0], call[1]});
}
void not_before(BuiltinCall& call) {
    if (call.values.compare(call[0], call[1]) >= 0) call.answer({call[0], call[1]});
}

void compare_terms(BuiltinCall& call) {
    int order = call.values.compare(call[1], call[2]);
    call.answer({call.values.atom(order < 0 ? "<" : order > 0 ? ">" : "="), call[1], call[2]});
}

// --- construction ---

void functor(BuiltinCall& call) {
    ValueStore& values = call.values;
    if (is_atomic(call)) {
        call.answer({call[0], call[0], values.integer(0)});
        return;
    }
    auto arity = static_cast<std::int64_t>(values.arguments(call[0]).size());
    call.answer({call[0], values.functor(call[0]), values.integer(arity)});
}

void argument(BuiltinCall& call) {
    ValueStore& values = call.values;
    if (values.kind(call[1]) != ValueKind::compound) {
        call.fail_type(1, "compound term");
        return;
    }
    if (call.is_given(0) && values.kind(call[0]) != ValueKind::integer) {
        call.fail_type(0, "int");
        return;
    }
    auto size = static_cast<std::int64_t>(values.arguments(call[1]).size());
    for (std::int64_t i = 0; i < size; ++i) {
        Value value = values.arguments(call[1])[static_cast<std::size_t>(i)];
        call.answer({values.integer(i + 1), call[1], value});
    }
}

/// `T =.. [Name | Arguments]`.
void univ(BuiltinCall& call) {
    ValueStore& values = call.values;
    auto cons = [&](Value head, Value tail) {
        Value cell[] = {head, tail};
        return values.compound(values.cons(), cell);
    };
    if (call.is_given(0)) {
        Value name = call[0], list = values.nil();
        if (!is_atomic(call)) {
            name = values.functor(name);
            for (std::size_t i = values.arguments(call[0]).size(); i-- > 0;) {
                list = cons(values.arguments(call[0])[i], list);
            }
        }
        call.answer({call[0], cons(name, list)});
        return;
    }
    auto parts = values.elements(call[1]);
    if (!parts || parts->empty()) {
        call.fail_type(1, "list of a name and arguments");
        return;
    }
    std::span<const Value> arguments(parts->data() + 1, parts->size() - 1);
    bool is_sound = arguments.empty() ? values.kind(parts->front()) != ValueKind::compound
                                      : values.kind(parts->front()) == ValueKind::atom;
    if (!is_sound) {
        call.fail_type(1, "list of a name and arguments");
        return;
    }
    call.answer(
        {arguments.empty() ? parts->front() : values.compound(parts->front(), arguments), call[1]});
}

// --- counting ---

bool are_integers(BuiltinCall& call, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        if (!call.is_given(i) || call.values.kind(call[i]) == ValueKind::integer) continue;
        call.fail_type(i, "int");
        return false;
    }
    return true;
}

void successor(BuiltinCall& call) {
    if (!are_integers(call, 2)) return;
    bool upwards = call.is_given(0);
    std::int64_t number = call.values.as_integer(call[upwards ? 0 : 1]);
    if (number < 0) {
        call.fail_type(upwards ? 0 : 1, "natural number");
    } else if (upwards && number == INT64_MAX) {
        call.fail(ArithmeticError::overflow);
    } else if (upwards) {
        call.answer({call[0], call.values.integer(number + 1)});
    } else if (number > 0) {
        call.answer({call.values.integer(number - 1), call[1]});
    }
}

void plus(BuiltinCall& call) {
    if (!are_integers(call, 3)) return;
    std::int64_t result = 0;
    auto number = [&](std::size_t i) { return call.values.as_integer(call[i]); };
    bool adds = call.is_given(0) && call.is_given(1);
    std::size_t missing = adds ? 2 : call.is_given(0) ? 1 : 0;
    bool overflow = adds ? __builtin_add_overflow(number(0), number(1), &result)
                         : __builtin_sub_overflow(number(2), number(1 - missing), &result);
    if (overflow) {
        call.fail(ArithmeticError::overflow);
        return;
    }
    Value found = call.values.integer(result);
    call.answer({missing == 0 ? found : call[0], missing == 1 ? found : call[1],
                 missing == 2 ? found : call[2]});
}

constexpr Builtin kTable[] = {
    {"atom", 1, "+", Gives::parts, is_of_kind<ValueKind::atom>, "+"},
    {"integer", 1, "+", Gives::parts, is_of_kind<ValueKind::integer>, "+"},
    {"float", 1, "+", Gives::parts, is_of_kind<ValueKind::real>, "+"},
    {"string", 1, "+", Gives::parts, is_of_kind<ValueKind::string>, "+"},
    {"compound", 1, "+", Gives::parts, is_of_kind<ValueKind::compound>, "+"},
    {"number", 1, "+", Gives::parts, is_number, "+"},
    {"atomic", 1, "+", Gives::parts, is_atomic_term, "+"},
    {"callable", 1, "+", Gives::parts, is_callable, "+"},
    {"is_list", 1, "+", Gives::parts, is_list, "+"},
    {"ground", 1, "+", Gives::parts, is_ground, "+"},
    {"@<", 2, "++", Gives::parts, before},
    {"@=<", 2, "++", Gives::parts, not_after},
    {"@>", 2, "++", Gives::parts, after},
    {"@>=", 2, "++", Gives::parts, not_before},
    {"compare", 3, "?++", Gives::parts, compare_terms},
    {"functor", 3, "+??", Gives::parts, functor},
    {"arg", 3, "++? ?+?*", Gives::parts, argument, "++? ?+?"},
    {"=..", 2, "+? ?+", Gives::terms, univ, "+? ?+"},
    {"succ", 2, "+? ?+", Gives::terms, successor},
    {"plus", 3, "++? +?+ ?++", Gives::terms, plus},
};

}  // namespace

std::span<const Builtin> term_builtins() {
    return kTable;
}

}  // namespace entail::ir
