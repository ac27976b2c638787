#include "programs/solve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "programs/worlds.h"
#include "symbolic/circuit/evaluate.h"
#include "symbolic/decide/costs.h"
#include "symbolic/decide/encoding.h"
#include "symbolic/eval/instance_text.h"
#include "symbolic/ir/removable.h"

namespace entail {
namespace {

using provenance::ChoiceId;
using smt::Check;
using smt::Term;

/// The share of the weighted choices' mass that meets the conditions, once free choices and
/// comparisons are decided. Made ready once.
class Normaliser {
public:
    Normaliser(const Inference& inference, const std::vector<bool>& free,
               std::vector<double> weights, const eval::Limits& limits)
        : graph_(inference.database.graph), free_(free), weights_(std::move(weights)) {
        graph_.make_plain();
        circuit::Limits bounded = counting_limits(limits);
        bounded.only_bounded_effort = true;
        compiled_ = circuit::compile(graph_, {}, inference.demands, bounded);
        is_ready_ = compiled_.limit == circuit::LimitReached::none;
        if (is_ready_) evaluator_.emplace(compiled_.circuit);
    }

    /// The logarithm; nothing where counting takes too long.
    std::optional<double> log_mass(const provenance::World& world) {
        if (!is_ready_) return std::nullopt;
        std::vector<double> weights = weights_;
        for (ChoiceId c = 0; c < graph_.choice_count(); ++c) {
            if (!free_[c]) continue;
            std::fill_n(weights.begin() + graph_.weight_offset(c), graph_.choice(c).size, 0.0);
            weights[graph_.weight_offset(c) + world[c]] = 1;
        }
        evaluator_->forward(weights, 1, workspace_);
        return workspace_.log_value(compiled_.conditions, 0);
    }

private:
    provenance::DerivationGraph graph_;
    const std::vector<bool>& free_;
    std::vector<double> weights_;
    circuit::Compiled compiled_;
    bool is_ready_ = false;
    std::optional<circuit::Evaluator> evaluator_;
    circuit::Workspace workspace_;
};

class Search {
public:
    Search(const Task& task, const Questions& questions, const Inference& inference,
           const std::vector<std::vector<Candidate>>& objective_rows, std::vector<double> weights)
        : task_(task),
          questions_(questions),
          inference_(inference),
          weights_(std::move(weights)),
          free_(free_choices(*task.program, inference.database.graph)),
          solver_(context_),
          encoding_(inference.database, context_, [this](Term term) { add(term); }) {
        for (const circuit::Condition& demand : inference.demands)
            encoding_.require(demand.node, demand.value);
        for (std::size_t q = 0; q < questions.queries.size(); ++q) {
            for (const Candidate& candidate : inference.answers[q]) {
                // Their truth is looked at, and their numbers are told.
                queried_.push_back({q, &candidate, truth(candidate)});
                for (Value value : candidate.tuple) mention(value);
            }
        }
        const auto& objectives = task.program->objectives;
        for (std::size_t o = 0; o < objectives.size(); ++o)
            objectives_.push_back(total(objectives[o], objective_rows[o]));
        for (ChoiceId choice : encoding_.choices()) {
            if (free_[choice]) continue;
            has_weights_ = true;
            for (std::uint32_t k = 0; k < graph().choice(choice).size; ++k) {
                const Term other = context_.negation(encoding_.alternative({choice, k}));
                const double weight = weights_[graph().weight_offset(choice) + k];
                if (weight > 0) {
                    costs_.push_back({other, decide::cost_of(weight)});
                } else {
                    add(other);
                }
            }
        }
    }

    Solution run(std::size_t top) {
        Solution solution;
        const bool is_ranked = has_weights_ || !objectives_.empty();
        std::optional<Normaliser> normaliser;
        while (solution.worlds.size() < top) {
            const Check found = is_ranked ? best() : solver_.check(limits());
            if (found == Check::unknown) {
                solution.limits.push_back(reason_);
                break;
            }
            if (found == Check::unsatisfiable) {
                if (solution.worlds.empty()) solution.status = Solution::Status::unsatisfiable;
                break;
            }
            const smt::Model& model = is_ranked ? *optimiser_->model() : solver_.model();
            solution.worlds.push_back(describe(model));
            const bool attained = !is_ranked || std::ranges::all_of(optimiser_->attained(),
                                                                    [](bool one) { return one; });
            if (solution.worlds.size() == 1) {
                solution.status = is_ranked && attained ? Solution::Status::optimal
                                                        : Solution::Status::satisfiable;
            }
            if (has_weights_) {
                if (!normaliser) normaliser.emplace(inference_, free_, weights_, task_.limits);
                weigh(model, *normaliser, solution.worlds.back());
            }
            exclude(model);
        }
        return solution;
    }

private:
    struct Queried {
        std::size_t query;
        const Candidate* candidate;
        Term truth;
    };

