#include "symbolic/base/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cctype>
#include <cmath>
#include <stdexcept>

namespace entail {
namespace {

constexpr std::int64_t kSmallBits = 29;
constexpr std::int64_t kSmallMin = -(std::int64_t{1} << (kSmallBits - 1));
constexpr std::int64_t kSmallMax = (std::int64_t{1} << (kSmallBits - 1)) - 1;

std::uint32_t checked_index(std::size_t size) {
    if (size >= std::size_t{1} << kSmallBits) {
        throw std::length_error("ValueStore: more than 2^29 values of one kind");
    }
    return static_cast<std::uint32_t>(size);
}

std::size_t hash_term(Value functor, std::span<const Value> arguments) {
    std::size_t hash = functor.bits();
    for (Value argument : arguments) {
        hash = (hash ^ argument.bits()) * 0x9E3779B97F4A7C15ULL;
        hash ^= hash >> 29U;
    }
    return hash;
}

int three_way(auto a, auto b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

/// Compares an integer with a real exactly: a double cannot hold every 64-bit integer.
int compare_mixed(std::int64_t a, double b) {
    if (b >= 9223372036854775808.0) return -1;
    if (b < -9223372036854775808.0) return 1;
    double whole = std::floor(b);
    auto truncated = static_cast<std::int64_t>(whole);
    if (a != truncated) return a < truncated ? -1 : 1;
    return b > whole ? -1 : 0;
}

}  // namespace

ValueStore::ValueStore() : nil_(atom("[]")), cons_(atom(".")) {}

Value ValueStore::integer(std::int64_t number) {
    if (number >= kSmallMin && number <= kSmallMax) {
        auto payload = static_cast<std::uint32_t>(number) & ((1U << kSmallBits) - 1);
        return {Value::Kind::small_integer, payload};
    }
    auto [place, added] = integer_index_.try_emplace(number, checked_index(integers_.size()));
    if (added) integers_.push_back(number);
    return {Value::Kind::integer, place->second};
}

Value ValueStore::real(double number) {
    if (std::isnan(number)) throw std::invalid_argument("ValueStore::real: number is a NaN");
    if (number == 0.0) number = 0.0;
    auto [place, added] =
        real_index_.try_emplace(std::bit_cast<std::uint64_t>(number), checked_index(reals_.size()));
    if (added) reals_.push_back(number);
    return {Value::Kind::real, place->second};
}

std::uint32_t ValueStore::intern_text(std::string_view text) {
    auto [place, added] = text_index_.try_emplace(std::string(text), checked_index(texts_.size()));
    if (added) {
        texts_.emplace_back(text);
        text_bytes_ += text.size();
    }
    return place->second;
}

Value ValueStore::atom(std::string_view name) {
    return {Value::Kind::atom, intern_text(name)};
}

Value ValueStore::string(std::string_view text) {
    return {Value::Kind::string, intern_text(text)};
}

Value ValueStore::compound(Value functor, std::span<const Value> arguments) {
    if (arguments.empty()) throw std::invalid_argument("ValueStore::compound: no arguments");
    if (compounds_.size() * 4 >= compound_slots_.size() * 3) grow_compounds();
    std::size_t mask = compound_slots_.size() - 1, slot = hash_term(functor, arguments) & mask;
    for (; compound_slots_[slot] != kFree; slot = (slot + 1) & mask) {
        const Compound& known = compounds_[compound_slots_[slot]];
        if (known.functor == functor && known.arity == arguments.size() &&
            std::equal(arguments.begin(), arguments.end(), arguments_.begin() + known.begin)) {
            return {Value::Kind::compound, compound_slots_[slot]};
        }
    }
    std::uint32_t index = checked_index(compounds_.size());
    std::uint32_t begin = static_cast<std::uint32_t>(arguments_.size());
    // The arguments may be a view into arguments_ itself, which growing would invalidate.
    std::vector<Value> copy(arguments.begin(), arguments.end());
    arguments_.insert(arguments_.end(), copy.begin(), copy.end());
    bool open = std::ranges::any_of(copy, [&](Value argument) { return has_unknown(argument); });
    compounds_.push_back(
        {functor, begin, static_cast<std::uint32_t>(copy.size()) & 0x7FFFFFFFU, open ? 1U : 0U});
    compound_slots_[slot] = index;
    return {Value::Kind::compound, index};
}

void ValueStore::grow_compounds() {
    std::size_t size = std::max<std::size_t>(16, compound_slots_.size() * 2), mask = size - 1;
    compound_slots_.assign(size, kFree);
    for (std::uint32_t i = 0; i < compounds_.size(); ++i) {
        const Compound& known = compounds_[i];
        std::span<const Value> arguments(arguments_.data() + known.begin, known.arity);
        std::size_t slot = hash_term(known.functor, arguments) & mask;
        while (compound_slots_[slot] != kFree) slot = (slot + 1) & mask;
        compound_slots_[slot] = i;
    }
}

Value ValueStore::copy(Value value, const ValueStore& other) {
    auto plain = [&](Value v) {
        switch (other.kind(v)) {
            case ValueKind::integer:
                return integer(other.as_integer(v));
            case ValueKind::real:
                return real(other.as_double(v));
            case ValueKind::atom:
                return atom(other.text(v));
            default:
                return string(other.text(v));
        }
    };
    // Depth first with a stack of our own: lists are as deep as they are long.
    struct Frame {
        Value compound;
        std::vector<Value> done;
    };
    std::vector<Frame> frames;
    std::optional<Value> result;
    for (Value next = value;;) {
        if (other.kind(next) == ValueKind::compound) {
            frames.push_back({next, {}});
        } else {
            result = plain(next);
        }
        while (result && !frames.empty()) {
            Frame& top = frames.back();
            top.done.push_back(*result);
            result.reset();
            if (top.done.size() < other.arguments(top.compound).size()) break;
            result = compound(plain(other.functor(top.compound)), top.done);
            frames.pop_back();
        }
        if (result) return *result;
        next = other.arguments(frames.back().compound)[frames.back().done.size()];
    }
}

ValueKind ValueStore::kind(Value value) const {
    switch (value.raw_kind()) {
        case Value::Kind::small_integer:
        case Value::Kind::integer:
            return ValueKind::integer;
        case Value::Kind::real:
            return ValueKind::real;
        case Value::Kind::atom:
            return ValueKind::atom;
        case Value::Kind::string:
            return ValueKind::string;
        case Value::Kind::unknown:
            return ValueKind::unknown;
        case Value::Kind::compound:
            break;
    }
    return ValueKind::compound;
}

bool ValueStore::is_number(Value value) const {
    ValueKind k = kind(value);
    return k == ValueKind::integer || k == ValueKind::real;
}

std::int64_t ValueStore::as_integer(Value value) const {
    assert(kind(value) == ValueKind::integer);
    if (value.raw_kind() == Value::Kind::integer) return integers_[value.payload()];
    auto shifted = static_cast<std::int32_t>(value.payload() << (32 - kSmallBits));
    return shifted >> (32 - kSmallBits);
}

double ValueStore::as_double(Value value) const {
    if (value.raw_kind() == Value::Kind::real) return reals_[value.payload()];
    return static_cast<double>(as_integer(value));
}

std::string_view ValueStore::text(Value value) const {
    assert(kind(value) == ValueKind::atom || kind(value) == ValueKind::string);
    return texts_[value.payload()];
}

Value ValueStore::functor(Value compound) const {
    assert(kind(compound) == ValueKind::compound);
    return compounds_[compound.payload()].functor;
}

std::span<const Value> ValueStore::arguments(Value compound) const {
    assert(kind(compound) == ValueKind::compound);
    const Compound& term = compounds_[compound.payload()];
    return {arguments_.data() + term.begin, term.arity};
}

bool ValueStore::is_cons(Value value) const {
    return kind(value) == ValueKind::compound && functor(value) == cons_ &&
           arguments(value).size() == 2;
}

std::optional<std::vector<Value>> ValueStore::elements(Value list) const {
    std::vector<Value> all;
    while (is_cons(list)) {
        all.push_back(arguments(list)[0]);
        list = arguments(list)[1];
    }
    if (list != nil_) return std::nullopt;
    return all;
}

int ValueStore::compare_numbers(Value a, Value b) const {
    bool a_real = kind(a) == ValueKind::real, b_real = kind(b) == ValueKind::real;
    if (a_real && b_real) return three_way(as_double(a), as_double(b));
    if (!a_real && !b_real) return three_way(as_integer(a), as_integer(b));
    return a_real ? -compare_mixed(as_integer(b), as_double(a))
                  : compare_mixed(as_integer(a), as_double(b));
}

int ValueStore::compare(Value first, Value second) const {
    auto rank = [&](Value v) {
        switch (kind(v)) {
            case ValueKind::integer:
            case ValueKind::real:
                return 0;
            case ValueKind::unknown:
                return 1;
            case ValueKind::atom:
                return 2;
            case ValueKind::string:
                return 3;
            case ValueKind::compound:
                break;
        }
        return 4;
    };
    // An explicit stack: terms are as deep as the user's data.
    std::vector<std::pair<Value, Value>> pending{{first, second}};
    while (!pending.empty()) {
        auto [a, b] = pending.back();
        pending.pop_back();
        if (a == b) continue;
        if (int order = three_way(rank(a), rank(b)); order != 0) return order;
        switch (kind(a)) {
            case ValueKind::integer:
            case ValueKind::real:
                if (int order = compare_numbers(a, b); order != 0) return order;
                // Equal by value and not the same: an integer and a real.
                return kind(a) == ValueKind::integer ? -1 : 1;
            case ValueKind::atom:
            case ValueKind::string:
                return text(a).compare(text(b)) < 0 ? -1 : 1;
            case ValueKind::unknown: {
                if (int order = three_way(op(a), op(b)); order != 0) return order;
                if (op(a) == ExpressionOp::unknown) {
                    return three_way(unknown_id(a), unknown_id(b));
                }
                auto as = operands(a), bs = operands(b);
                if (as.size() != bs.size()) return as.size() < bs.size() ? -1 : 1;
                // Operands alone may agree: an integer turned real.
                if (std::ranges::equal(as, bs)) return is_integral(a) ? -1 : 1;
                for (std::size_t i = as.size(); i-- > 0;) pending.emplace_back(as[i], bs[i]);
                continue;
            }
            case ValueKind::compound:
                break;
        }
        auto as = arguments(a), bs = arguments(b);
        if (as.size() != bs.size()) return as.size() < bs.size() ? -1 : 1;
        if (functor(a) != functor(b)) {
            return text(functor(a)).compare(text(functor(b))) < 0 ? -1 : 1;
        }
        for (std::size_t i = as.size(); i-- > 0;) pending.emplace_back(as[i], bs[i]);
    }
    return 0;
}

std::string ValueStore::print(Value root) const {
    std::string out;
    // What is still to be written, last first: a value, or a fixed piece of text.
    struct Item {
        Value value;
        const char* text;
        bool as_tail;
    };
    std::vector<Item> pending{{root, nullptr, false}};
    while (!pending.empty()) {
        Item item = pending.back();
        pending.pop_back();
        if (item.text != nullptr) {
            out += item.text;
            continue;
        }
        Value value = item.value;
        if (item.as_tail) {
            if (value == nil_) {
                out += ']';
            } else if (is_cons(value)) {
                out += ',';
                pending.push_back({arguments(value)[1], nullptr, true});
                pending.push_back({arguments(value)[0], nullptr, false});
            } else {
                out += '|';
                pending.push_back({Value(), "]", false});
                pending.push_back({value, nullptr, false});
            }
            continue;
        }
        switch (kind(value)) {
            case ValueKind::integer:
                out += fmt::format("{}", as_integer(value));
                break;
            case ValueKind::real:
                out += print_real(as_double(value));
                break;
            case ValueKind::atom:
                out += quote_atom(text(value));
                break;
            case ValueKind::string:
                out += quote_string(text(value));
                break;
            case ValueKind::unknown:
                print_expression(value, out);
                break;
            case ValueKind::compound: {
                auto args = arguments(value);
                if (is_cons(value)) {
                    out += '[';
                    pending.push_back({args[1], nullptr, true});
                    pending.push_back({args[0], nullptr, false});
                    break;
                }
                out += quote_atom(text(functor(value)));
                out += '(';
                pending.push_back({Value(), ")", false});
                for (std::size_t i = args.size(); i-- > 0;) {
                    pending.push_back({args[i], nullptr, false});
                    if (i > 0) pending.push_back({Value(), ",", false});
                }
                break;
            }
        }
    }
    return out;
}

std::size_t ValueStore::size() const {
    return integers_.size() + reals_.size() + texts_.size() + compounds_.size() +
           expressions_.size();
}

std::size_t ValueStore::bytes() const {
    // A node of a hash table and its bucket, next to the value itself; texts are stored twice.
    constexpr std::size_t kNode = 48;
    return (integers_.size() + reals_.size()) * (8 + kNode) +
           texts_.size() * (2 * sizeof(std::string) + kNode) + text_bytes_ * 2 +
           compounds_.capacity() * sizeof(Compound) +
           compound_slots_.capacity() * sizeof(std::uint32_t) +
           arguments_.capacity() * sizeof(Value) +
           expressions_.size() * (sizeof(Expression) + kNode) +
           unknowns_.size() * 2 * sizeof(UnknownNumber);
}

namespace {

std::string quote(std::string_view text, char mark) {
    std::string out(1, mark);
    for (char c : text) {
        switch (c) {
            case '\n':
                out += "\\n";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\\':
                out += "\\\\";
                break;
            default:
                if (c == mark) out += '\\';
                out += c;
        }
    }
    out += mark;
    return out;
}

}  // namespace

std::string quote_atom(std::string_view name) {
    bool plain = !name.empty() && std::islower(static_cast<unsigned char>(name[0])) != 0 &&
                 std::all_of(name.begin(), name.end(), [](unsigned char c) {
                     return c < 0x80 && (std::isalnum(c) != 0 || c == '_');
                 });
    return plain || name == "[]" ? std::string(name) : quote(name, '\'');
}

std::string quote_string(std::string_view text) {
    return quote(text, '"');
}

std::string print_real(double number) {
    if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
    std::string text = fmt::format("{}", number);
    if (text.find_first_of(".e") == std::string::npos) return text + ".0";
    // The language wants a point before an exponent: 1e+20 is written 1.0e+20.
    if (text.find('.') == std::string::npos) text.insert(text.find('e'), ".0");
    return text;
}

}  // namespace entail
