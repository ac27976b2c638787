#pragma once
// One shape of questions, made ready: evaluated and compiled, waiting for weights.
//
// What this does depends on the program, the facts and the questions, never on weights; it is done
// once and then counted for any number of weights (a batch of images, the steps of training).

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "symbolic/circuit/compile.h"
#include "symbolic/eval/database.h"
#include "symbolic/eval/evaluator.h"
#include "symbolic/eval/update.h"
#include "symbolic/ir/program.h"

namespace entail {

/// What is asked: all of it at once, so that it shares one evaluation and one circuit.
struct Questions {
    std::vector<ir::Query> queries;
    std::vector<ir::Evidence> evidence;
    std::vector<eval::ExtraFact> facts;  ///< added to the program's
};

/// One answer before weights: an atom and how to count it.
struct Candidate {
    std::vector<Value> tuple;
    std::optional<eval::Row> row;         ///< nothing: a ground query that nothing derives
    std::optional<std::size_t> compiled;  ///< index into Inference::compiled.queries; nothing:
                                          ///< certain, or impossible when there is no row
    struct Place {
        std::size_t law, position;
    };
    std::optional<Place> sum;  ///< holds iff this sum of Database::laws has this value
};

/// A piece of evidence or a constraint: the conditions of the count.
struct ConditionSource {
    bool is_constraint = false;
    SourceSpan span;
    ir::Atom atom;
    bool value = true;
    /// Its node, or nothing when it is decided without weights: `holds` says how.
    std::optional<provenance::NodeId> node;
    bool holds = true;
};

/// What an inference is made ready for.
enum class Purpose {
    laws,      ///< as `answers`, where long sums may be counted without derivations
    answers,   ///< probabilities of the queries, or their ranges over free choices
    circuit,   ///< the same in one circuit, in which free choices are choices like others
    worlds,    ///< single worlds: the conditions alone, free choices as above; that nothing
               ///< satisfies them is an answer, not an error
    formulas,  ///< other questions to the derivations: no circuit is made. Conditions that
               ///< contradict are an answer; only those that no choice matters to are noticed
};

struct Inference {
    ir::Specialised specialised;  ///< what the database was made of
    eval::Database database;
    std::vector<std::vector<Candidate>> answers;  ///< by query, in standard order of tuples
    /// By query: that the functional program it asks for has no value, where that can be.
    std::vector<std::optional<Candidate>> undefined;
    std::vector<ConditionSource> conditions;
    /// What was compiled: the candidates' nodes, and what is demanded of worlds.
    std::vector<provenance::NodeId> nodes;
    std::vector<circuit::Condition> demands;
    circuit::Compiled compiled;
    double compile_seconds = 0;
    std::size_t compilations = 0;  ///< of this inference, which may follow changes of facts
    std::vector<std::string>
        limits;                     ///< those that were reached; the answers are then not all there
    bool is_complete_model = true;  ///< false: evaluation itself was cut off, there are no answers
};

/// Evaluates and compiles. Errors of the program (unbound variables, overflow, evidence that
/// nothing can satisfy) go into `diagnostics`; the result is usable if there are none.
Inference infer(const ir::Program& program, const Questions& questions, const eval::Limits& limits,
                Diagnostics& diagnostics, Purpose purpose = Purpose::answers);

/// What is left of the limits of a call for counting.
circuit::Limits counting_limits(const eval::Limits& limits);

/// "The functional program of this query has no value", if the query asks for one that may have
/// none and gives all its parameters.
std::optional<ir::Atom> undefined_atom(const ir::Program& program, const ir::Query& query);

/// Brings `inference` up to date after facts have come and gone, where they are not uncertain: what
/// they do not reach is neither evaluated nor compiled again. `program` and `questions` are those
/// of now. False if it cannot be done; `inference` is then of no more use.
bool refresh(const ir::Program& program, const Questions& questions, const eval::Change& change,
             const eval::Limits& limits, Diagnostics& diagnostics, Purpose purpose,
             Inference& inference);

/// The constraints and the evidence of `program`, and calls for the queries: what demand starts
/// from.
std::vector<ir::Call> calls_of(const ir::Program& program, const Questions& questions);

}  // namespace entail
