#pragma once
// Ground terms as 32-bit values. Two values of one store are equal iff their bits are: terms are
// hash-consed, so lists and compound terms cost one comparison like any other value.
//
// A number that is not known yet is a value too, and so is what arithmetic makes of it: an
// *expression* over unknown numbers, one value however often it is made. Two different expressions
// may well be equal numbers; only identical ones are the same value.
//
// Layout: the low three bits are the kind; the rest is a small integer itself or an index into the
// store. Thread safety: a ValueStore may be read by many threads while none adds to it.

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace entail {

class Value {
public:
    enum class Kind : std::uint32_t {
        small_integer,
        integer,
        real,
        atom,
        string,
        compound,
        unknown
    };

    Value() = default;
    std::uint32_t bits() const { return bits_; }
    static Value from_bits(std::uint32_t bits) {
        Value value;
        value.bits_ = bits;
        return value;
    }
    bool operator==(const Value&) const = default;

private:
    friend class ValueStore;
    static constexpr std::uint32_t kKindBits = 3;
    Value(Kind kind, std::uint32_t payload)
        : bits_(payload << kKindBits | static_cast<std::uint32_t>(kind)) {}
    Kind raw_kind() const { return static_cast<Kind>(bits_ & ((1U << kKindBits) - 1)); }
    std::uint32_t payload() const { return bits_ >> kKindBits; }

    std::uint32_t bits_ = 0;  // the small integer 0
};

/// What a value is, for code that does not care how integers are stored.
enum class ValueKind { integer, real, atom, string, compound, unknown };

/// How an expression over unknown numbers is made. Divisions round and sign as in Entail: `//` and
/// `mod` floor.
enum class ExpressionOp : std::uint8_t {
    unknown,       ///< an unknown number itself
    add,           ///< two operands or more; at most the last is a number
    multiply,      ///< two operands; the first may be a number, of the sort of the product
    divide,        ///< `/`
    floor_divide,  ///< `//`
    modulo,
    absolute,
    minimum,  ///< two operands or more, of one sort
    maximum,
};

/// Numbers between which a value lies; infinite where nothing is known. Holds for every value of
/// the unknowns.
struct Interval {
    double lower = -std::numeric_limits<double>::infinity();
    double upper = std::numeric_limits<double>::infinity();
};

/// A number that is not known yet. Reals are never integers: 1.0, not 1.
struct UnknownNumber {
    std::string name;  ///< what people read: "start(cut)"
    bool is_integer = true;
    std::optional<Value> lower, upper;  ///< numbers, included
};

class ValueStore {
public:
    ValueStore();
    ValueStore(const ValueStore&) = default;
    ValueStore& operator=(const ValueStore&) = default;

    Value integer(std::int64_t number);
    Value real(double number);  ///< -0.0 is stored as 0.0; a NaN is refused (std::invalid_argument)
    Value atom(std::string_view name);
    Value string(std::string_view text);
    /// `arguments` must not be empty: a compound of no arguments is its atom.
    Value compound(Value functor, std::span<const Value> arguments);
    /// The value of this store that is what `value` is in `other`.
    Value copy(Value value, const ValueStore& other);
    /// A new unknown number.
    Value unknown(UnknownNumber number);
    /// An expression over unknowns as it is: symbolic/ir/expressions.h brings it into its normal
    /// form. An `is_integer` one is an integer in every world, any other a real. There must be an
    /// operand that is no number; `within` holds in every world.
    Value expression(ExpressionOp op, bool is_integer, std::span<const Value> operands,
                     Interval within);
    Value nil() const { return nil_; }    ///< `[]`
    Value cons() const { return cons_; }  ///< the functor of `[H|T]`

    ValueKind kind(Value value) const;
    bool is_number(Value value) const;  ///< an integer or a real, and known
    bool is_unknown(Value value) const { return value.raw_kind() == Value::Kind::unknown; }
    /// Is it unknown, or a term with something unknown in it?
    bool has_unknown(Value value) const;
    std::int64_t as_integer(Value value) const;
    double as_double(Value value) const;       ///< of an integer or a real
    std::string_view text(Value value) const;  ///< of an atom or a string
    /// Of an unknown value.
    ExpressionOp op(Value unknown) const;
    std::span<const Value> operands(Value unknown) const;  ///< none of an unknown number itself
    std::uint32_t unknown_id(Value number) const;          ///< of one whose op is `unknown`
    const UnknownNumber& unknown(std::uint32_t id) const { return unknowns_[id]; }
    std::size_t unknown_count() const { return unknowns_.size(); }
    /// Of a number or an unknown: is it an integer, in every world?
    bool is_integral(Value value) const;
    Interval interval(Value value) const;
    Value functor(Value compound) const;
    std::span<const Value> arguments(Value compound) const;
    bool is_cons(Value value) const;
    /// The elements of a proper list, nothing for any other value.
    std::optional<std::vector<Value>> elements(Value list) const;

    /// Standard order of terms: numbers by value (an integer before an equal real) < what is
    /// unknown, in a fixed order < atoms < strings < compounds by arity, name, arguments. Negative,
    /// zero or positive.
    int compare(Value a, Value b) const;
    /// Numbers by value alone, exactly: 1 and 1.0 are equal here.
    int compare_numbers(Value a, Value b) const;
    /// As Entail writes it: atoms quoted when they must be, no blanks: `f(a,[1,2|T])`.
    std::string print(Value value) const;

    std::size_t size() const;   ///< number of stored values, small integers excluded
    std::size_t bytes() const;  ///< about what they take

private:
    struct Compound {
        Value functor;
        std::uint32_t begin;
        std::uint32_t arity : 31;
        std::uint32_t has_unknown : 1;
    };
    struct Expression {
        ExpressionOp op;
        bool is_integer;
        std::uint32_t begin;  // in arguments_; of an unknown number its id
        std::uint32_t count;
        Interval within;
    };
    void print_expression(Value root, std::string& out) const;
    std::uint32_t intern_text(std::string_view text);
    void grow_compounds();

    std::vector<std::int64_t> integers_;
    std::vector<double> reals_;
    std::size_t text_bytes_ = 0;
    std::deque<std::string> texts_;  // a deque: the views that index it must not move
    std::vector<Compound> compounds_;
    std::vector<Value> arguments_;
    std::vector<UnknownNumber> unknowns_;
    std::vector<Expression> expressions_;
    std::unordered_multimap<std::size_t, std::uint32_t> expression_index_;
    std::unordered_map<std::int64_t, std::uint32_t> integer_index_;
    std::unordered_map<std::uint64_t, std::uint32_t> real_index_;
    std::unordered_map<std::string, std::uint32_t> text_index_;
    static constexpr std::uint32_t kFree = 0xFFFFFFFF;
    std::vector<std::uint32_t> compound_slots_;  // open addressing over compounds_, a power of two
    Value nil_, cons_;
};

/// An atom as source text: quoted when it is not a plain name.
std::string quote_atom(std::string_view name);
/// A string as source text, in double quotes.
std::string quote_string(std::string_view text);
/// A real as source text: the shortest that reads back equal, always with a point or an exponent.
std::string print_real(double number);

}  // namespace entail

template <>
struct std::hash<entail::Value> {
    std::size_t operator()(entail::Value value) const noexcept {
        return std::size_t{value.bits()} * 0x9E3779B97F4A7C15ULL >> 7U;
    }
};