    const provenance::DerivationGraph& graph() const { return inference_.database.graph; }
    smt::Limits limits() const { return solver_limits(task_.limits); }

    void add(Term term) {
        solver_.add(term);
        all_.push_back(term);
    }
    Term truth(const Candidate& candidate) {
        return truth_of(inference_, candidate, encoding_, context_);
    }
    void mention(Value value) {
        const ValueStore& values = inference_.database.values;
        if (!values.has_unknown(value)) return;
        if (values.is_unknown(value)) {
            encoding_.theory().number(value);
            return;
        }
        for (Value argument : values.arguments(value)) mention(argument);
    }

    /// The sum of an objective: every tuple counts once, also where two rows turn out equal.
    Term total(const ir::Objective& objective, const std::vector<Candidate>& rows) {
        const ValueStore& values = inference_.database.values;
        std::vector<Term> parts{context_.number(std::int64_t{0})};
        std::vector<std::pair<const Candidate*, Term>> before;  // with something unknown
        for (const Candidate& row : rows) {
            if (!row.row) continue;
            const Value first = row.tuple.at(0);
            if (!values.is_number(first) && !values.is_unknown(first)) {
                Diagnostics diagnostics;
                diagnostics.report(DiagnosticCode::not_arithmetic, objective.span).hint =
                    "the first component of a tuple is what is added up; it is " +
                    values.print(first);
                task_.check(diagnostics);
            }
            std::vector<Term> conditions{truth(row)};
            const bool is_open = std::ranges::any_of(
                row.tuple, [&](Value value) { return values.has_unknown(value); });
            for (const auto& [other, holds] : before) {
                std::vector<Term> same{holds};
                for (std::size_t k = 0; k < row.tuple.size(); ++k)
                    same.push_back(encoding_.theory().equal(row.tuple[k], other->tuple[k]));
                conditions.push_back(context_.negation(context_.conjunction(same)));
            }
            if (is_open) before.emplace_back(&row, conditions[0]);
            const Term zero = context_.number(std::int64_t{0});
            parts.push_back(context_.choice(context_.conjunction(conditions),
                                            encoding_.theory().number(first), zero));
        }
        return context_.sum(parts);
    }

    Check best() {
        optimiser_.emplace(context_);
        for (Term term : all_) optimiser_->add(term);
        for (std::size_t o = 0; o < objectives_.size(); ++o) {
            if (task_.program->objectives[o].maximise) {
                optimiser_->maximise(objectives_[o]);
            } else {
                optimiser_->minimise(objectives_[o]);
            }
        }
        if (has_weights_) optimiser_->satisfy_most(costs_);
        const Check found = optimiser_->check(limits());
        reason_ = optimiser_->reason();
        return found;
    }

    SolvedWorld describe(const smt::Model& model) {
        SolvedWorld world;
        ValueStore values = inference_.database.values;
        for (std::size_t o = 0; o < objectives_.size(); ++o) {
            const bool attained = optimiser_->attained()[o];
            world.objectives.push_back({task_.program->objectives[o].maximise,
                                        model.number(objectives_[o]).text, attained});
        }
        for (const Queried& queried : queried_) {
            const ir::Query& query = questions_.queries[queried.query];
            if (model.truth(queried.truth) == query.negated) continue;
            std::vector<Value> tuple;
            for (Value value : queried.candidate->tuple)
                tuple.push_back(encoding_.theory().known(value, model, values));
            const eval::InstanceText text(*task_.program, values, nullptr);
            world.atoms.push_back((query.negated ? "\\+ " : "") +
                                  text.tuple(query.atom.predicate, tuple));
        }
        return world;
    }

