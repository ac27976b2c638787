#include "programs/worlds.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "symbolic/eval/instance_text.h"

namespace entail {

namespace {

/// Everything that a world decides: what is asked, and the conditions.
std::vector<provenance::NodeId> nodes_of(const Inference& inference,
                                         const std::vector<QueriedAtom>& queried) {
    std::vector<provenance::NodeId> nodes;
    for (const QueriedAtom& atom : queried) {
        if (atom.node) nodes.push_back(*atom.node);
    }
    for (const ConditionSource& condition : inference.conditions) {
        if (condition.node) nodes.push_back(*condition.node);
    }
    return nodes;
}

circuit::CircuitNode root_of(const Inference& inference) {
    return inference.compiled.circuit.roots()[inference.compiled.conditions];
}

/// The weights with `share(size)` for every alternative of a free choice.
std::vector<double> with_free(const provenance::DerivationGraph& graph,
                              const std::vector<bool>& free, std::span<const double> weights,
                              double (*share)(std::size_t size)) {
    std::vector<double> result(weights.begin(), weights.end());
    for (provenance::ChoiceId c = 0; c < graph.choice_count(); ++c) {
        const std::size_t size = graph.choice(c).size;
        if (free[c]) std::fill_n(result.begin() + graph.weight_offset(c), size, share(size));
    }
    return result;
}

double one(std::size_t) {
    return 1;
}
double even(std::size_t size) {
    return 1.0 / static_cast<double>(size);
}

}  // namespace

std::vector<QueriedAtom> queried_atoms(const ir::Program& program, const Questions& questions,
                                       const Inference& inference) {
    const eval::InstanceText text(program, inference.database.values, nullptr);
    std::vector<QueriedAtom> result;
    for (std::size_t q = 0; q < questions.queries.size(); ++q) {
        const ir::Query& query = questions.queries[q];
        const eval::Relation& relation = inference.database.relations[query.atom.predicate];
        for (const Candidate& candidate : inference.answers[q]) {
            QueriedAtom atom;
            atom.text =
                (query.negated ? "\\+ " : "") + text.tuple(query.atom.predicate, candidate.tuple);
            atom.negated = query.negated;
            atom.certain = candidate.row.has_value();
            if (candidate.compiled) atom.node = relation.node(*candidate.row);
            result.push_back(std::move(atom));
        }
    }
    return result;
}

Worlds::Worlds(const Inference& inference, std::vector<double> weights,
               const std::vector<bool>& free, std::vector<QueriedAtom> queried)
    : inference_(inference),
      weights_(std::move(weights)),
      free_(free),
      queried_(std::move(queried)),
      model_(inference.database.graph, nodes_of(inference, queried_)),
      best_(inference.compiled.circuit, root_of(inference),
            with_free(inference.database.graph, free_, weights_, one), model_.choices()),
      sampler_(inference.compiled.circuit, root_of(inference),
               with_free(inference.database.graph, free_, weights_, even), model_.choices()),
      evaluator_(inference.compiled.circuit) {
    for (provenance::ChoiceId choice : model_.choices())
        has_weights_ = has_weights_ || !free_[choice];
}

std::vector<std::string> Worlds::atoms(const circuit::World& world) {
    const std::vector<char> truth = model_.truth(world);
    std::vector<std::string> result;
    std::size_t node = 0;
    for (const QueriedAtom& atom : queried_) {
        const bool value = atom.node ? truth[node++] != 0 : atom.certain;
        if (value != atom.negated) result.push_back(atom.text);
    }
    return result;
}

std::optional<Worlds::Ranked> Worlds::next_best(const std::function<bool()>& stop) {
    const std::optional<circuit::RankedWorld> found = best_.next(stop);
    if (!found) return std::nullopt;
    // The conditions given what the free choices take.
    std::vector<double> weights = weights_;
    const auto& graph = inference_.database.graph;
    for (provenance::ChoiceId c = 0; c < graph.choice_count(); ++c) {
        if (!free_[c]) continue;
        std::fill_n(weights.begin() + graph.weight_offset(c), graph.choice(c).size, 0.0);
        weights[graph.weight_offset(c) + found->world[c]] = 1;
    }
    evaluator_.forward(weights, 1, workspace_);
    const double conditions = workspace_.log_value(inference_.compiled.conditions, 0);
    // Rounding may lift the quotient above 1.
    const double log = std::min(0.0, found->log_weight - conditions);
    return Ranked{std::exp(log), log / std::log(10.0), atoms(found->world)};
}

std::vector<std::string> Worlds::draw(std::mt19937_64& random) {
    return atoms(sampler_.draw(random));
}

std::vector<double> without_free(const provenance::DerivationGraph& graph,
                                 std::span<const double> weights) {
    std::vector<bool> free;
    for (provenance::ChoiceId c = 0; c < graph.choice_count(); ++c)
        free.push_back(graph.choice(c).free);
    return with_free(graph, free, weights, one);
}

std::optional<circuit::World> best_world(const Inference& inference,
                                         std::span<const circuit::Condition> conditions,
                                         std::span<const double> weights,
                                         const eval::Limits& limits) {
    provenance::DerivationGraph graph = inference.database.graph;
    graph.make_all_weighted();
    std::vector<provenance::ChoiceId> choices(graph.choice_count());
    std::iota(choices.begin(), choices.end(), 0U);
    const circuit::Compiled compiled =
        circuit::compile(graph, {}, conditions, counting_limits(limits));
    if (!compiled.satisfiable || compiled.limit != circuit::LimitReached::none) return {};
    circuit::BestWorlds worlds(compiled.circuit, compiled.circuit.roots()[compiled.conditions],
                               weights, choices);
    std::optional<circuit::RankedWorld> best = worlds.next();
    if (!best) return {};
    return std::move(best->world);
}

}  // namespace entail
