#pragma once
// Why an atom holds, or does not: a graph of steps as plain values, that knows no evaluator.
//
// Invariants:
//   1. children come before parents: a step refers to steps of smaller ids only, except for
//      Failure::Kind::circular, whose step is absent itself and may stand anywhere;
//   2. no two steps conclude the same; what several need is there once and referred to;
//   3. `root` is the step that concludes `query`; kNone if no proof was found.
// What an atom *needs of a choice* is a set of alternatives; a proof holds in every world in which
// each choice takes one of the alternatives that all its steps together allow.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace entail::proof {

using StepId = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

/// A place in a source, for people (`file:line`) and for programs (bytes).
struct Place {
    std::string file;                  ///< empty: nowhere
    std::uint32_t line = 0;            ///< from 1
    std::uint32_t begin = 0, end = 0;  ///< half-open range of bytes in the file
    bool operator==(const Place&) const = default;
};
/// `sum.ent:4`; empty for no place.
std::string print(const Place& place);

struct Binding {
    std::string variable, value;
    bool operator==(const Binding&) const = default;
};

/// One value that a choice may take.
struct Alternative {
    std::string atom;   ///< what it makes true; empty for the silent rest
    std::string value;  ///< of a distribution: the value drawn
    double weight = 1;
    bool operator==(const Alternative&) const = default;
};

/// One choice: a statement that makes choices, for one instance.
struct Choice {
    enum class Kind : std::uint8_t { coin, disjunction, distribution, free };
    enum class Weights : std::uint8_t { constant, computed, parameter, perceived, free };
    Kind kind = Kind::coin;
    Weights weights = Weights::constant;  ///< where they come from
    Place place;
    std::string text;  ///< of the statement
    std::vector<Binding> instance;
    std::vector<Alternative> alternatives;
    std::vector<std::uint32_t> allowed;  ///< those that the proof as a whole allows, ascending
    std::string module, concept_name;    ///< of perceived weights
    std::string input;                   ///< the module's input: an entity's name
    std::string input_path;              ///< and its file, if known
    bool operator==(const Choice&) const = default;
};

/// "`choice` takes one of `alternatives`" (ascending).
struct ChoiceUse {
    std::uint32_t choice = kNone;  ///< index into Proof::choices
    std::vector<std::uint32_t> alternatives;
    bool operator==(const ChoiceUse&) const = default;
};

/// One literal of a rule's body, instantiated. Tests and arithmetic have no step: the text is all.
struct Premise {
    std::string literal;
    StepId step = kNone;
    bool operator==(const Premise&) const = default;
};

/// One tuple that an aggregate ranges over.
struct Member {
    enum class Status : std::uint8_t {
        counted,  ///< it holds, by `step`
        absent,   ///< it does not hold, by `step`
        open,     ///< it may hold or not: the value is the same either way
    };
    std::string tuple;  ///< `3,d1`: the components, the value first
    Status status = Status::counted;
    StepId step = kNone;
    bool operator==(const Member&) const = default;
};

/// One way in which an absent atom could have held, and what that way lacks.
struct Failure {
    enum class Kind : std::uint8_t {
        choice,    ///< the choice takes another alternative
        premise,   ///< a premise does not hold (or holds, where it is negated), by `step`
        circular,  ///< a premise could only hold by this very atom; `step` is the premise's
        literal,   ///< a literal fails as such: a test, or an atom that nothing gives
    };
    Kind kind = Kind::literal;
    std::uint32_t rule = kNone;  ///< index into ir::Program::rules
    Place place;
    std::string text;  ///< of the rule
    std::vector<Binding> bindings;
    std::string literal;  ///< the one that fails, instantiated
    StepId step = kNone;
    ChoiceUse use;  ///< of kind choice: what it takes instead
    bool operator==(const Failure&) const = default;
};

struct Step {
    enum class Kind : std::uint8_t {
        given,      ///< a fact of the program, of a file or an input
        library,    ///< a certain fact of the standard library
        rule,       ///< an instance of a rule, perhaps with a choice
        aggregate,  ///< a function of the tuples that hold
        absent,     ///< the atom does not hold: every way fails
        assumed,    ///< not explained: the search was cut off
    };
    Kind kind = Kind::given;
    std::string atom;  ///< what it concludes; of an absent one, what does not hold
    Place place;
    std::string text;       ///< of the fact or the rule
    bool is_input = false;  ///< of a given one: from an `input` statement

    std::uint32_t rule = kNone;  ///< index into ir::Program::rules
    std::vector<Binding> bindings;
    std::vector<Premise> premises;  ///< in the order of the body
    std::vector<ChoiceUse> uses;    ///< what the step itself needs of choices

    std::string function, value;  ///< of an aggregate: `sum`, `105`
    std::vector<Member> members;

    std::vector<Failure> failures;  ///< of an absent one; none: no rule and no fact gives it

    /// Of this proof of the atom: the product over the choices used at or below this step of the
    /// weight that they allow; free choices have none. Nothing where no weighted choice is used (or
    /// for want of time).
    std::optional<double> probability;
    /// Of the atom itself, over all its proofs, where the engine says.
    std::optional<double> total;
    bool operator==(const Step&) const = default;
};

/// Evidence or a constraint: what the total probability is conditioned on.
struct Condition {
    bool is_constraint = false;
    std::string text;  ///< the literal, or the constraint as written
    Place place;
    bool operator==(const Condition&) const = default;
};

struct Proof {
    enum class Search : std::uint8_t {
        best,     ///< no proof is more probable
        cut_off,  ///< a probable proof: a limit ended the search
        failed,   ///< a limit ended the search before it found any
    };
    std::string query;
    bool holds = true;  ///< false: the root is absent, and says why
    Search search = Search::best;
    /// The least and the greatest probability of the query, over all proofs, given the conditions.
    std::optional<double> lower, upper;
    std::vector<Condition> conditions;
    /// The proof agrees with the conditions: found together with proofs of them.
    bool meets_conditions = true;
    std::vector<Choice> choices;
    std::vector<Step> steps;
    StepId root = kNone;
    bool operator==(const Proof&) const = default;
};

/// Fills Step::probability of all steps and Choice::allowed from the uses of choices. `effort`
/// bounds the work: beyond, only the root gets its probability.
void set_probabilities(Proof& proof, std::size_t effort = 20'000'000);

/// What is wrong with the form of a proof (ids, order, weights), or nothing.
std::string malformed(const Proof& proof);

}  // namespace entail::proof
