#pragma once
// Comparisons of numbers that are not known yet, as choices.
//
// A comparison that neither constants nor the bounds of the unknowns decide becomes a *theory
// literal*: a choice of two alternatives, it holds or not, which all comparisons that say the same
// or the opposite share (ir::NormalComparison). The premise is a node that has this choice as its
// one derivation. Which alternatives of several literals go together is for a solver to say.
//
// Rows of open columns (ir/unknowns.h) are equal to a tuple under premises of that kind; a tuple is
// in a relation iff some row that may be equal to it is there and is equal.
// Cost: a hash or tree look-up a comparison; for tuples over open columns the rows that agree in
// the others.

#include <map>
#include <tuple>
#include <vector>

#include "symbolic/eval/database.h"
#include "symbolic/ir/expressions.h"

namespace entail::eval {

class Theory {
public:
    using Premises = std::vector<provenance::Premise>;

    /// Goes on where the database's theory literals end. Both must outlive it.
    Theory(const ir::Program& program, Database& database);

    /// The unknown number of an instance of `program.choices[choice]`. Nothing, if in some world
    /// that instance and another may be the same one.
    std::optional<Value> unknown(std::uint32_t choice, std::span<const Value> key);
    /// Can an instance with this key be told from all others that were met, in every world?
    bool is_own_instance(std::uint32_t choice, std::span<const Value> key);

    // Each of these adds to `premises` under what the condition holds, and returns false, adding
    // nothing, if it holds in no world.

    /// Of two numbers, by value.
    bool require(ir::CompareOp op, Value a, Value b, Premises& premises);
    /// Of terms of any kind: 1 and 1.0 differ.
    bool require_equal(Value a, Value b, Premises& premises);
    bool require_unequal(Value a, Value b, Premises& premises);
    /// No row of the relation is the tuple. Its rows must be complete for what equals it.
    bool require_absent(ir::PredicateId predicate, std::span<const Value> tuple,
                        Premises& premises);

    /// May some row be equal to the tuple without being identical?
    bool is_open(ir::PredicateId predicate, std::span<const Value> tuple) const;
    /// Calls `visit(row, premises)` for each row that starts with `tuple` under `premises` of
    /// equality.
    template <typename Visit>
    void each_equal(ir::PredicateId predicate, std::span<const Value> tuple, const Visit& visit) {
        Premises premises;
        for (Row row : candidates(predicate, tuple)) {
            premises.clear();
            if (starts_with(predicate, row, tuple, premises)) visit(row, premises);
        }
    }

    /// A node that is true iff all premises hold; kNone if there are none.
    provenance::NodeId conjunction(Premises premises);
    /// A node without derivations yet.
    provenance::NodeId new_node(NodeOrigin origin);

private:
    provenance::NodeId literal(const ir::NormalComparison& comparison);
    bool equalities(Value a, Value b, std::vector<ir::NormalComparison>& all);
    std::vector<Row> candidates(ir::PredicateId predicate, std::span<const Value> tuple);
    bool starts_with(ir::PredicateId predicate, Row row, std::span<const Value> tuple,
                     Premises& premises);

    const ir::Program& program_;
    Database& database_;
    std::map<std::tuple<ir::CompareOp, std::uint32_t, std::uint32_t>, provenance::ChoiceId>
        choices_;
    std::map<std::pair<provenance::ChoiceId, bool>, provenance::NodeId> literals_;
    std::map<Premises, provenance::NodeId> conjunctions_;
    std::map<std::pair<ir::PredicateId, std::vector<std::uint32_t>>, provenance::NodeId> present_;
    std::map<std::pair<std::uint32_t, std::vector<std::uint32_t>>, Value> unknowns_;
    struct Instances {
        std::vector<std::vector<Value>> known, open;  // keys without, and with, unknown numbers
    };
    std::map<std::uint32_t, Instances> instances_;  // by choice
};

/// After evaluation: gives what is asked for from outside, atoms with constants in open columns,
/// rows of its own, which hold iff an equal row does.
void add_asked_rows(const ir::Program& program, Database& database,
                    const std::vector<ir::Call>& calls);

}  // namespace entail::eval
