#pragma once
// A rule compiled for one way of evaluating it: its literals in order, each with what is bound
// then.
//
// Semi-naive evaluation runs a rule once for each literal whose relation has grown, that literal
// first and over the new rows alone; what comes after is ordered by cost: filters as soon as they
// can run, then the atom with the fewest expected matches, from the sizes of relations and the
// numbers of different values in their bound columns at that time. Atoms that lack one and the same
// variable are joined together: the shortest list of candidates is walked and the others are
// probed, which is a generic join (Ngo, Ré, Rudra, SIGMOD Record 2013) and keeps cyclic bodies
// (triangles, squares) within the worst case of their results.
// Cost: quadratic in the number of literals.

#include <memory>
#include <optional>
#include <vector>

#include "symbolic/eval/index.h"
#include "symbolic/eval/pattern.h"
#include "symbolic/eval/relation.h"
#include "symbolic/ir/program.h"

namespace entail::eval {

/// Which rows of an atom's relation a plan looks at, by what was there when the round began.
enum class Rows : std::uint8_t {
    old,      ///< before the last round
    fresh,    ///< those of the last round
    present,  ///< both
};

/// A bound variable or a constant.
struct Operand {
    std::optional<ir::VariableId> variable;
    Value constant;
    Value value(std::span<const Value> bindings) const {
        return variable ? bindings[*variable] : constant;
    }
};

struct Step {
    enum class Access : std::uint8_t {
        other,      ///< no atom
        given,      ///< one tuple that the caller brings
        scan,       ///< all rows of the window
        lookup,     ///< those with `key`, by an index
        probe,      ///< all columns are bound
        intersect,  ///< the rows of `members` that agree on `variable`
    };
    const ir::Literal* literal = nullptr;  ///< of an intersection: its first member's
    Access access = Access::other;
    Rows rows = Rows::present;
    Columns key_columns = 0;    ///< of an atom, a negated atom, a built-in, an aggregate's group
    std::vector<ir::Term> key;  ///< their terms, all bound
    Index* index = nullptr;     ///< of a lookup, once prepared
    struct Match {
        std::uint32_t column;
        Pattern pattern;
    };
    std::vector<Match> matches;  ///< the other columns of an atom or a built-in
    std::optional<Pattern>
        pattern;  ///< what the result of `is`, `=`, `in`, an aggregate is matched with
    bool result_is_bound = false;  ///< all variables of that pattern are bound before
    bool left_is_source = false;   ///< of `=`: the left side is built, the right one matched

    /// An atom of an intersection: all columns but one are bound, that one is `variable`.
    struct Member {
        const ir::Literal* literal;
        Rows rows;
        std::uint32_t column;  ///< the variable's
        Columns key_columns;
        std::vector<Operand> key;
        std::vector<Operand> tuple;  ///< all columns
        Index* index = nullptr;
    };
    ir::VariableId variable = 0;
    std::vector<Member> members;
};

struct Plan {
    std::vector<Step> steps;
    std::shared_ptr<const ir::Literal> given;  ///< what the first step matches, of Start::given
    /// The head's columns if it is one atom of variables and constants and nothing is chosen.
    std::optional<std::vector<Operand>> head;
    /// The step after which the head is bound, if steps that enumerate follow: one certain match of
    /// them is enough.
    std::size_t head_step = kNoStep;
    static constexpr std::size_t kNoStep = ~std::size_t{0};
    /// Running it adds no values to the store and reports nothing but wrong comparisons, so that
    /// several threads may.
    bool only_reads = false;
};

/// Which literal a plan starts with, and on which rows the others look.
struct Start {
    /// The literal of the body that goes first, over fresh rows: atoms before it look at old rows,
    /// atoms after it at all. Nothing: all rows of everything, in any order.
    std::optional<std::uint32_t> fresh;
    bool intersect = true;  ///< may use intersections
    /// Matched with a tuple of the caller's before the body, which then looks at all rows.
    const ir::Atom* given = nullptr;
    bool any_age =
        false;  ///< atoms before `fresh` look at all rows too, known heads are found again
};

/// `rule` must outlive the plan; `relations` tell what things cost.
Plan make_plan(const ir::Rule& rule, Start start, const std::vector<Relation>& relations);

}  // namespace entail::eval