    void weigh(const smt::Model& model, Normaliser& normaliser, SolvedWorld& described) {
        const provenance::World world = encoding_.world(model);
        double log_weight = 0;
        for (ChoiceId choice : encoding_.choices()) {
            if (!free_[choice])
                log_weight += std::log(weights_[graph().weight_offset(choice) + world[choice]]);
        }
        const auto mass = normaliser.log_mass(world);
        // The conditions have at least the world's own mass, and at most all.
        const double log = mass ? std::min(0.0, log_weight - *mass) : log_weight;
        described.probability = std::exp(log);
        described.log10 = shown_log10(log / std::log(10.0));
        described.is_weighted = true;
        described.is_counted = mass.has_value();
    }

    /// Something else, from now on.
    void exclude(const smt::Model& model) {
        const provenance::World world = encoding_.world(model);
        std::vector<Term> differences;
        for (ChoiceId choice : encoding_.choices()) {
            if (!graph().choice(choice).theory)
                differences.push_back(
                    context_.negation(encoding_.alternative({choice, world[choice]})));
        }
        ValueStore values = inference_.database.values;
        for (const Queried& queried : queried_) {
            for (Value value : queried.candidate->tuple) {
                if (!values.has_unknown(value)) continue;
                const bool holds = model.truth(queried.truth);
                if (!holds) continue;
                differences.push_back(differs(value, model, values));
            }
            if (std::ranges::any_of(queried.candidate->tuple,
                                    [&](Value value) { return values.has_unknown(value); })) {
                differences.push_back(model.truth(queried.truth) ? context_.negation(queried.truth)
                                                                 : queried.truth);
            }
        }
        add(context_.disjunction(differences));
    }
    Term differs(Value value, const smt::Model& model, ValueStore& values) {
        if (values.is_unknown(value)) {
            const Value now = encoding_.theory().known(value, model, values);
            return context_.negation(context_.equal(encoding_.theory().number(value),
                                                    encoding_.theory().constant(now, values)));
        }
        std::vector<Term> parts;
        const std::vector<Value> arguments(values.arguments(value).begin(),
                                           values.arguments(value).end());
        for (Value argument : arguments) {
            if (values.has_unknown(argument)) parts.push_back(differs(argument, model, values));
        }
        return context_.disjunction(parts);
    }

