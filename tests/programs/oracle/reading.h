#pragma once
// What the oracle reads off the syntax tree: clauses with numbered variables. A plain
// transcription; nothing is normalised, reordered or simplified, so that it can be compared with
// language.md.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "programs/syntax/ast.h"
#include "tests/programs/oracle/terms.h"

namespace entail::tests {

/// A term that may hold variables. Ground subterms are interned.
struct Pattern {
    int slot = -1;  ///< a variable's number, or -1
    Id ground = -1;
    std::string functor;  ///< of a compound that is not ground
    std::vector<Pattern> args;

    bool is_variable() const { return slot >= 0; }
    bool is_ground() const { return ground >= 0; }
};

struct Domain {
    enum class Kind : std::uint8_t { range, set } kind = Kind::set;
    Pattern low, high;            ///< of a range: expressions
    std::vector<Pattern> values;  ///< of a set
};

struct Goal;
using Goals = std::vector<Goal>;

struct Goal {
    enum class Kind : std::uint8_t {
        atom,
        library,
        comparison,
        membership,
        aggregate,
        disjunction
    };
    Kind kind = Kind::atom;
    bool negated = false;
    int predicate = -1;         ///< of an atom
    std::string name;           ///< of a library predicate
    std::vector<Pattern> args;  ///< of atoms; both sides; an element; an aggregate's result
    ast::ComparisonOp op = ast::ComparisonOp::unify;
    Domain domain;
    ast::AggregateOp function = ast::AggregateOp::sum;
    std::vector<Pattern> tuple;
    std::vector<Goals> bodies;  ///< alternatives, or the one body of an aggregate
    std::vector<int> slots;     ///< every variable in it, with repetition
    std::vector<int> needs;     ///< bound before it can run: of negated goals and aggregates
};

struct Chance {
    bool exact = false;
    std::int64_t numerator = 0, denominator = 1;
    double value = 0.0;
    std::optional<Pattern> expression;
};

struct Head {
    int predicate = -1;
    std::vector<Pattern> args;
    Chance chance;
};

struct Clause {
    enum class Kind : std::uint8_t { certain, weighted, draw, choose };
    Kind kind = Kind::certain;
    std::vector<Head> heads;
    std::vector<std::pair<Pattern, Chance>> drawn;  ///< of a draw: the values
    Domain domain;                                  ///< of a choose
    Goals body;
    int slot_count = 0;
    std::vector<int> instance;  ///< the variables that make an instance
};

struct Predicate {
    std::string name;
    int arity = 0;
    bool facts_only = true;
    std::vector<std::vector<Id>> facts;        ///< when facts_only
    std::vector<std::pair<int, int>> clauses;  ///< clause, head
    std::set<std::pair<int, bool>> depends;    ///< predicate, through negation or an aggregate
    int component = -1;                        ///< mutually recursive predicates share it
    bool recursive = false;
};

struct Question {
    bool negated = false;
    int predicate = -1;
    std::vector<Pattern> args;
    int slot_count = 0;
};

struct Reading {
    Terms terms;
    std::vector<Predicate> predicates;
    std::vector<Clause> clauses;
    std::vector<Clause> constraints;  ///< no heads
    std::vector<Question> evidence, queries;
};

/// Throws OracleRefusal on statements outside of the oracle's fragment, OracleProgramError on a
/// cycle through negation.
Reading read(const ast::File& file);

}  // namespace entail::tests
