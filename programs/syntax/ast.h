#pragma once
// The abstract syntax of an Entail program: plain values, a span on every node, nothing resolved.
// Invariants: a term is at most kMaxTermHeight high and bodies nest at most kMaxNesting deep (the
// parser reports anything deeper), so passes may recurse over them; sequences are flat vectors of
// any length. Equality of content, spans ignored, is `same` in same.h.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "symbolic/base/source.h"

namespace entail::ast {

inline constexpr std::size_t kMaxNesting = 200;
inline constexpr std::size_t kMaxTermHeight = 1000;  ///< chains such as 1 + 1 + 1 grow to the left

struct Name {
    std::string text;
    SourceSpan span;
};

enum class TermKind : std::uint8_t {
    variable,   ///< text: its name
    anonymous,  ///< `_`, each one a variable of its own
    integer,    ///< integer
    real,       ///< real, finite
    string,     ///< text: its content, escapes resolved
    atom,       ///< text: its name, quotes removed
    compound,   ///< text: functor; args: at least one. `A + B` is +(A, B), `-A` is -(A)
    list,       ///< args: the elements, then the tail if has_tail. `[]` has no args
    set,        ///< `{a, b}`; only in domains. args: at least one
    range,      ///< `a..b`; only in domains. args: both ends, any expressions
};

struct Term {
    TermKind kind = TermKind::anonymous;
    bool has_tail = false;
    SourceSpan span;
    std::uint32_t name_length = 0;  ///< bytes of a leading name; see name_span
    std::string text;
    union {
        std::int64_t integer = 0;
        double real;
    };
    std::vector<Term> args;