    const Task& task_;
    const Questions& questions_;
    const Inference& inference_;
    std::vector<double> weights_;
    std::vector<bool> free_;
    smt::Context context_;
    smt::Solver solver_;
    std::vector<Term> all_;
    decide::Encoding encoding_;
    std::vector<Queried> queried_;
    std::vector<Term> objectives_;
    std::vector<smt::Optimiser::Soft> costs_;
    bool has_weights_ = false;
    std::optional<smt::Optimiser> optimiser_;
    std::string reason_;
};

/// The most probable worlds by a circuit; nothing if none is found with bounded effort.
std::optional<Solution> solve_by_circuit(const Task& task, const Questions& questions,
                                         Inference& inference, const std::vector<double>& weights,
                                         std::size_t top) {
    provenance::DerivationGraph weighted = inference.database.graph;
    weighted.make_all_weighted();
    circuit::Limits bounded = counting_limits(task.limits);
    bounded.only_bounded_effort = true;
    inference.compiled = circuit::compile(weighted, {}, inference.demands, bounded);
    if (inference.compiled.limit != circuit::LimitReached::none) return std::nullopt;
    Solution solution;
    solution.status = Solution::Status::unsatisfiable;
    if (!inference.compiled.satisfiable) return solution;
    Worlds worlds(inference, weights, free_choices(*task.program, weighted),
                  queried_atoms(*task.program, questions, inference));
    std::size_t bytes = 0;
    while (solution.worlds.size() < top) {
        std::string limit;
        const std::optional<Worlds::Ranked> world = worlds.next_best([&] {
            limit = limit_reached(task.limits, bytes + worlds.memory_bytes());
            return !limit.empty();
        });
        if (!limit.empty()) {
            solution.limits.push_back(limit);
            break;
        }
        if (!world) break;
        for (const std::string& atom : world->atoms) bytes += sizeof(atom) + atom.capacity();
        solution.status =
            worlds.has_weights() ? Solution::Status::optimal : Solution::Status::satisfiable;
        SolvedWorld solved;
        solved.probability = world->probability;
        solved.log10 = shown_log10(world->log10);
        solved.is_weighted = worlds.has_weights();
        solved.atoms = world->atoms;
        solution.worlds.push_back(std::move(solved));
    }
    return solution;
}

}  // namespace

Solution solve(const Task& given, std::size_t top) {
    const Questions questions = about(given, given.program->queries);
    Questions all = questions;
    for (const ir::Objective& objective : given.program->objectives)
        all.queries.push_back({objective.tuples, false, objective.variables, objective.span});
    const ir::Program program = with_unknown_numbers(*given.program, all);
    Task task = given;
    task.program = &program;
    Inference inference = evaluate(task, *task.program, all);
    Solution solution;
    solution.limits = inference.limits;
    if (!solution.limits.empty()) return solution;
    if (inference.compiled.satisfiable) {
        std::vector<std::vector<Candidate>> rows(
            inference.answers.begin() + static_cast<std::ptrdiff_t>(questions.queries.size()),
            inference.answers.end());
        inference.answers.resize(questions.queries.size());
        const std::vector<double> weights = task.weights(inference.database);
        const std::vector<bool> free = free_choices(*task.program, inference.database.graph);
        const bool is_weighted = std::ranges::find(free, false) != free.end();
        const bool is_plain =
            task.program->objectives.empty() && inference.database.unknowns.empty() && is_weighted;
        std::optional<Solution> found;
        if (is_plain) found = solve_by_circuit(task, questions, inference, weights, top);
        if (!found) found = Search(task, questions, inference, rows, weights).run(top);
        solution = std::move(*found);
    } else {
        solution.status = Solution::Status::unsatisfiable;
    }
    if (solution.status == Solution::Status::unsatisfiable) solution.conflict = find_conflict(task);
    return solution;
}

std::vector<std::string> find_conflict(const Task& task) {
    // Statements become switches, evidence queries: each is assumed, and a core names the culprits.
    ir::Program program = *task.program;
    ir::make_facts_removable(program, [&](const ir::Fact& fact) {
        return !program.predicates[fact.predicate].internal;
    });
    ir::make_clauses_removable(program);
    const std::size_t first = task.program->choices.size();
    const std::vector<ir::Evidence> evidence = about(task, {}).evidence;
    Questions questions;
    for (const ir::Evidence& one : evidence)
        questions.queries.push_back({one.atom, false, {}, one.span});
    const Inference inference = evaluate(task, program, questions);
    if (!inference.limits.empty()) return {};

    smt::Context context;
    smt::Solver solver(context);
    decide::Encoding encoding(inference.database, context, [&](Term term) { solver.add(term); });
    struct Culprit {
        SourceSpan span;
        std::string text;
        Term term;
    };
    std::vector<Culprit> culprits;
    for (const circuit::Condition& demand : inference.demands)
        encoding.require(demand.node, demand.value);
    if (!inference.compiled.satisfiable) solver.add(context.truth(false));
    for (std::size_t q = 0; q < evidence.size(); ++q) {
        const Term holds = truth_of(inference, inference.answers[q].front(), encoding, context);
        const Term label = context.variable(smt::Sort::boolean, "evidence");
        solver.add(context.implication(label, evidence[q].value ? holds : context.negation(holds)));
        culprits.push_back({evidence[q].span,
                            fmt::format("evidence {}{}", evidence[q].value ? "" : "\\+ ",
                                        program.print(evidence[q].atom, {})),
                            label});
    }
    const std::vector<ChoiceId> choices(encoding.choices().begin(), encoding.choices().end());
    for (ChoiceId choice : choices) {
        const provenance::Choice& made = inference.database.graph.choice(choice);
        if (made.theory || made.source < first) continue;
        const SourceSpan span = program.choices[made.source].span;
        culprits.push_back(
            {span, std::string(task.sources->text(span)), encoding.alternative({choice, 0})});
    }
    // The solver keeps the last where it has a choice: constraints and rules rather than facts.
    std::ranges::stable_sort(culprits, std::ranges::greater{}, [](const Culprit& culprit) {
        return std::pair(culprit.span.source, culprit.span.begin);
    });
    std::vector<Term> assumed;
    for (const Culprit& culprit : culprits) assumed.push_back(culprit.term);
    const smt::Limits limits = solver_limits(task.limits);
    if (solver.check(assumed, limits) != Check::unsatisfiable) return {};
    const auto core = solver.minimal_core(solver.core(), limits).terms;
    std::vector<std::string> lines;
    std::ranges::reverse(culprits);
    for (const Culprit& culprit : culprits) {
        if (std::ranges::find(core, culprit.term) == core.end()) continue;
        lines.push_back(fmt::format("{}: {}", task.sources->place(culprit.span), culprit.text));
    }
    return lines;
}

}  // namespace entail
