#pragma once
// A rule compiled for one way of evaluating it: its literals in order, each with what is bound
// then.
//
// Semi-naive evaluation runs a rule once for each literal whose relation has grown, that literal
// first and over the new rows alone; what comes after is ordered so that filters run as soon as
// they can and atoms with the most bound columns come first.

#include <optional>
#include <vector>

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

struct Step {
    const ir::Literal* literal = nullptr;
    Rows rows = Rows::present;
    Columns key_columns = 0;    ///< of an atom, a negated atom, an aggregate's group
    std::vector<ir::Term> key;  ///< their terms, all bound
    struct Match {
        std::uint32_t column;
        Pattern pattern;
    };
    std::vector<Match> matches;  ///< the other columns of an atom
    std::optional<Pattern>
        pattern;  ///< what the result of `is`, `=`, `in`, an aggregate is matched with
    bool result_is_bound = false;  ///< all variables of that pattern are bound before
    bool left_is_source = false;   ///< of `=`: the left side is built, the right one matched
};

struct Plan {
    std::vector<Step> steps;
};

/// The plan of `rule` that starts with the new rows of body literal `fresh`, or, without it, one
/// that looks at all rows. Atoms before `fresh` look at old rows, atoms after it at all.
Plan make_plan(const ir::Rule& rule, std::optional<std::uint32_t> fresh);

}  // namespace entail::eval
