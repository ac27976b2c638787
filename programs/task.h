#pragma once
// What the questions that are put to Z3 have in common: verify, abduce, flip, claims.

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "programs/inference.h"
#include "symbolic/base/source.h"
#include "symbolic/decide/encoding.h"
#include "symbolic/provenance/world_model.h"
#include "symbolic/smt/solver.h"

namespace entail {

struct Task {
    const ir::Program* program;
    const SourceSet* sources;
    std::vector<eval::ExtraFact> facts;
    std::vector<ir::Evidence> given;
    eval::Limits limits;
    /// The weight of every alternative, as laid out by the database's graph.
    std::function<std::vector<double>(const eval::Database&)> weights;
    /// Throws the errors of the program.
    std::function<void(Diagnostics&)> check;
};

/// `queries` with the evidence of the program and of the caller.
Questions about(const Task& task, std::vector<ir::Query> queries);
/// Evaluates without counting; throws the errors of the program.
Inference evaluate(const Task& task, const ir::Program& program, Questions questions);

/// `program` with free choices among numbers made unknown numbers where the questions meet nothing
/// but comparisons and arithmetic: a solver has less to do with them than with all their values.
ir::Program with_unknown_numbers(ir::Program program, const Questions& questions);
/// The limit that ends a loop now, which keeps so many bytes, by its name; empty when none does.
std::string limit_reached(const eval::Limits& limits, std::size_t bytes = 0);
/// The decimal logarithm of a positive number that doubles cannot hold, else 0.
double shown_log10(double log10);
smt::Limits solver_limits(const eval::Limits& limits);

/// By choice: is it one without weights, a comparison of unknown numbers among them? Also where the
/// graph has made all of them weighted.
std::vector<bool> free_choices(const ir::Program& program,
                               const provenance::DerivationGraph& graph);
/// "The candidate's atom holds."
smt::Term truth_of(const Inference& inference, const Candidate& candidate,
                   decide::Encoding& encoding, smt::Context& context);

/// What each instance of each statement takes. By index into Program::choices and the values of the
/// key.
struct Decisions {
    using Instance = std::pair<std::uint32_t, std::vector<std::uint32_t>>;
    static Instance instance(std::uint32_t choice, const std::vector<Value>& key);
    /// The index of an alternative as written, or ir::kNone for the silent one.
    std::map<Instance, std::uint32_t> taken;
    std::map<Instance, Value> numbers;  ///< of unknown ones
};
/// Decisions of a model found through `encoding`; `values` gets the numbers.
Decisions decisions_of(const eval::Database& database, decide::Encoding& encoding,
                       const smt::Model& model, ValueStore& values);

/// `program` with its choices decided: no choice is left in it, and evaluation is that of any
/// program. `values` are those of the database that the decisions come from, and their numbers.
/// Instances without a decision say nothing.
ir::Program decided(const ir::Program& program, const ValueStore& values,
                    const Decisions& decisions);

/// "income(low)", or "\+ burglary" for what a silent alternative leaves out.
std::string print_taken(const ir::Program& program, const eval::Database& database,
                        provenance::ChoiceLiteral literal);
/// The same as the clause that it is an instance of, without its weight: "fever :- flu".
std::string print_clause(const ir::Program& program, const eval::Database& database,
                         const SourceSet& sources, provenance::ChoiceLiteral literal);
/// Sorts choices by where their statements stand, then by their instances.
void sort_by_place(const ir::Program& program, const eval::Database& database,
                   std::vector<provenance::ChoiceLiteral>& literals);

}  // namespace entail
