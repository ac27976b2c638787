#include "symbolic/ir/builtin.h"

#include <algorithm>

#include "symbolic/ir/name_index.h"

namespace entail::ir {
namespace {

/// Calls `visit(needed, is_single)` for each mode until it returns true.
template <typename Visit>
bool any_mode(std::string_view modes, const Visit& visit) {
    std::uint64_t needed = 0;
    std::size_t position = 0;
    bool is_single = true;
    for (std::size_t i = 0; i <= modes.size(); ++i) {
        if (i == modes.size() || modes[i] == ' ') {
            if (visit(needed, is_single)) return true;
            needed = position = 0;
            is_single = true;
        } else if (modes[i] == '*') {
            is_single = false;
        } else {
            if (modes[i] == '+') needed |= std::uint64_t{1} << position;
            ++position;
        }
    }
    return false;
}

}  // namespace

bool Builtin::is_ready(std::uint64_t bound) const {
    return any_mode(modes, [&](std::uint64_t needed, bool) { return (needed & ~bound) == 0; });
}

bool Builtin::is_single(std::uint64_t bound) const {
    if (bound == (std::uint64_t{1} << arity) - 1) return true;
    return any_mode(
        modes, [&](std::uint64_t needed, bool single) { return single && (needed & ~bound) == 0; });
}

std::uint64_t Builtin::needed(std::uint64_t bound) const {
    std::uint64_t result = (std::uint64_t{1} << arity) - 1;
    any_mode(modes, [&](std::uint64_t needed, bool) {
        if ((needed & ~bound) != 0) return false;
        result = needed;
        return true;
    });
    return result;
}

bool Builtin::follows_unknown(std::uint64_t bound) const {
    if (shape_modes.empty()) return false;
    return any_mode(shape_modes, [&](std::uint64_t needed, bool) { return needed == bound; });
}

std::string Builtin::forms() const {
    std::string out(name);
    out += '(';
    bool is_first = true;
    for (char c : modes) {
        if (c == ' ') {
            out += ") or " + std::string(name) + '(';
            is_first = true;
        } else if (c != '*') {
            if (!is_first) out += ',';
            out += c;
            is_first = false;
        }
    }
    return out + ')';
}

void BuiltinCall::answer(std::initializer_list<Value> tuple) {
    answer(std::span<const Value>(tuple.begin(), tuple.size()));
}

void BuiltinCall::answer(std::span<const Value> tuple) {
    for (std::size_t i = 0; i < tuple.size(); ++i) {
        if (arguments_[i] && *arguments_[i] != tuple[i]) return;
    }
    answers_.insert(answers_.end(), tuple.begin(), tuple.end());
}

void BuiltinCall::fail_type(std::size_t i, std::string_view expected) {
    type_error_ = TypeError{i, expected};
}

std::vector<const Builtin*> all_builtins() {
    std::vector<const Builtin*> all;
    for (auto table : {term_builtins(), list_builtins(), text_builtins()}) {
        for (const Builtin& builtin : table) all.push_back(&builtin);
    }
    return all;
}

const Builtin* find_builtin(std::string_view name, std::size_t arity) {
    static const NameIndex<Builtin> index = [] {
        NameIndex<Builtin> result;
        for (const Builtin* builtin : all_builtins()) result.add(*builtin);
        return result;
    }();
    return index.find(name, arity);
}

}  // namespace entail::ir
