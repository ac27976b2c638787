#pragma once
// The checked program: rules over interned predicates and numbered variables, ready to be
// evaluated. Lowering (programs/lower) makes it from syntax; demand (symbolic/ir/demand.h)
// specialises it.
//
// Invariants: every atom has its predicate's arity; negation and aggregates reach strictly lower
// strata; what is said about choices is said in `choices`, rules only refer to it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "symbolic/base/source.h"
#include "symbolic/base/value.h"
#include "symbolic/ir/type.h"

namespace entail::ir {

using PredicateId = std::uint32_t;
using RuleId = std::uint32_t;
using VariableId = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

struct Builtin;

/// A pattern over the variables of one rule; arithmetic expressions are terms too (`+(A, 1)`).
struct Term {
    enum class Kind : std::uint8_t { variable, constant, compound };
    Kind kind = Kind::constant;
    VariableId variable = 0;  ///< of a variable
    Value value;              ///< of a constant, or the functor of a compound
    std::vector<Term> args;   ///< of a compound

    bool is_variable() const { return kind == Kind::variable; }
    bool is_constant() const { return kind == Kind::constant; }
    bool operator==(const Term&) const = default;

    static Term make_variable(VariableId id);
    static Term make_constant(Value value);
    /// Folds to a constant when all arguments are constants.
    static Term make_compound(Value functor, std::vector<Term> args, ValueStore& values);
};

/// Calls `visit(VariableId)` for every occurrence of a variable in `term`.
template <typename Visit>
void for_each_variable(const Term& term, const Visit& visit) {
    if (term.is_variable()) visit(term.variable);
    for (const Term& argument : term.args) for_each_variable(argument, visit);
}

struct Atom {
    PredicateId predicate = kNone;
    std::vector<Term> args;
    SourceSpan span;
};

enum class CompareOp : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };
/// `list` collects the first components, in standard order of the tuples.
enum class AggregateOp : std::uint8_t { sum, count, min, max, list };

struct Literal {
    enum class Kind : std::uint8_t {
        atom,       ///< atom
        negated,    ///< \+ atom, all variables bound before
        compare,    ///< left op right, both arithmetic
        is,         ///< left is right, right arithmetic
        unify,      ///< left = right
        not_unify,  ///< left \= right, both bound
        in_range,   ///< left in right..upper, the bounds arithmetic
        in_values,  ///< left in {values}
        aggregate,  ///< left = function over atom: its first `grouped` arguments are bound before,
                    ///< the others are the tuples
        builtin,    ///< `builtin` of the arguments of atom, which has no predicate
        not_builtin,  ///< \+ builtin, all variables bound before
        unknown,      ///< left is the unknown number of `choice` for the instance atom.args, which
                      ///< are bound; the atom has no predicate
    };
    Kind kind = Kind::atom;
    CompareOp op = CompareOp::equal;
    AggregateOp function = AggregateOp::sum;
    std::uint32_t grouped = 0;
    const Builtin* builtin = nullptr;
    std::uint32_t choice = kNone;  ///< of an unknown: index into Program::choices
    /// It binds nothing: it waits until all its variables are bound.
    bool only_tests = false;
    SourceSpan span;
    Atom atom;
    Term left, right, upper;
    std::vector<Value> values;
};

/// What a variable-free name for a rule's instances needs: who wrote it.
enum class RuleOrigin : std::uint8_t {
    program,     ///< a clause of the user
    library,     ///< a clause of the standard library
    stage,       ///< a step of a functional program: called with its parameters bound
    constraint,  ///< `:- body.`; the head is an internal atom
    internal,    ///< an auxiliary predicate: the body of an aggregate or of a disjunction
};

struct Head {
    Atom atom;
    std::uint32_t alternative = 0;  ///< of the rule's choice, if it has one
};

struct Rule {
    std::vector<Head> heads;  ///< at least one; several for a disjunction or a distribution
    std::vector<Literal> body;
    std::uint32_t choice = kNone;  ///< index into Program::choices
    /// Numbers that are not known yet may be among the values of its variables: equalities between
    /// them are literals of their own (symbolic/ir/unknowns.h).
    bool meets_unknowns = false;
    RuleId source = kNone;  ///< in a specialised program: the rule of the original
    RuleOrigin origin = RuleOrigin::program;
    SourceSpan span;
    std::vector<std::string> variables;      ///< their names; anonymous ones are "_", added ones ""
    std::vector<SourceSpan> variable_spans;  ///< where each is first mentioned
};

/// One weight of a choice.
struct Weight {
    enum class Kind : std::uint8_t { constant, computed, parameter, network, free };
    Kind kind = Kind::constant;
    double value = 0;         ///< of a constant
    Term expression;          ///< of a computed one, over the rule's variables
    std::uint32_t index = 0;  ///< of a parameter: Program::parameters; of a network: output
};

/// Integers or reals, the bounds included.
struct Numbers {
    bool is_integer = true;
    std::optional<std::int64_t> lower, upper;
    SourceSpan span;
};

