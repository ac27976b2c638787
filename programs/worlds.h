#pragma once
// Single worlds of a program: the most probable ones, and random ones.
//
// A world fixes what every choice takes that the queries, the evidence or the constraints depend
// on. Free choices are among them: they weigh nothing in the search for the best world, and are
// drawn uniformly when worlds are drawn.

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "programs/inference.h"
#include "symbolic/circuit/evaluate.h"
#include "symbolic/circuit/worlds.h"
#include "symbolic/provenance/world_model.h"

namespace entail {

/// An atom that is asked for, as it is printed when it holds.
struct QueriedAtom {
    std::string text;
    bool negated = false;
    std::optional<provenance::NodeId> node;
    bool certain = false;  ///< without a node: whether it is true
};

std::vector<QueriedAtom> queried_atoms(const ir::Program& program, const Questions& questions,
                                       const Inference& inference);

class Worlds {
public:
    /// `inference` was made for worlds, is complete, has conditions that can be met, and outlives
    /// this; `weights` as the circuit takes them, those of free choices are not looked at; `free`
    /// by choice.
    Worlds(const Inference& inference, std::vector<double> weights, const std::vector<bool>& free,
           std::vector<QueriedAtom> queried);

    /// Whether a weighted choice is part of a world: then worlds have probabilities.
    bool has_weights() const { return has_weights_; }
    struct Ranked {
        double probability;  ///< of the weighted choices given the conditions and what the free
                             ///< choices take; 1 without weighted ones
        double log10;        ///< of the probability, which may have underflown
        std::vector<std::string> atoms;  ///< the queried ones that hold
    };
    /// The next best world, by the weights of its choices; nothing when there is no other, or when
    /// `stop`, asked now and then, says true.
    std::optional<Ranked> next_best(const std::function<bool()>& stop);
    /// An estimate of what the search for them keeps.
    std::size_t memory_bytes() const { return best_.memory_bytes(); }

    /// Whether anything can be drawn.
    bool possible() const { return sampler_.possible(); }
    /// The queried atoms that hold in a world drawn given the conditions.
    std::vector<std::string> draw(std::mt19937_64& random);

private:
    std::vector<std::string> atoms(const circuit::World& world);

    const Inference& inference_;
    std::vector<double> weights_;
    std::vector<bool> free_;
    std::vector<QueriedAtom> queried_;
    provenance::WorldModel model_;
    bool has_weights_ = false;
    circuit::BestWorlds best_;
    circuit::WorldSampler sampler_;
    circuit::Evaluator evaluator_;
    circuit::Workspace workspace_;
};

/// `weights` with 1 for every alternative of a free choice: it weighs nothing.
std::vector<double> without_free(const provenance::DerivationGraph& graph,
                                 std::span<const double> weights);

/// The world of the greatest weight that meets `conditions`; every choice has a value. Nothing if
/// there is none, or a limit ends the search.
std::optional<circuit::World> best_world(const Inference& inference,
                                         std::span<const circuit::Condition> conditions,
                                         std::span<const double> weights,
                                         const eval::Limits& limits);

}  // namespace entail
