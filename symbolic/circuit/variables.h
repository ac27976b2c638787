#pragma once
// The variables of a problem for dynamic programming: choices, and facts that exclude each other.
//
// "The sum is 7", "the sum is 8" are two nodes, but one variable with two values. Nodes that no
// world makes true together are put into one *group*, whose values are its members and `none`.
// Every group has a *law*: which value it takes, given the values of the variables that its
// derivations mention. A choice that only one group mentions is no variable; it is part of that
// group's law, whose entries are circuits over such choices.
//
// That nodes exclude each other is found by reading their derivations together as a decision tree
// over the variables that they mention: no leaf may make two nodes true. A node that fits no group
// is a group of its own, and its derivations, when there are many, are added up one by one through
// groups between (Boolean variables).
//
// Source: the view of a program's facts as variables with functional laws is that of Bayesian
// networks; multi-valued variables found by mutual exclusion are known from planning (Helmert,
// "Concise finite-domain representations", 2009). Cost: linear in the derivations where they are
// functional (tables, automata, sums); attempts that go beyond that are given up.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "symbolic/circuit/circuit.h"
#include "symbolic/circuit/problem.h"

namespace entail::circuit {

using VariableId = std::uint32_t;

/// "`variable` has `value`", or has another one. A constant when variable is kNone: `negated` then
/// means false.
struct Test {
    VariableId variable = kNone;
    std::uint32_t value = 0;
    bool negated = false;
    bool is_constant() const { return variable == kNone; }
};

struct Variable {
    std::uint32_t size = 0;   ///< number of values; of a group the last one is `none`
    ChoiceId choice = kNone;  ///< nothing for a group; value k of a choice is its alternative k
    std::vector<VariableId> scope;  ///< what the law of a group mentions, ascending
    /// One leaf of the law: some variables of the scope are in sets of values (the others do not
    /// matter), and then the group's value has a law over the choices that are its own.
    struct Leaf {
        std::uint32_t tests_begin, tests_end;  // of Variables::leaf_tests
        std::uint32_t cases_begin, cases_end;  // of Variables::leaf_cases
    };
    std::vector<Leaf> leaves;
    bool overlaps = false;  ///< leaves may repeat what others say
};

/// A variable is one of the values [begin, end) of Variables::leaf_values, or none of them.
struct LeafTest {
    VariableId variable;
    std::uint32_t begin, end;
    bool none_of = false;
};
struct LeafCase {
    std::uint32_t value;  ///< of the group
    CircuitNode node;     ///< in these worlds of its own choices
};

/// Work was given up, or a limit was reached.
struct TooMuch {};

class Variables {
public:
    /// `nodes`: those that matter, premises first, without cycles; `watched`: nodes whose values
    /// will be asked for or demanded. `tick` is called now and then, and may throw.
    Variables(const Problem& problem, std::span<const NodeId> nodes,
              std::span<const NodeId> watched, CircuitBuilder& builder, std::function<void()> tick);

    const std::vector<Variable>& all() const { return variables_; }
    /// What it means for `n`, one of the watched nodes, to be true.
    Test test(NodeId n) const;

    std::span<const LeafTest> tests(const Variable::Leaf& leaf) const {
        return std::span(leaf_tests_).subspan(leaf.tests_begin, leaf.tests_end - leaf.tests_begin);
    }
    std::span<const LeafCase> cases(const Variable::Leaf& leaf) const {
        return std::span(leaf_cases_).subspan(leaf.cases_begin, leaf.cases_end - leaf.cases_begin);
    }
    /// Calls `visit(k)` for the values of the test's variable that satisfy it, ascending, until it
    /// returns true; returns whether it did.
    template <class Visit>
    bool any_value(const LeafTest& test, Visit visit) const {
        const auto listed = std::span(leaf_values_).subspan(test.begin, test.end - test.begin);
        if (!test.none_of) return std::ranges::any_of(listed, visit);
        auto next = listed.begin();  // ascending
        for (std::uint32_t k = 0; k < variables_[test.variable].size; ++k) {
            if (next != listed.end() && *next == k) {
                ++next;
            } else if (visit(k)) {
                return true;
            }
        }
        return false;
    }
    bool satisfies(const LeafTest& test, std::uint32_t value) const {
        const auto listed = std::span(leaf_values_).subspan(test.begin, test.end - test.begin);
        return std::ranges::binary_search(listed, value) != test.none_of;
    }

private:
    using Body = std::vector<Literal>;
    /// The derivations of one node, or of one step between.
    struct Family {
        std::vector<Body> bodies;
        std::uint32_t height = 0;
        VariableId variable = kNone;
        std::uint32_t value = 0;
    };
    using FamilyId = std::uint32_t;
    class Tree;
    enum class Constant : char { no, yes };

    void simplify(std::span<const NodeId> nodes);
    void count_uses();
    void make_groups();
    bool is_own_choice(ChoiceId choice) const;
    void make_group(std::span<const FamilyId> members);
    bool try_group(std::span<const FamilyId> members, std::size_t core);
    std::vector<VariableId> scope_of(std::span<const FamilyId> families);
    VariableId add_group(Tree& tree, std::size_t members);
    void make_law(FamilyId family, std::size_t most_leaves);
    Variable::Leaf add_leaf(const std::vector<LeafTest>& tests, const std::vector<LeafCase>& cases);
    /// How much the leaves took before an attempt, to take it back.
    struct LeafSizes {
        std::size_t tests, cases, values;
    };
    LeafSizes leaf_sizes() const {
        return {leaf_tests_.size(), leaf_cases_.size(), leaf_values_.size()};
    }
    void forget_leaves(const LeafSizes& before) {
        leaf_tests_.resize(before.tests);
        leaf_cases_.resize(before.cases);
        leaf_values_.resize(before.values);
    }
    void make_single(FamilyId family);
    void make_chain(FamilyId family);
    FamilyId add_step(std::vector<Body> bodies);
    VariableId variable_of_choice(ChoiceId choice);

    struct Case {
        std::uint32_t member;
        std::span<const Literal> literals;
    };

    const Problem& problem_;
    CircuitBuilder& builder_;
    std::function<void()> tick_;
    std::vector<Family> families_;
    std::unordered_map<NodeId, FamilyId> family_of_;
    std::unordered_map<NodeId, Literal> name_;          // a node that is another literal
    std::unordered_map<NodeId, Constant> constant_;     // a node that is always true, or false
    std::unordered_map<ChoiceId, std::uint32_t> uses_;  // families that mention it
    std::unordered_map<ChoiceId, char> watched_;
    std::unordered_map<ChoiceId, VariableId> choice_variable_;
    std::vector<Variable> variables_;
    std::vector<LeafTest> leaf_tests_;
    std::vector<LeafCase> leaf_cases_;
    std::vector<std::uint32_t> leaf_values_;
};

}  // namespace entail::circuit
