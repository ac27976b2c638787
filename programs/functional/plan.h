#pragma once
// A functional program as typed steps: what a pipeline means once the functional programs that it
// calls are put in place. Rules are made of it (programs/lower/functions.h), and it can be executed
// on a scene directly (execute.h, law.h).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "programs/syntax/ast.h"

namespace entail::functional {

inline constexpr std::uint32_t kNone = 0xFFFFFFFF;
/// Functional programs with more steps are refused: calls can multiply.
inline constexpr std::size_t kMaxSteps = 1000;

enum class Type : std::uint8_t {
    nothing,  ///< before the first stage
    set,      ///< of objects
    object,
    number,
    truth,
    value,  ///< of an attribute
};

/// "a set", as messages say it.
std::string_view text(Type type);

struct Step {
    ast::StageKind kind = ast::StageKind::scene;  ///< never `call` or `argument`
    Type type = Type::set;                        ///< what it gives
    std::uint32_t input = kNone;                  ///< the step before, or the first of two operands
    std::uint32_t other = kNone;  ///< the operand of union and intersect, or the second of two
    ast::Name name;   ///< of filter, same, query: the attribute; of relate: the relation
    ast::Term value;  ///< of filter; its variables are parameters
    SourceSpan span;
};

/// Steps stand after those that they use; equal steps are one.
struct Plan {
    std::vector<Step> steps;
    std::uint32_t result = kNone;  ///< the step whose value is the program's
};

/// What a stage gives.
Type result_of(ast::StageKind kind);
/// Whether a stage takes what `input` is.
bool takes(ast::StageKind kind, Type input);
/// What it takes, for messages: "a set or an object".
std::string_view taken_by(ast::StageKind kind);
/// union, intersect: how many pipelines stand beside the input. Comparisons have no input but two.
bool is_comparison(ast::StageKind kind);
/// A stage as it is written: "filter(color, red)".
std::string label(const Step& step);

/// Adds a step, or finds the equal one that is there.
std::uint32_t add_step(Plan& plan, Step step);

}  // namespace entail::functional
