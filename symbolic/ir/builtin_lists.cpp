// Built-ins over lists. Those that relate a list to its parts fail for what is no list, as rules
// over `[H | T]` would; those that compute something of a list need one.

#include <algorithm>
#include <unordered_set>

#include "symbolic/ir/builtin.h"

namespace entail::ir {
namespace {

using Gives = Builtin::Gives;
using Values = std::vector<Value>;

Value make_list(BuiltinCall& call, std::span<const Value> elements, Value tail) {
    for (std::size_t i = elements.size(); i-- > 0;) {
        Value cell[] = {elements[i], tail};
        tail = call.values.compound(call.values.cons(), cell);
    }
    return tail;
}
Value make_list(BuiltinCall& call, std::span<const Value> elements) {
    return make_list(call, elements, call.values.nil());
}

/// The elements of argument `i`, which must be a list.
std::optional<Values> list(BuiltinCall& call, std::size_t i) {
    auto elements = call.values.elements(call[i]);
    if (!elements) call.fail_type(i, "list");
    return elements;
}

/// A list from the list in argument 0 is argument 1.
template <typename Change>
void change(BuiltinCall& call, const Change& change) {
    auto elements = list(call, 0);
    if (!elements) return;
    change(*elements);
    call.answer({call[0], make_list(call, *elements)});
}

/// Keeps the first of equal elements, and the order.
void keep_first(Values& elements) {
    std::unordered_set<Value> seen;
    std::erase_if(elements, [&](Value v) { return !seen.insert(v).second; });
}

// --- parts ---

void member(BuiltinCall& call) {
    auto elements = call.values.elements(call[1]);
    if (!elements) return;
    keep_first(*elements);
    for (Value element : *elements) call.answer({element, call[1]});
}

void nth(BuiltinCall& call, std::int64_t first) {
    if (call.is_given(0) && call.values.kind(call[0]) != ValueKind::integer) {
        call.fail_type(0, "int");
        return;
    }
    auto elements = call.values.elements(call[1]);
    if (!elements) return;
    for (std::size_t i = 0; i < elements->size(); ++i) {
        call.answer(
            {call.values.integer(first + static_cast<std::int64_t>(i)), call[1], (*elements)[i]});
    }
}
void nth0(BuiltinCall& call) {
    nth(call, 0);
}
void nth1(BuiltinCall& call) {
    nth(call, 1);
}

void last(BuiltinCall& call) {
    auto elements = call.values.elements(call[0]);
    if (elements && !elements->empty()) call.answer({call[0], elements->back()});
}

void append(BuiltinCall& call) {
    if (call.is_given(0) && call.is_given(1)) {
        auto front = call.values.elements(call[0]);
        if (front) call.answer({call[0], call[1], make_list(call, *front, call[1])});
        return;
    }
    // The end of a split is a tail of the given list, which need not end in `[]`.
    Values front, tails{call[2]};
    while (call.values.is_cons(tails.back())) {
        front.push_back(call.values.arguments(tails.back())[0]);
        tails.push_back(call.values.arguments(tails.back())[1]);
    }
    if (call.is_given(0)) {
        auto known = call.values.elements(call[0]);
        if (!known || known->size() > front.size()) return;
        if (!std::equal(known->begin(), known->end(), front.begin())) return;
        call.answer({call[0], tails[known->size()], call[2]});
        return;
    }
    for (std::size_t i = 0; i < tails.size() && !call.is_full(); ++i) {
        if (call.is_given(1) && call[1] != tails[i]) continue;
        call.answer({make_list(call, std::span(front).first(i)), tails[i], call[2]});
    }
}

void append_all(BuiltinCall& call) {
    auto lists = list(call, 0);
    if (!lists) return;
    Values all;
    for (Value part : *lists) {
        auto elements = call.values.elements(part);
        if (!elements) {
            call.fail_type(0, "list of lists");
            return;
        }
        all.insert(all.end(), elements->begin(), elements->end());
    }
    call.answer({call[0], make_list(call, all)});
}

void select(BuiltinCall& call) {
    std::unordered_set<Value> seen;  // equal neighbours leave the same rest
    if (call.is_given(1)) {
        auto elements = call.values.elements(call[1]);
        if (!elements) return;
        for (std::size_t i = 0; i < elements->size() && !call.is_full(); ++i) {
            if (call.is_given(0) && call[0] != (*elements)[i]) continue;
            Values rest = *elements;
            rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
            Value left = make_list(call, rest);
            if (seen.insert(left).second) call.answer({(*elements)[i], call[1], left});
        }
        return;
    }
    auto rest = call.values.elements(call[2]);
    if (!rest) return;
    for (std::size_t i = 0; i <= rest->size() && !call.is_full(); ++i) {
        Values whole = *rest;
        whole.insert(whole.begin() + static_cast<std::ptrdiff_t>(i), call[0]);
        Value list = make_list(call, whole);
        if (seen.insert(list).second) call.answer({call[0], list, call[2]});
    }
}

void reverse(BuiltinCall& call) {
    std::size_t known = call.is_given(0) ? 0 : 1;
    auto elements = call.values.elements(call[known]);
    if (!elements) return;
    std::ranges::reverse(*elements);
    Value other = make_list(call, *elements);
    call.answer({known == 0 ? call[0] : other, known == 0 ? other : call[1]});
}

// --- sets and order ---

void sort_values(BuiltinCall& call, Values& elements) {
    std::ranges::stable_sort(elements,
                             [&](Value a, Value b) { return call.values.compare(a, b) < 0; });
}

void msort(BuiltinCall& call) {
    change(call, [&](Values& elements) { sort_values(call, elements); });
}
void sort(BuiltinCall& call) {
    change(call, [&](Values& elements) {
        sort_values(call, elements);
        keep_first(elements);
    });
}
void list_to_set(BuiltinCall& call) {
    change(call, keep_first);
}

/// `sort(Key, Order, List, Sorted)`: by argument `Key` of the elements, or by themselves for 0;
/// `@<` and `@>` drop elements with equal keys, `@=<` and `@>=` keep them.
void sort_by_key(BuiltinCall& call) {
    ValueStore& values = call.values;
    if (values.kind(call[0]) != ValueKind::integer || values.as_integer(call[0]) < 0) {
        call.fail_type(0, "natural number");
        return;
    }
    std::string order(values.kind(call[1]) == ValueKind::atom ? values.text(call[1]) : "");
    bool ascends = order == "@<" || order == "@=<", keeps = order == "@=<" || order == "@>=";
    if (!ascends && order != "@>" && order != "@>=") {
        call.fail_type(1, "order: @<, @=<, @> or @>=");
        return;
    }
    auto elements = list(call, 2);
    if (!elements) return;
    auto position = static_cast<std::size_t>(values.as_integer(call[0]));
    auto key = [&](Value v) { return position == 0 ? v : values.arguments(v)[position - 1]; };
    for (Value v : *elements) {
        bool has_key = position == 0 || (values.kind(v) == ValueKind::compound &&
                                         values.arguments(v).size() >= position);
        if (has_key) continue;
        call.fail_type(2, "list of terms with that argument");
        return;
    }
    std::ranges::stable_sort(*elements, [&](Value a, Value b) {
        int sign = values.compare(key(a), key(b));
        return ascends ? sign < 0 : sign > 0;
    });
    auto same = [&](Value a, Value b) { return key(a) == key(b); };
    if (!keeps) {
        elements->erase(std::unique(elements->begin(), elements->end(), same), elements->end());
    }
    call.answer({call[0], call[1], call[2], make_list(call, *elements)});
}

void remove_element(BuiltinCall& call) {
    auto elements = list(call, 0);
    if (!elements) return;
    std::erase(*elements, call[1]);
    call.answer({call[0], call[1], make_list(call, *elements)});
}

/// The elements of the first list that are in the second one, or are not.
void filter(BuiltinCall& call, bool wanted) {
    auto left = list(call, 0), right = list(call, 1);
    if (!left || !right) return;
    std::unordered_set<Value> known(right->begin(), right->end());
    std::erase_if(*left, [&](Value v) { return known.contains(v) != wanted; });
    call.answer({call[0], call[1], make_list(call, *left)});
}
void subtract(BuiltinCall& call) {
    filter(call, false);
}
void intersection(BuiltinCall& call) {
    filter(call, true);
}
void set_union(BuiltinCall& call) {
    auto left = list(call, 0), right = list(call, 1);
    if (!left || !right) return;
    std::unordered_set<Value> known(right->begin(), right->end());
    std::erase_if(*left, [&](Value v) { return known.contains(v); });
    call.answer({call[0], call[1], make_list(call, *left, call[1])});
}
void subset(BuiltinCall& call) {
    auto left = list(call, 0), right = list(call, 1);
    if (!left || !right) return;
    std::unordered_set<Value> known(right->begin(), right->end());
    bool holds = std::ranges::all_of(*left, [&](Value v) { return known.contains(v); });
    if (holds) call.answer({call[0], call[1]});
}

void flatten(BuiltinCall& call) {
    Values flat, pending{call[0]};
    while (!pending.empty()) {
        Value next = pending.back();
        pending.pop_back();
        if (auto elements = call.values.elements(next)) {
            pending.insert(pending.end(), elements->rbegin(), elements->rend());
        } else {
            flat.push_back(next);
        }
    }
    call.answer({call[0], make_list(call, flat)});
}

// --- numbers ---

void length(BuiltinCall& call) {
    auto elements = list(call, 0);
    if (!elements) return;
    call.answer({call[0], call.values.integer(static_cast<std::int64_t>(elements->size()))});
}

void sum_list(BuiltinCall& call) {
    auto elements = list(call, 0);
    if (!elements) return;
    ArithmeticError error = ArithmeticError::none;
    Value total = call.values.integer(0);
    for (Value v : *elements) {
        total = add(total, v, call.values, error);
        if (error == ArithmeticError::none) continue;
        call.fail(error);
        return;
    }
    call.answer({call[0], total});
}

/// The first element that no other one exceeds (`sign` 1) or falls below (-1).
template <typename Compare>
std::optional<Value> extreme(const Values& elements, int sign, const Compare& compare) {
    std::optional<Value> best;
    for (Value v : elements) {
        if (!best || sign * compare(v, *best) > 0) best = v;
    }
    return best;
}

void extreme_number(BuiltinCall& call, int sign) {
    auto elements = list(call, 0);
    if (!elements) return;
    if (!std::ranges::all_of(*elements, [&](Value v) { return call.values.is_number(v); })) {
        call.fail(ArithmeticError::not_a_number);
        return;
    }
    auto best =
        extreme(*elements, sign, [&](Value a, Value b) { return call.values.compare(a, b); });
    if (best) call.answer({call[0], *best});
}
void max_list(BuiltinCall& call) {
    extreme_number(call, 1);
}
void min_list(BuiltinCall& call) {
    extreme_number(call, -1);
}

void extreme_member(BuiltinCall& call, int sign) {
    auto elements = list(call, 1);
    if (!elements) return;
    auto best =
        extreme(*elements, sign, [&](Value a, Value b) { return call.values.compare(a, b); });
    if (best) call.answer({*best, call[1]});
}
void max_member(BuiltinCall& call) {
    extreme_member(call, 1);
}
void min_member(BuiltinCall& call) {
    extreme_member(call, -1);
}

void numlist(BuiltinCall& call) {
    for (std::size_t i : {0U, 1U}) {
        if (call.values.kind(call[i]) == ValueKind::integer) continue;
        call.fail_type(i, "int");
        return;
    }
    std::int64_t low = call.values.as_integer(call[0]), high = call.values.as_integer(call[1]);
    if (low > high) return;
    if (static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) >=
        BuiltinCall::kMaxAnswers) {
        call.fail_type(1, "end of a list of at most 2,000,000 numbers");
        return;
    }
    Values numbers;
    for (std::int64_t i = low; i <= high; ++i) numbers.push_back(call.values.integer(i));
    call.answer({call[0], call[1], make_list(call, numbers)});
}

// --- pairs ---

void pairs_keys_values(BuiltinCall& call) {
    ValueStore& values = call.values;
    Value minus = values.atom("-");
    Values keys, held;
    if (call.is_given(0)) {
        auto pairs = list(call, 0);
        if (!pairs) return;
        for (Value pair : *pairs) {
            bool is_pair = values.kind(pair) == ValueKind::compound &&
                           values.functor(pair) == minus && values.arguments(pair).size() == 2;
            if (!is_pair) {
                call.fail_type(0, "list of pairs Key-Value");
                return;
            }
            keys.push_back(values.arguments(pair)[0]);
            held.push_back(values.arguments(pair)[1]);
        }
        call.answer({call[0], make_list(call, keys), make_list(call, held)});
        return;
    }
    auto left = list(call, 1), right = list(call, 2);
    if (!left || !right || left->size() != right->size()) return;
    Values pairs;
    for (std::size_t i = 0; i < left->size(); ++i) {
        Value both[] = {(*left)[i], (*right)[i]};
        pairs.push_back(values.compound(minus, both));
    }
    call.answer({make_list(call, pairs), call[1], call[2]});
}

constexpr Builtin kTable[] = {
    {"member", 2, "?+*", Gives::parts, member},
    {"memberchk", 2, "++", Gives::parts, member},
    {"nth0", 3, "++? ?+?*", Gives::parts, nth0, "++? ?+?"},
    {"nth1", 3, "++? ?+?*", Gives::parts, nth1, "++? ?+?"},
    {"last", 2, "+?", Gives::parts, last, "+?"},
    {"append", 3, "++? +?+ ??+*", Gives::terms, append, "++? ??+"},
    {"append", 2, "+?", Gives::terms, append_all, "+?"},
    {"select", 3, "?+?* +?+*", Gives::terms, select},
    {"reverse", 2, "+? ?+", Gives::terms, reverse, "+? ?+"},
    {"msort", 2, "+?", Gives::terms, msort},
    {"sort", 2, "+?", Gives::terms, sort},
    {"sort", 4, "+++?", Gives::terms, sort_by_key},
    {"list_to_set", 2, "+?", Gives::terms, list_to_set},
    {"delete", 3, "++?", Gives::terms, remove_element},
    {"subtract", 3, "++?", Gives::terms, subtract},
    {"intersection", 3, "++?", Gives::terms, intersection},
    {"union", 3, "++?", Gives::terms, set_union},
    {"subset", 2, "++", Gives::parts, subset},
    {"flatten", 2, "+?", Gives::terms, flatten},
    {"length", 2, "+?", Gives::terms, length, "+?"},
    {"sum_list", 2, "+?", Gives::terms, sum_list},
    {"sumlist", 2, "+?", Gives::terms, sum_list},
    {"max_list", 2, "+?", Gives::parts, max_list},
    {"min_list", 2, "+?", Gives::parts, min_list},
    {"max_member", 2, "?+", Gives::parts, max_member},
    {"min_member", 2, "?+", Gives::parts, min_member},
    {"numlist", 3, "++?", Gives::terms, numlist},
    {"pairs_keys_values", 3, "+?? ?++", Gives::terms, pairs_keys_values},
};

}  // namespace

std::span<const Builtin> list_builtins() {
    return kTable;
}

}  // namespace entail::ir
