#pragma once
// Built-in predicates: functions from what is known of their arguments to the tuples that hold.
//
// A *mode* says which argument positions must be bound before a built-in can be evaluated, and
// whether several tuples may then hold: `append/3` has the modes "++?" and "??+*". Everything else
// about a built-in is a function; the tables are in builtin_terms.cpp, builtin_lists.cpp and
// builtin_text.cpp. What needs rules is in programs/library/lists.ent instead.

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symbolic/base/value.h"
#include "symbolic/ir/arithmetic.h"

namespace entail::ir {

/// One call: what is known of the arguments, and what the function finds.
class BuiltinCall {
public:
    /// `arguments`: nothing where an argument is not bound.
    BuiltinCall(std::span<const std::optional<Value>> arguments, ValueStore& for_values)
        : values(for_values), arguments_(arguments) {}

    ValueStore& values;

    bool is_given(std::size_t i) const { return arguments_[i].has_value(); }
    Value operator[](std::size_t i) const { return *arguments_[i]; }
    const std::optional<Value>& argument(std::size_t i) const { return arguments_[i]; }

    /// This tuple holds, if it agrees with what is given.
    void answer(std::initializer_list<Value> tuple);
    void answer(std::span<const Value> tuple);
    /// Argument `i` has a value that makes the call meaningless: `expected` was the type.
    void fail_type(std::size_t i, std::string_view expected);
    void fail(ArithmeticError error) { arithmetic_ = error; }

    struct TypeError {
        std::size_t argument;
        std::string_view expected;
    };
    bool has_failed() const { return type_error_ || arithmetic_ != ArithmeticError::none; }
    const std::optional<TypeError>& type_error() const { return type_error_; }
    ArithmeticError arithmetic_error() const { return arithmetic_; }
    /// Tuples one after the other.
    std::vector<Value> take_answers() { return std::move(answers_); }
    /// True when there are more answers than anyone would wait for: the function should return.
    bool is_full() const { return answers_.size() >= kMaxAnswers * arguments_.size(); }
    static constexpr std::size_t kMaxAnswers = 2'000'000;

private:
    std::span<const std::optional<Value>> arguments_;
    std::vector<Value> answers_;
    std::optional<TypeError> type_error_;
    ArithmeticError arithmetic_ = ArithmeticError::none;
};

struct Builtin {
    std::string_view name;
    std::uint32_t arity;
    /// Separated by blanks: for each argument `+` (must be bound) or `?`, then `*` if there may be
    /// several answers.
    std::string_view modes;
    /// What it adds to the arguments that are bound: parts of them, or terms of its own making.
    enum class Gives : std::uint8_t { parts, terms } gives;
    void (*run)(BuiltinCall&);
    /// The modes in which it looks at the shape of its arguments alone and never compares what is
    /// inside: unknown numbers may be there then.
    std::string_view shape_modes = "";

    bool has_name(std::string_view other, std::size_t other_arity) const {
        return name == other && arity == other_arity;
    }
    /// Can it be evaluated with these positions bound (as bits)? Then: has it one answer at most?
    bool is_ready(std::uint64_t bound) const;
    bool is_single(std::uint64_t bound) const;
    /// The positions that must be bound in the first mode that these serve; all if they serve none.
    std::uint64_t needed(std::uint64_t bound) const;
    /// Can it be evaluated with unknown numbers inside its arguments, `bound` of which are given?
    bool follows_unknown(std::uint64_t bound) const;
    /// The modes as a person writes them: `append(+,+,?)` or `append(?,?,+)`.
    std::string forms() const;
};

const Builtin* find_builtin(std::string_view name, std::size_t arity);
/// All of them, in the order of the tables.
std::vector<const Builtin*> all_builtins();

// The tables.
std::span<const Builtin> term_builtins();
std::span<const Builtin> list_builtins();
std::span<const Builtin> text_builtins();

}  // namespace entail::ir