    /// The name alone of an atom or of `f(…)`; of any other term (operators too), all of it.
    SourceSpan name_span() const {
        if (name_length == 0) return span;
        return {span.source, span.begin, span.begin + name_length};
    }
    /// Of a list: the elements without the tail.
    std::span<const Term> elements() const {
        return {args.data(), args.size() - (has_tail ? 1 : 0)};
    }
    /// Of a list: the tail after `|`, or null.
    const Term* tail() const { return has_tail ? &args.back() : nullptr; }
};

enum class WeightKind : std::uint8_t {
    literal,     ///< `0.3`, `1/3`, `1`: text, value, numerator/denominator
    expression,  ///< `P`, `P * 0.5`: expression
    learnable,   ///< `t(0.5)`: fields of a literal; `t(_)`: text empty
    network,     ///< `nn(m, [I], D, [0, 1])`: network
};

/// `nn(module, [inputs], output, [labels])` of DeepProbLog; one head, no alternatives.
struct Network {
    Name module;
    std::vector<Term> inputs;
    Term output;
    std::vector<Term> labels;
};

struct Weight {
    WeightKind kind = WeightKind::literal;
    SourceSpan span;
    std::string text;    ///< the number as written, blanks removed
    double value = 0.0;  ///< the nearest double
    bool exact = false;  ///< the exact value fits numerator/denominator (reduced, denominator > 0)
    std::int64_t numerator = 0;
    std::int64_t denominator = 1;
    std::vector<Term> expression;  ///< of an expression: one
    std::vector<Network> network;  ///< of a network: one
};

struct Literal;
using Body = std::vector<Literal>;  ///< a conjunction

enum class ComparisonOp : std::uint8_t {
    unify,          // =
    not_unify,      // \=
    is,             // is
    identical,      // ==   like = on bound terms
    not_identical,  // \==
    equal,          // =:=
    not_equal,      // =\=
    less,           // <
    less_equal,     // =<, also written <=
    greater,        // >
    greater_equal,  // >=
    before,         // @<   of terms, in the standard order
    not_after,      // @=<
    after,          // @>
    not_before,     // @>=
    univ,           // =..
};

struct Comparison {
    ComparisonOp op = ComparisonOp::unify;
    std::vector<Term> sides;  ///< exactly two
    const Term& left() const { return sides[0]; }
    const Term& right() const { return sides[1]; }
};

/// `X in domain`.
struct Membership {
    std::vector<Term> sides;  ///< exactly two
    const Term& element() const { return sides[0]; }
    const Term& domain() const {
        return sides[1];
    }  ///< range, set or atom (a type's name, int, real)
};

enum class AggregateOp : std::uint8_t { sum, count, min, max, list };

/// `{ V, I : body }`.
struct Elements {
    SourceSpan span;
    std::vector<Term> tuple;  ///< at least one
    Body body;                ///< at least one
};

/// `S = #sum{ V, I : body }`; `#count{ … } > 2` is held as `2 < #count{ … }`, and
/// `findall(T, body, L)` with the function `list`, the operator `=` and the tuple T.
struct Aggregate {
    ComparisonOp op = ComparisonOp::unify;
    AggregateOp function = AggregateOp::sum;
    std::vector<Term> result;    ///< exactly one: the left side
    std::vector<Elements> over;  ///< exactly one
};

/// `( a, b ; c )`: at least two alternatives, or one when it is negated: `\+ ( a, b )`. So are
/// `forall(a, b)`, read as `\+ ( a, \+ b )`, and `( t -> a ; b )`, read as `( t, a ; \+ t, b )`.
/// Parentheses that only group a conjunction are dissolved into it.
struct Disjunction {
    std::vector<Body> alternatives;
};

/// One conjunct of a body. A Term here is an atom (kind atom or compound).
struct Literal {
    SourceSpan span;
    bool negated = false;  ///< `\+` or `not` before it, of any form
    std::variant<Term, Comparison, Membership, Aggregate, Disjunction> form;
};

// --- sentences of first-order logic ---

enum class FormulaKind : std::uint8_t {
    truth,
    falsity,
    atom,         ///< atom: kind atom or compound; bound names in it are variables, others atoms
    equal,        ///< sides: two
    negation,     ///< parts: one
    conjunction,  ///< parts: two or more
    disjunction,  ///< parts: two or more
    exclusive,    ///< parts: two or more; an odd number of them is true
    implication,  ///< parts: two
    equivalence,  ///< parts: two or more, read from the left
    for_all,      ///< variables, parts: one
    exists,       ///< variables, parts: one
};

/// At most kMaxNesting high, like bodies; so are its terms.
struct Formula {
    FormulaKind kind = FormulaKind::truth;
    SourceSpan span;
    std::vector<Term> atom;  ///< of an atom: one
    std::vector<Term> sides;
    std::vector<Name> variables;  ///< at least one
    std::vector<Formula> parts;
};

// --- statements ---

struct Head {
    SourceSpan span;
    std::optional<Weight> weight;
    Term atom;  ///< kind atom or compound
};

/// Fact, rule, coin, annotated disjunction: `w1::h1 ; w2::h2 :- body.` With two heads or more,
/// every head has a weight.
struct Clause {
    std::vector<Head> heads;
    Body body;
};

enum class DistributionKind : std::uint8_t { module, categorical, normal, uniform, exponential };

struct CategoricalValue {
    Term value;
    Weight weight;
};

struct Distribution {
    DistributionKind kind = DistributionKind::module;
    SourceSpan span;
    Name module;               ///< of a module: `mnist(I)`
    std::optional<Name> part;  ///< `color` of `seen.color(O)`
    std::vector<Term> args;    ///< inputs of the module, or the numbers of normal(…) …
    std::vector<CategoricalValue> choices;  ///< of categorical{…}: at least one
};

/// `head ~ distribution :- body.` The last argument of the head is drawn.
struct Draw {
    Term head;
    Distribution distribution;
    Body body;
};

/// `choose head in domain :- body.` The last argument of the head is chosen.
struct Choose {
    Term head;
    Term domain;
    Body body;
};

/// `:- body.`
struct Constraint {
    Body body;
};

/// `:- use_module(…).`, accepted and ignored.
struct Directive {
    Term goal;
};

enum class Direction : std::uint8_t { minimize, maximize };

/// `#minimize{ C, T : body }.`
struct Objective {
    Direction direction = Direction::minimize;
    Elements over;
};

/// `type name = domain.`
struct TypeDeclaration {
    Name name;
    Term domain;
};

/// `pred name(type, …).`
struct Signature {
    Name name;
    std::vector<Term> types;  ///< domains; none for `pred name.`
};

struct Concept {
    Name name;
    Term domain;
};

struct Architecture {
    Name name;
    std::vector<Term> args;  ///< strings and numbers
    SourceSpan span;
};

/// `module name : input -> output = architecture.`
struct ModuleDeclaration {
    Name name;
    Name input;
    std::optional<Term> output;     ///< one concept: a domain
    std::vector<Concept> concepts;  ///< or several: `{shape: shape, color: color}`
    Architecture architecture;
};

/// `input entity : type = "path".`
struct Input {
    Term entity;  ///< a constant
    Name type;
    Name path;  ///< text: the string's content
};

/// `facts name/arity from "path".`
struct FactsFile {
    Name name;
    std::uint32_t arity = 0;
    Name path;
};

enum class StageKind : std::uint8_t {
    scene,
    filter,
    relate,
    same,
    union_,
    intersect,
    unique,
    count,
    exist,
    query,
    equal,
    less,
    greater,
    equal_integer,
    call,      ///< another functional program used as a stage; resolved when the program is checked
    argument,  ///< a bare expression among the arguments of a call, or a parameter as a stage
};

struct Stage;
/// `scene |> filter(color, red) |> count`, at least one stage. Stages are not typed yet.
struct Pipeline {
    SourceSpan span;
    std::vector<Stage> stages;
};

struct Stage {
    StageKind kind = StageKind::scene;
    SourceSpan span;
    Name name;                        ///< of a call
    std::vector<Term> args;           ///< of filter, relate, same, query; their number is checked.
                                      ///< Of an argument: one
    std::vector<Pipeline> pipelines;  ///< of union, intersect: one; of equal, less, …: two. Of a
                                      ///< call: all its arguments
};

/// `fun name(P, …) = pipeline.`
struct Function {
    Name name;
    std::vector<Term> parameters;  ///< variables, `_` too; not checked to be distinct
    Pipeline pipeline;
};

/// `query a.`, `query \+ a.`, `query(a).`
struct Query {
    bool negated = false;
    Term atom;
};

/// `evidence a.`, `evidence \+ a.`, `evidence(a, false).`
struct Evidence {
    bool negated = false;
    Term atom;
};

/// `never body.`
struct Never {
    Body body;
};

/// `always claim :- body.`
struct Always {
    Literal claim;
    Body body;  ///< may be empty
};

/// `invariant atom under predicate.` or `under predicate/arity.`
struct Invariant {
    Term atom;
    Name predicate;
    std::optional<std::uint32_t> arity;
};

/// `import name.` or `import "file.ent".`
struct Import {
    Name name;
    bool is_path = false;  ///< written as a string
};

/// `fol sentence.`, bare or in double quotes. No name in it is free that looks like a variable.
struct Sentence {
    Formula formula;
};

/// `claim name: sentence.`
struct Claim {
    Name name;
    Formula formula;
};

struct Statement {
    SourceSpan span;  ///< from the first token to the final dot, included
    std::variant<Clause, Draw, Choose, Constraint, Directive, Objective, TypeDeclaration, Signature,
                 ModuleDeclaration, Input, FactsFile, Function, Query, Evidence, Never, Always,
                 Invariant, Import, Sentence, Claim>
        form;
};

/// What could be read; a statement with an error in it is left out, unless only its dot was wrong.
struct File {
    std::vector<Statement> statements;
};

}  // namespace entail::ast
