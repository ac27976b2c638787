#include "programs/inference.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "symbolic/decide/cells.h"
#include "symbolic/eval/theory.h"
#include "symbolic/ir/demand.h"

namespace entail {
namespace {

using provenance::kNone;
using provenance::NodeId;

ConditionSource decide(const eval::Database& database, const ir::Atom& atom, bool value) {
    ConditionSource source;
    source.atom = atom;
    source.value = value;
    source.span = atom.span;
    std::vector<Value> tuple;
    for (const ir::Term& term : atom.args) tuple.push_back(term.value);
    const eval::Relation& relation = database.relations[atom.predicate];
    eval::Row row = relation.find(tuple);
    if (row == eval::kNoRow) {
        source.holds = !value;
    } else if (relation.is_certain(row)) {
        source.holds = value;
    } else {
        source.node = relation.node(row);
    }
    return source;
}

bool can_all_hold(const Inference& inference, const std::vector<std::size_t>& chosen,
                  const circuit::Limits& limits) {
    std::vector<circuit::Condition> conditions;
    for (std::size_t i : chosen) {
        const ConditionSource& source = inference.conditions[i];
        if (!source.node && !source.holds) return false;
        if (source.node) conditions.push_back({*source.node, source.value});
    }
    auto compiled = circuit::compile(inference.database.graph, {}, conditions, limits);
    return compiled.satisfiable;
}

/// Reports a minimal set of conditions that contradict: none of them can be left out.
void report_conflict(const ir::Program& program, const Inference& inference,
                     const circuit::Limits& limits, Diagnostics& diagnostics) {
    std::vector<std::size_t> core(inference.conditions.size());
    for (std::size_t i = 0; i < core.size(); ++i) core[i] = i;
    for (std::size_t i = core.size(); i-- > 0;) {
        std::vector<std::size_t> without = core;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
        if (!can_all_hold(inference, without, limits)) core = std::move(without);
    }
    std::vector<Diagnostic::Note> notes;
    for (std::size_t i : core) {
        const ConditionSource& source = inference.conditions[i];
        std::string text = source.is_constraint
                               ? "this constraint"
                               : fmt::format("this evidence: {}{}", source.value ? "" : "\\+ ",
                                             program.print(source.atom, {}));
        notes.push_back({source.span, text});
    }
    SourceSpan span = notes.empty() ? SourceSpan{} : notes.front().span;
    auto& report = diagnostics.report(DiagnosticCode::inconsistent, span);
    report.hint = notes.size() == 1 ? "it cannot hold in any world"
                                    : "these contradict each other; any one less and they do not";
    if (notes.size() > 1) report.notes = std::move(notes);
}

std::string name_of(circuit::LimitReached limit) {
    switch (limit) {
        case circuit::LimitReached::none:
        case circuit::LimitReached::effort:  // only where a caller asks for it
            break;
        case circuit::LimitReached::nodes:
        case circuit::LimitReached::memory:
            return "memory";
        case circuit::LimitReached::time:
            return "time";
        case circuit::LimitReached::interrupted:
            return "interrupted";
    }
    return "";
}

/// Every row of a predicate with a signature is of its types. Constants were checked where they
/// stand; this finds what rules have derived.
void check_signatures(const ir::Program& program, const eval::Database& database,
                      Diagnostics& diagnostics) {
    for (const ir::Signature& signature : program.signatures) {
        const eval::Relation& relation = database.relations[signature.predicate];
        const ir::Predicate& predicate = program.predicates[signature.predicate];
        for (std::size_t c = 0; c < signature.types.size(); ++c) {
            for (eval::Row row = 0; row < relation.size(); ++row) {
                if (relation.is_dead(row) ||
                    ir::has_type(relation[row][c], signature.types[c], database.values)) {
                    continue;
                }
                diagnostics
                    .report(DiagnosticCode::type_mismatch, signature.span,
                            database.values.print(relation[row][c]), signature.types[c].name, c + 1,
                            fmt::format("{}/{}", predicate.name, predicate.arity))
                    .hint = "it was derived by a rule";
                break;
            }
        }
    }
}

/// Answers that are numbers not known yet have no probability: any number has its own worlds.
void refuse_unknowns(const ir::Program& program, const Inference& inference,
                     Diagnostics& diagnostics) {
    const eval::Database& database = inference.database;
    const bool is_told = std::ranges::any_of(inference.answers, [&](const auto& candidates) {
        return std::ranges::any_of(candidates, [&](const Candidate& candidate) {
            return std::ranges::any_of(
                candidate.tuple, [&](Value value) { return database.values.has_unknown(value); });
        });
    });
    if (!is_told) return;
    const ir::ChoiceRule& choice = program.choices[database.unknowns.front().source];
    diagnostics
        .report(DiagnosticCode::not_supported, choice.numbers->span,
                "a query for numbers that are not enumerated")
        .hint = "'entail solve' shows them, world by world; or ask what holds of them";
}

using Places = std::map<NodeId, Candidate::Place>;

/// Where each fact stands that is nothing but a name for an outcome of a law. Nothing if an outcome
/// is used otherwise: together with other facts, in another rule, in several ways.
std::optional<Places> places_of_laws(const eval::Database& database) {
    const provenance::DerivationGraph& graph = database.graph;
    std::vector<std::optional<Candidate::Place>> outcomes(graph.node_count());
    for (std::size_t law = 0; law < database.laws.size(); ++law) {
        const std::vector<NodeId>& nodes = database.laws[law].nodes;
        for (std::size_t position = 0; position < nodes.size(); ++position) {
            if (nodes[position] != kNone) outcomes[nodes[position]] = {law, position};
        }
    }
    Places places;
    for (provenance::DerivationId id = 0; id < graph.derivation_count(); ++id) {
        const provenance::Derivation& derivation = graph.derivation(id);
        const auto premises = graph.premises(derivation);
        for (const provenance::Premise premise : premises) {
            const auto& place = outcomes[premise.node()];
            if (!place) continue;
            const auto [first, last] = graph.derivations(derivation.conclusion);
            if (premise.negated() || premises.size() != 1 || last - first != 1 ||
                derivation.choice.choice != kNone) {
                return std::nullopt;
            }
            places.emplace(derivation.conclusion, *place);
        }
    }
    for (provenance::DerivationId id = 0; id < graph.derivation_count(); ++id) {
        for (const provenance::Premise premise : graph.premises(graph.derivation(id))) {
            if (places.contains(premise.node())) return std::nullopt;
        }
    }
    return places;
}

/// Conditions, answers and the circuit, of an evaluated database. `places`: of facts that laws
/// answer.
void conclude(const ir::Program& program, const Questions& questions, const eval::Limits& limits,
              const Places& places, Diagnostics& diagnostics, Purpose purpose, Inference& result) {
    const eval::Database& database = result.database;
    if (database.limits.empty()) check_signatures(program, database, diagnostics);
    if (diagnostics.has_errors()) return;
    result.limits = database.limits;
    if (!result.limits.empty()) {
        result.is_complete_model = false;
        return;
    }

    if (purpose != Purpose::formulas) {
        const std::string limit = decide::make_cells(
            result.database, {limits.deadline, limits.max_memory, limits.interrupt});
        if (!limit.empty()) {
            result.limits.push_back(limit);
            result.is_complete_model = false;
            return;
        }
    }

    const bool is_counted = purpose == Purpose::answers || purpose == Purpose::laws;
    if (purpose == Purpose::circuit || purpose == Purpose::worlds)
        result.database.graph.make_all_weighted();

    auto known_nodes = std::exchange(result.nodes, {});
    auto known_demands = std::exchange(result.demands, {});
    bool contradicts = false;
    auto add_condition = [&](ConditionSource source) {
        if (source.node) result.demands.push_back({*source.node, source.value});
        contradicts = contradicts || (!source.node && !source.holds);
        result.conditions.push_back(std::move(source));
    };
    for (const ir::Evidence& evidence : questions.evidence) {
        add_condition(decide(database, evidence.atom, evidence.value));
    }
    for (ir::PredicateId constraint : program.constraints) {
        ir::Atom atom;
        atom.predicate = constraint;
        atom.span = program.predicates[constraint].span;
        ConditionSource source = decide(database, atom, false);
        source.is_constraint = true;
        add_condition(std::move(source));
    }

    auto candidate_of = [&](ir::PredicateId predicate, eval::Row row) {
        const eval::Relation& relation = database.relations[predicate];
        Candidate candidate;
        candidate.row = row;
        candidate.tuple.assign(relation[row].begin(), relation[row].end());
        if (relation.is_certain(row)) return candidate;
        if (auto place = places.find(relation.node(row)); place != places.end()) {
            candidate.sum = place->second;
        } else {
            candidate.compiled = result.nodes.size();
            result.nodes.push_back(relation.node(row));
        }
        return candidate;
    };
    for (const ir::Query& query : questions.queries) {
        std::vector<Candidate> candidates;
        for (eval::Row row : eval::matching_rows(database, query.atom, query.variables.size())) {
            candidates.push_back(candidate_of(query.atom.predicate, row));
        }
        if (candidates.empty() && query.variables.empty()) {
            Candidate candidate;
            for (const ir::Term& term : query.atom.args) candidate.tuple.push_back(term.value);
            candidates.push_back(std::move(candidate));
        }
        result.answers.push_back(std::move(candidates));
        result.undefined.emplace_back();
        if (auto atom = undefined_atom(program, query)) {
            auto rows = eval::matching_rows(database, *atom, 0);
            if (!rows.empty()) result.undefined.back() = candidate_of(atom->predicate, rows[0]);
        }
    }

    if (contradicts) {
        result.compiled.satisfiable = false;
        result.compilations = 0;
    }
    if (purpose == Purpose::formulas) return;
    refuse_unknowns(program, result, diagnostics);
    if (diagnostics.has_errors()) return;

    circuit::Limits circuit_limits = counting_limits(limits);
    const auto start = std::chrono::steady_clock::now();
    // Half of the time is kept for bounds, should the exact way not end.
    if (limits.deadline && is_counted)
        circuit_limits.deadline = start + (*limits.deadline - start) / 2;
    if (purpose == Purpose::worlds) result.nodes.clear();
    bool is_known =
        result.compilations > 0 && result.nodes == known_nodes && result.demands == known_demands;
    if (!contradicts && !is_known) {
        ++result.compilations;
        result.compiled =
            circuit::compile(database.graph, result.nodes, result.demands, circuit_limits);
        result.compile_seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        std::string limit = name_of(result.compiled.limit);
        if (!limit.empty()) result.limits.push_back(limit);
    }
    if (!result.compiled.satisfiable && purpose != Purpose::worlds) {
        report_conflict(program, result, circuit_limits, diagnostics);
    }
}

}  // namespace

std::optional<ir::Atom> undefined_atom(const ir::Program& program, const ir::Query& query) {
    ir::Atom atom = query.atom;
    atom.predicate = program.predicates[query.atom.predicate].undefined;
    if (atom.predicate == ir::kNone || query.negated) return std::nullopt;
    atom.args.pop_back();
    if (!std::ranges::all_of(atom.args, &ir::Term::is_constant)) return std::nullopt;
    return atom;
}

std::vector<ir::Call> calls_of(const ir::Program& program, const Questions& questions) {
    std::vector<ir::Call> calls;
    for (const ir::Query& query : questions.queries) {
        calls.push_back({query.atom, query.variables});
        if (auto undefined = undefined_atom(program, query)) calls.push_back({*undefined, {}});
    }
    for (const ir::Evidence& evidence : questions.evidence) calls.push_back({evidence.atom, {}});
    for (ir::PredicateId constraint : program.constraints) {
        ir::Atom atom;
        atom.predicate = constraint;
        atom.span = program.predicates[constraint].span;
        calls.push_back({atom, {}});
    }
    return calls;
}

circuit::Limits counting_limits(const eval::Limits& limits) {
    circuit::Limits result;
    result.max_memory = limits.max_memory;
    result.deadline = limits.deadline;
    result.interrupt = limits.interrupt;
    return result;
}

Inference infer(const ir::Program& program, const Questions& questions, const eval::Limits& limits,
                Diagnostics& diagnostics, Purpose purpose) {
    Inference result;
    const std::vector<ir::Call> calls = calls_of(program, questions);
    result.specialised = ir::specialise(program, calls, diagnostics);
    if (diagnostics.has_errors()) return result;
    auto evaluate = [&](const eval::Limits& chosen, Diagnostics& found) {
        result.database = eval::evaluate(program, result.specialised, program.values,
                                         questions.facts, chosen, found);
        eval::add_asked_rows(program, result.database, calls);
    };
    std::optional<Places> places;
    bool is_evaluated = false;
    // Conditions may say something about the choices of a sum.
    if (purpose == Purpose::laws && limits.law_from && questions.evidence.empty() &&
        program.constraints.empty()) {
        Diagnostics found = diagnostics;
        evaluate(limits, found);
        if (!result.database.laws.empty() && !found.has_errors() &&
            result.database.limits.empty()) {
            places = places_of_laws(result.database);
        }
        is_evaluated = places || result.database.laws.empty();
        if (is_evaluated) diagnostics = std::move(found);
    }
    if (!is_evaluated) {
        eval::Limits without_laws = limits;
        without_laws.law_from.reset();
        evaluate(without_laws, diagnostics);
    }
    conclude(program, questions, limits, places.value_or(Places{}), diagnostics, purpose, result);
    return result;
}

bool refresh(const ir::Program& program, const Questions& questions, const eval::Change& change,
             const eval::Limits& limits, Diagnostics& diagnostics, Purpose purpose,
             Inference& inference) {
    if (!inference.database.laws.empty()) return false;
    eval::Limits without_laws = limits;
    without_laws.law_from.reset();
    if (!eval::update(program, inference.specialised, inference.database, questions.facts, change,
                      without_laws)) {
        return false;
    }
    inference.answers.clear();
    inference.undefined.clear();
    inference.conditions.clear();
    conclude(program, questions, limits, {}, diagnostics, purpose, inference);
    return !diagnostics.has_errors();
}

}  // namespace entail
