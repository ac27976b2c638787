#pragma once
// What evaluation has found: the least model of the certain rules, the uncertain facts, and how the
// latter follow from choices.

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "symbolic/eval/relation.h"
#include "symbolic/ir/binding.h"
#include "symbolic/ir/demand.h"
#include "symbolic/ir/program.h"
#include "symbolic/provenance/derivation_graph.h"

namespace entail::eval {

/// What a node of the derivation graph stands for.
struct NodeOrigin {
    enum class Kind : std::uint8_t {
        fact,         ///< row `row` of `predicate`
        aggregate,    ///< outcome `value` of aggregate `row` of Database::aggregates
        step,         ///< a state inside an aggregate: nothing a person would name
        conjunction,  ///< of its premises
        asked,        ///< some row is equal to Database::asked[row]
        comparison,   ///< theory literal `row`, a choice: it holds, or with `value` = 1 it does not
    };
    Kind kind = Kind::fact;
    ir::PredicateId predicate = 0;
    Row row = 0;
    Value value;
};

/// One aggregate that was evaluated: `function` over the tuples of `predicate` that start with
/// `group`.
struct AggregateInstance {
    ir::PredicateId predicate;
    ir::AggregateOp function;
    std::vector<Value> group;
    /// The value when all members are certain; min and max of nothing have none.
    bool certain = false;
};

/// Where the weights of one choice come from.
struct ChoiceWeights {
    std::vector<double> constants;  ///< by alternative; meaningless where the program's weight is a
                                    ///< parameter or a network's
    std::vector<std::uint32_t> alternatives;  ///< by alternative: its index in the ChoiceRule, or
                                              ///< ir::kNone for the silent one
    Value input;                              ///< of a network's distribution
};

/// The sum of independent choices, none of them free, whose law is left to be counted: its outcomes
/// are nodes without derivations, and nobody may ask more of them than their probability.
struct SumOfChoices {
    struct Case {
        std::int64_t adds;
        provenance::ChoiceLiteral choice;
    };
    std::vector<std::vector<Case>> terms;  ///< by choice, one case for each alternative
    std::int64_t least = 0;                ///< possible value, that of the certain members included
    std::vector<provenance::NodeId> nodes;  ///< of least, least + 1, …; kNone: not possible, or not
                                            ///< asked for
};

/// A number that is not known yet, by the clause that made it. What it is, its sort and its bounds,
/// is Database::values.unknown(id).
struct UnknownInstance {
    Value value;           ///< the unknown number itself
    std::uint32_t source;  ///< the ir::ChoiceRule it is an instance of
    std::vector<Value> key;
    ir::PredicateId predicate;  ///< the fact that holds it: its last argument is `value`
    std::vector<Value> tuple;
};

/// What a theory choice says: alternative 0 is that `left op right`, alternative 1 that not.
/// See ir::NormalComparison: `op` is equal, less or less_equal, of integers equal or less.
struct TheoryLiteral {
    ir::CompareOp op;
    Value left, right;
};

/// A tuple that no row is identical to in every world that has it.
struct AskedTuple {
    ir::PredicateId predicate;
    std::vector<Value> tuple;
};

struct Database {
    ValueStore values;  ///< the program's and those that evaluation made
    std::vector<ir::Predicate> predicates;
    std::vector<Relation> relations;
    provenance::DerivationGraph graph;
    std::vector<NodeOrigin> origins;     ///< by node
    std::vector<ChoiceWeights> weights;  ///< by choice
    std::vector<AggregateInstance> aggregates;
    std::vector<SumOfChoices> laws;
    std::vector<UnknownInstance> unknowns;  ///< by unknown id
    std::map<provenance::ChoiceId, TheoryLiteral> theory;
    std::vector<ir::Positions> open_columns;  ///< by predicate: those that may hold something
                                              ///< unknown; empty if nothing is unknown
    std::vector<AskedTuple> asked;
    std::vector<std::string> limits;  ///< the limits that ended evaluation early
    std::string growing;              ///< and what still grew most then: "n/1", "demand n"

    /// Of everything but the relations; constant time.
    std::size_t bytes() const {
        constexpr std::size_t kBytesOfChoice = 256;  // its key, its weights, ways to find it
        return values.bytes() + graph.bytes() + origins.capacity() * sizeof(NodeOrigin) +
               weights.size() * kBytesOfChoice;
    }
};

}  // namespace entail::eval
