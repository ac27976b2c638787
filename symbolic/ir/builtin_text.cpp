// Built-ins over text: names, strings, and numbers as they are written. Positions and lengths count
// code points.

#include <algorithm>
#include <charconv>

#include "symbolic/base/utf8.h"
#include "symbolic/ir/builtin.h"
#include "symbolic/ir/letter_case.h"

namespace entail::ir {
namespace {

using Gives = Builtin::Gives;
using Text = std::u32string;

enum class As { atom, string };

Text decode(std::string_view text) {
    Text result;
    for (std::size_t at = 0; at < text.size();) {
        auto first = static_cast<unsigned char>(text[at]);
        // Bytes of a data file that are no UTF-8 stand for themselves.
        std::size_t length = std::max<std::size_t>(1, utf8_length(text, at));
        std::uint32_t code = length == 1 ? first : first & (0x7FU >> length);
        for (std::size_t i = 1; i < length; ++i) {
            code = code << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
        }
        result += static_cast<char32_t>(code);
        at += length;
    }
    return result;
}

std::string encode(std::u32string_view text) {
    std::string result;
    for (char32_t code : text) append_utf8(result, code);
    return result;
}

std::optional<Text> text_of(BuiltinCall& call, Value value) {
    switch (call.values.kind(value)) {
        case ValueKind::atom:
        case ValueKind::string:
            return decode(call.values.text(value));
        case ValueKind::integer:
        case ValueKind::real:
            return decode(call.values.print(value));
        case ValueKind::unknown:
        case ValueKind::compound:
            break;
    }
    return std::nullopt;
}

/// The text of argument `i`, which must have one.
std::optional<Text> text(BuiltinCall& call, std::size_t i) {
    auto result = text_of(call, call[i]);
    if (!result) call.fail_type(i, "text");
    return result;
}

Value make(BuiltinCall& call, std::u32string_view text, As as) {
    std::string bytes = encode(text);
    return as == As::atom ? call.values.atom(bytes) : call.values.string(bytes);
}

/// The text as a value for argument `i`: what is given there, if that reads the same.
Value result(BuiltinCall& call, std::size_t i, std::u32string_view text, As as) {
    if (call.is_given(i) && text_of(call, call[i]) == text) return call[i];
    return make(call, text, as);
}

/// The number that a text is, as the language writes numbers. An integer beyond 64 bits fails.
std::optional<Value> number_of(BuiltinCall& call, const Text& text) {
    std::string bytes = encode(text);
    std::string_view digits = bytes;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::size_t at = digits.starts_with('-') && digits.size() == bytes.size() ? 1 : 0;
    auto skip_digits = [&] {
        std::size_t before = at;
        while (at < digits.size() && digits[at] >= '0' && digits[at] <= '9') ++at;
        return at > before;
    };
    if (!skip_digits()) return std::nullopt;
    const char* end = digits.data() + digits.size();
    if (at == digits.size()) {
        std::int64_t number = 0;
        if (std::from_chars(digits.data(), end, number).ec != std::errc{}) {
            call.fail(ArithmeticError::overflow);
            return std::nullopt;
        }
        return call.values.integer(number);
    }
    if (digits[at] == '.' && (++at, !skip_digits())) return std::nullopt;
    if (at < digits.size() && (digits[at] == 'e' || digits[at] == 'E')) {
        ++at;
        if (at < digits.size() && (digits[at] == '+' || digits[at] == '-')) ++at;
        if (!skip_digits()) return std::nullopt;
    }
    if (at != digits.size()) return std::nullopt;
    double number = 0;
    if (std::from_chars(digits.data(), end, number).ec != std::errc{}) {
        call.fail(ArithmeticError::overflow);
        return std::nullopt;
    }
    return call.values.real(number);
}

Value make_list(BuiltinCall& call, const std::vector<Value>& elements) {
    Value list = call.values.nil();
    for (std::size_t i = elements.size(); i-- > 0;) {
        Value cell[] = {elements[i], list};
        list = call.values.compound(call.values.cons(), cell);
    }
    return list;
}

// --- length, case, other kinds of text ---

void text_length(BuiltinCall& call) {
    auto known = text(call, 0);
    if (!known) return;
    call.answer({call[0], call.values.integer(static_cast<std::int64_t>(known->size()))});
}

template <char32_t (*map)(char32_t), As as>
void change_case(BuiltinCall& call) {
    auto known = text(call, 0);
    if (!known) return;
    std::ranges::transform(*known, known->begin(), map);
    call.answer({call[0], result(call, 1, *known, as)});
}

/// An atom and the string of the same text, in either direction.
void atom_string(BuiltinCall& call) {
    std::size_t known = call.is_given(0) ? 0 : 1;
    auto same = text(call, known);
    if (!same) return;
    if (known == 0) {
        call.answer({call[0], result(call, 1, *same, As::string)});
    } else {
        call.answer({make(call, *same, As::atom), call[1]});
    }
}

void text_to_string(BuiltinCall& call) {
    auto known = text(call, 0);
    if (known) call.answer({call[0], result(call, 1, *known, As::string)});
}

/// A number and its text: argument `number` and the other one.
template <std::size_t number, As as>
void number_text(BuiltinCall& call) {
    constexpr std::size_t other = 1 - number;
    if (call.is_given(number) && !call.values.is_number(call[number])) {
        call.fail_type(number, "number");
        return;
    }
    Value tuple[2];
    if (call.is_given(other)) {
        auto known = text(call, other);
        if (!known) return;
        auto value = number_of(call, *known);
        if (!value) return;
        tuple[number] = *value;
        tuple[other] = call[other];
    } else {
        tuple[number] = call[number];
        tuple[other] = make(call, *text_of(call, call[number]), as);
    }
    call.answer(tuple);
}

// --- characters and codes ---

enum class Unit { character, code };

Value unit(BuiltinCall& call, char32_t code, Unit as) {
    if (as == Unit::code) return call.values.integer(static_cast<std::int64_t>(code));
    return make(call, std::u32string_view(&code, 1), As::atom);
}

/// One character of a list, which may be a code or a name of one character.
std::optional<char32_t> code_of(BuiltinCall& call, Value value) {
    if (call.values.kind(value) == ValueKind::integer) {
        std::int64_t code = call.values.as_integer(value);
        bool is_digit = code >= 0 && code <= 9;  // a digit as a character, not a code
        if (is_digit) return static_cast<char32_t>('0' + code);
        if (code < 0 || code > 0x10FFFF || !is_scalar(static_cast<std::uint32_t>(code))) {
            return std::nullopt;
        }
        return static_cast<char32_t>(code);
    }
    auto text = text_of(call, value);
    if (!text || text->size() != 1) return std::nullopt;
    return text->front();
}

enum class Whole { atom, string, number };

/// A text and the list of its characters or codes, in either direction.
template <Whole whole, Unit as>
void units(BuiltinCall& call) {
    if (call.is_given(0)) {
        if (whole == Whole::number && !call.values.is_number(call[0])) {
            call.fail_type(0, "number");
            return;
        }
        auto known = text(call, 0);
        if (!known) return;
        std::vector<Value> elements;
        for (char32_t code : *known) elements.push_back(unit(call, code, as));
        Value list = make_list(call, elements);
        // What is given may mix both forms: then it is the text that counts.
        if (!call.is_given(1) || call[1] == list) {
            call.answer({call[0], list});
            return;
        }
    }
    auto elements = call.values.elements(call[1]);
    Text joined;
    if (elements) {
        for (Value element : *elements) {
            auto code = code_of(call, element);
            if (!code) {
                elements.reset();
                break;
            }
            joined += *code;
        }
    }
    if (!elements) {
        call.fail_type(1, "list of characters or codes");
        return;
    }
    if (whole == Whole::number) {
        if (auto value = number_of(call, joined)) call.answer({*value, call[1]});
        return;
    }
    call.answer({result(call, 0, joined, whole == Whole::atom ? As::atom : As::string), call[1]});
}

void char_code(BuiltinCall& call) {
    if (call.is_given(0)) {
        auto known = text(call, 0);
        if (!known) return;
        if (known->size() != 1) {
            call.fail_type(0, "character");
            return;
        }
        call.answer({call[0], unit(call, known->front(), Unit::code)});
        return;
    }
    bool is_integer = call.values.kind(call[1]) == ValueKind::integer;
    std::int64_t code = is_integer ? call.values.as_integer(call[1]) : 0;
    if (code < 0 || code > 0x10FFFF || !is_scalar(static_cast<std::uint32_t>(code))) {
        call.fail_type(1, "character code");
        return;
    }
    call.answer({unit(call, static_cast<char32_t>(code), Unit::character), call[1]});
}

// --- joining and splitting ---

template <As as>
void concat(BuiltinCall& call) {
    std::optional<Text> parts[3];
    for (std::size_t i = 0; i < 3; ++i) {
        if (call.is_given(i) && !(parts[i] = text(call, i))) return;
    }
    if (parts[0] && parts[1]) {
        call.answer({call[0], call[1], result(call, 2, *parts[0] + *parts[1], as)});
        return;
    }
    std::u32string_view whole = *parts[2];
    for (std::size_t i = 0; i <= whole.size() && !call.is_full(); ++i) {
        std::u32string_view left = whole.substr(0, i), right = whole.substr(i);
        if ((parts[0] && *parts[0] != left) || (parts[1] && *parts[1] != right)) continue;
        call.answer({result(call, 0, left, as), result(call, 1, right, as), call[2]});
    }
}

/// `sub_atom(Text, Before, Length, After, Sub)`.
template <As as>
void sub_text(BuiltinCall& call) {
    auto whole = text(call, 0);
    if (!whole) return;
    std::optional<std::size_t> given[3];
    for (std::size_t i = 0; i < 3; ++i) {
        if (!call.is_given(i + 1)) continue;
        if (call.values.kind(call[i + 1]) != ValueKind::integer) {
            call.fail_type(i + 1, "int");
            return;
        }
        std::int64_t number = call.values.as_integer(call[i + 1]);
        if (number < 0 || number > static_cast<std::int64_t>(whole->size())) return;
        given[i] = static_cast<std::size_t>(number);
    }
    const auto &before = given[0], &length = given[1], &after = given[2];
    std::size_t size = whole->size();
    auto found = [&](std::size_t begin, std::size_t count) {
        auto number = [&](std::size_t n) {
            return call.values.integer(static_cast<std::int64_t>(n));
        };
        if ((length && *length != count) || (after && *after != size - begin - count)) return;
        call.answer({call[0], number(begin), number(count), number(size - begin - count),
                     result(call, 4, std::u32string_view(*whole).substr(begin, count), as)});
    };
    if (call.is_given(4)) {
        auto part = text(call, 4);
        if (!part) return;
        for (std::size_t at = whole->find(*part); at != Text::npos;
             at = whole->find(*part, at + 1)) {
            if (!before || *before == at) found(at, part->size());
        }
        return;
    }
    for (std::size_t begin = before.value_or(0); begin <= before.value_or(size); ++begin) {
        if (length || after) {
            std::size_t rest = size - begin;
            std::size_t count = length ? *length : rest - std::min(rest, *after);
            if (count <= rest) found(begin, count);
            continue;
        }
        for (std::size_t count = 0; count <= size - begin && !call.is_full(); ++count) {
            found(begin, count);
        }
    }
}

std::vector<Text> split(const Text& text, std::u32string_view separator) {
    std::vector<Text> parts;
    std::size_t begin = 0;
    for (;;) {
        std::size_t end = text.find(separator, begin);
        parts.push_back(text.substr(begin, end == Text::npos ? end : end - begin));
        if (end == Text::npos) return parts;
        begin = end + separator.size();
    }
}

/// Joins the list in argument 0 by `separator`; nothing after an error.
std::optional<Text> join(BuiltinCall& call, std::u32string_view separator) {
    auto elements = call.values.elements(call[0]);
    Text joined;
    for (std::size_t i = 0; elements && i < elements->size(); ++i) {
        auto part = text_of(call, (*elements)[i]);
        if (!part) {
            elements.reset();
            break;
        }
        if (i > 0) joined += separator;
        joined += *part;
    }
    if (elements) return joined;
    call.fail_type(0, "list of texts");
    return std::nullopt;
}

void concat_list(BuiltinCall& call) {
    if (auto joined = join(call, {})) call.answer({call[0], result(call, 1, *joined, As::atom)});
}

void concat_separated(BuiltinCall& call) {
    auto separator = text(call, 1);
    if (!separator) return;
    if (call.is_given(0)) {
        auto joined = join(call, *separator);
        if (joined) call.answer({call[0], call[1], result(call, 2, *joined, As::atom)});
        return;
    }
    auto whole = text(call, 2);
    if (!whole) return;
    if (separator->empty()) {
        call.fail_type(1, "text to split at");
        return;
    }
    std::vector<Value> parts;
    for (const Text& part : split(*whole, *separator)) parts.push_back(make(call, part, As::atom));
    call.answer({make_list(call, parts), call[1], call[2]});
}

/// `split_string(Text, Separators, Padding, Parts)`: every character of `Separators` ends a part,
/// those of `Padding` are taken off both ends of each.
void split_string(BuiltinCall& call) {
    auto whole = text(call, 0), separators = text(call, 1), padding = text(call, 2);
    if (!whole || !separators || !padding) return;
    std::vector<Value> parts;
    for (std::size_t begin = 0;;) {
        std::size_t end = std::min(whole->find_first_of(*separators, begin), whole->size());
        std::u32string_view part = std::u32string_view(*whole).substr(begin, end - begin);
        auto is_padding = [&](char32_t c) { return padding->find(c) != Text::npos; };
        while (!part.empty() && is_padding(part.front())) part.remove_prefix(1);
        while (!part.empty() && is_padding(part.back())) part.remove_suffix(1);
        parts.push_back(make(call, part, As::string));
        if (end == whole->size()) break;
        begin = end + 1;
    }
    call.answer({call[0], call[1], call[2], make_list(call, parts)});
}

constexpr Builtin kTable[] = {
    {"atom_length", 2, "+?", Gives::terms, text_length},
    {"string_length", 2, "+?", Gives::terms, text_length},
    {"upcase_atom", 2, "+?", Gives::terms, change_case<to_upper, As::atom>},
    {"downcase_atom", 2, "+?", Gives::terms, change_case<to_lower, As::atom>},
    {"string_upper", 2, "+?", Gives::terms, change_case<to_upper, As::string>},
    {"string_lower", 2, "+?", Gives::terms, change_case<to_lower, As::string>},
    {"atom_string", 2, "+? ?+", Gives::terms, atom_string},
    {"text_to_string", 2, "+?", Gives::terms, text_to_string},
    {"atom_number", 2, "+? ?+", Gives::terms, number_text<1, As::atom>},
    {"number_string", 2, "+? ?+", Gives::terms, number_text<0, As::string>},
    {"atom_chars", 2, "+? ?+", Gives::terms, units<Whole::atom, Unit::character>},
    {"atom_codes", 2, "+? ?+", Gives::terms, units<Whole::atom, Unit::code>},
    {"string_chars", 2, "+? ?+", Gives::terms, units<Whole::string, Unit::character>},
    {"string_codes", 2, "+? ?+", Gives::terms, units<Whole::string, Unit::code>},
    {"number_chars", 2, "+? ?+", Gives::terms, units<Whole::number, Unit::character>},
    {"number_codes", 2, "+? ?+", Gives::terms, units<Whole::number, Unit::code>},
    {"char_code", 2, "+? ?+", Gives::terms, char_code},
    {"atom_concat", 3, "++? ??+*", Gives::terms, concat<As::atom>},
    {"string_concat", 3, "++? ??+*", Gives::terms, concat<As::string>},
    {"sub_atom", 5, "+????*", Gives::terms, sub_text<As::atom>},
    {"sub_string", 5, "+????*", Gives::terms, sub_text<As::string>},
    {"atomic_list_concat", 2, "+?", Gives::terms, concat_list},
    {"concat_atom", 2, "+?", Gives::terms, concat_list},
    {"atomic_list_concat", 3, "++? ?++", Gives::terms, concat_separated},
    {"concat_atom", 3, "++? ?++", Gives::terms, concat_separated},
    {"split_string", 4, "+++?", Gives::terms, split_string},
};

}  // namespace

std::span<const Builtin> text_builtins() {
    return kTable;
}

}  // namespace entail::ir