/// A statement that makes choices: one for each instance of its rule.
struct ChoiceRule {
    enum class Kind : std::uint8_t { coin, disjunction, distribution, free };
    Kind kind = Kind::coin;
    std::vector<Weight> weights;      ///< one an alternative that is written
    bool silent = false;              ///< constants sum to less than 1: a silent last alternative
    std::vector<VariableId> key;      ///< the variables whose values tell instances apart
    std::uint32_t module = kNone;     ///< Program::modules, of a network's distribution
    std::uint32_t concept_index = 0;  ///< which of the module's concepts
    Term input;                       ///< the module's input
    std::vector<Atom> heads;          ///< what each alternative says, over the rule's variables
    /// Of a free choice among numbers that follow each other, in ascending order.
    std::optional<Numbers> numbers;
    /// Nothing is enumerated: an instance is an unknown number of `numbers`, made by a literal of
    /// its rules, which have no choice. There are no weights, and one head that ends in a variable.
    bool is_unknown = false;
    SourceSpan span;
    std::vector<std::string> variables;
};

struct Predicate {
    std::string name;
    std::uint32_t arity = 0;
    SourceSpan span;        ///< where it was first defined, else first used
    bool internal = false;  ///< not the user's: never printed
    bool demand = false;    ///< holds what is asked for, not what is true
    /// Of a functional program that may have no value: the predicate over its parameters that holds
    /// in such worlds.
    PredicateId undefined = kNone;
};

struct Fact {
    PredicateId predicate;
    std::uint32_t row;  ///< index of its first value in Program::fact_values
    SourceSpan span;
};

/// `pred edge(node, int).`: what every row of a predicate must be.
struct Signature {
    PredicateId predicate;
    std::vector<Type> types;
    SourceSpan span;
};

struct Query {
    Atom atom;
    bool negated = false;
    std::vector<std::string> variables;
    SourceSpan span;
};

struct Evidence {
    Atom atom;  ///< ground
    bool value = true;
    SourceSpan span;
};

/// `#minimize{ V, T : body }.`: the sum of the first components of the tuples that hold.
struct Objective {
    bool maximise = false;
    Atom tuples;  ///< over an internal predicate; every argument a variable of its own
    std::vector<std::string> variables;
    SourceSpan span;
};

/// What `verify` asks of all worlds that satisfy the constraints.
struct Property {
    enum class Kind : std::uint8_t {
        never,      ///< `violation` holds in none
        invariant,  ///< no two that differ in the choices of `under` alone differ in `atom`
    };
    Kind kind = Kind::never;
    Atom violation;                      ///< of `never` and `always`, without arguments
    Atom atom;                           ///< of `invariant`
    std::vector<std::string> variables;  ///< of `atom`
    PredicateId under = kNone;
    SourceSpan span;
};

/// A learnable weight.
struct Parameter {
    double initial;
    SourceSpan span;
};

struct ConceptDeclaration {
    std::string name;           ///< empty for the only concept of a module
    std::vector<Value> domain;  ///< in the order of the network's outputs
};

struct ModuleDeclaration {
    std::string name;
    std::string input_type;
    std::vector<ConceptDeclaration> concepts;
    std::string architecture;
    std::vector<std::string> arguments;  ///< file names and options, as written
    SourceSpan span;
};

struct InputDeclaration {
    Value entity;
    std::string type;
    std::string path;
    SourceSpan span;
};

/// A predicate of which only rows are kept that improve on the best value of their group.
struct Improving {
    PredicateId predicate;
    AggregateOp function;   ///< min or max
    std::uint32_t grouped;  ///< the first columns are the group, the next is the value
    SourceSpan span;        ///< of the aggregate
};

struct Program {
    ValueStore values;
    std::vector<Predicate> predicates;
    std::vector<Fact> facts;
    std::vector<Value> fact_values;
    std::vector<Rule> rules;
    std::vector<ChoiceRule> choices;
    std::vector<Improving> improving;
    std::map<PredicateId, PredicateId>
        twins;                             ///< made by unroll_extrema; facts of one are the other's
    std::vector<PredicateId> constraints;  ///< internal atoms of arity 0 that must be false
    std::vector<Signature> signatures;
    std::vector<Query> queries;
    std::vector<Evidence> evidence;
    std::vector<Objective> objectives;
    std::vector<Property> properties;
    std::vector<Parameter> parameters;
    std::vector<ModuleDeclaration> modules;
    std::vector<InputDeclaration> inputs;

    const Signature* signature(PredicateId predicate) const;  ///< null if it has none
    std::optional<PredicateId> find(std::string_view name, std::size_t arity) const;
    PredicateId add_predicate(Predicate predicate);
    void add_fact(PredicateId predicate, std::span<const Value> row, SourceSpan span);

    std::string print(const Term& term, const std::vector<std::string>& variables) const;
    std::string print(const Atom& atom, const std::vector<std::string>& variables) const;
};

}  // namespace entail::ir
