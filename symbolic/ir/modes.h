#pragma once
// Which calls of a predicate can be answered, and in which order a body is then evaluated.
//
// A predicate called with some argument positions bound is *admissible* there if every rule for it
// can be ordered so that all its literals become ready and all head variables bound. That is a
// greatest fixpoint over (predicate, positions), found by assuming the best and taking back.
// `append/3` is admissible with its third argument bound, and is not with none.
//
// A predicate is *finite* if it is admissible with nothing bound and no recursion through it makes
// new terms or numbers: bottom-up evaluation of all of it then ends.

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "symbolic/ir/binding.h"
#include "symbolic/ir/program.h"

namespace entail::ir {

class Modes {
public:
    explicit Modes(const Program& program);

    bool has_rules(PredicateId predicate) const { return !rules_of_[predicate].empty(); }
    bool is_finite(PredicateId predicate) const { return finite_[predicate]; }
    bool is_admissible(PredicateId predicate, Positions bound);

    /// The rules with `predicate` in a head: (rule, index of the head).
    const std::vector<std::pair<RuleId, std::uint32_t>>& rules_of(PredicateId predicate) const {
        return rules_of_[predicate];
    }

    /// An order of the body's literals in which each can be evaluated when `bound` is bound before;
    /// `bound` is what is bound afterwards. Literals that never become ready are `stuck`.
    struct Order {
        std::vector<std::uint32_t> literals;
        std::vector<std::uint32_t> stuck;
    };
    Order order(const Rule& rule, Bound& bound);

    /// A head variable left unbound, or a stuck literal, of one rule called so.
    struct Unsafe {
        std::optional<VariableId> variable;
        std::optional<std::uint32_t> literal;
    };
    std::optional<Unsafe> unsafe(const Rule& rule, const Atom& head, Positions bound);

private:
    static void answer_by_builtins(const Rule& rule, const Bound& made, const Bound& found,
                                   Bound& answered);
    bool grows(const Rule& rule, const std::vector<std::uint32_t>& component) const;

    const Program& program_;
    std::vector<std::vector<std::pair<RuleId, std::uint32_t>>> rules_of_;
    std::vector<bool> finite_;
    std::map<std::pair<PredicateId, Positions>, bool> admissible_;
    std::uint32_t depth_ = 0;  // of nested questions
};

}  // namespace entail::ir
