#pragma once
// The choices that instances of clauses make, and their weights.
//
// A choice is found by its statement and the values of the clause's variables: an instance that is
// met twice is one choice. Alternatives of weight zero do not exist and get no number.

#include <map>
#include <vector>

#include "symbolic/eval/database.h"
#include "symbolic/eval/instance_errors.h"
#include "symbolic/eval/theory.h"

namespace entail::eval {

class ChoiceInstances {
public:
    ChoiceInstances(const ir::Program& program, Database& database, InstanceErrors& errors,
                    Theory& theory)
        : program_(program), database_(database), errors_(errors), theory_(theory) {}

    struct Made {
        provenance::ChoiceId id;
        /// By weight of the ir::ChoiceRule: its alternative, or ir::kNone if it does not exist.
        std::vector<std::uint32_t> alternative_of;
    };
    /// The choice of one instance of its rule; null when its weights are wrong, which is reported.
    const Made* get(const InstanceErrors::Instance& instance);

private:
    bool make(const ir::ChoiceRule& rule, const InstanceErrors::Instance& instance, Made& made);

    const ir::Program& program_;
    Database& database_;
    InstanceErrors& errors_;
    Theory& theory_;
    std::vector<Value> key_;
    std::map<std::pair<std::uint32_t, std::vector<std::uint32_t>>, Made> made_;
};

}  // namespace entail::eval
