#pragma once
// Single worlds of a circuit: the most probable ones, and random ones.
//
// A world fixes the alternative of every choice that matters, also of those that a path through the
// circuit does not mention. Its weight is the product of the weights of its alternatives; weights
// need not sum to 1. A world of weight 0 is none.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "symbolic/circuit/circuit.h"
#include "symbolic/provenance/world_model.h"

namespace entail::circuit {

/// The alternative of every choice; 0 for those that do not matter.
using provenance::World;

struct RankedWorld {
    World world;
    double log_weight;  ///< natural logarithm
};

/// The worlds that satisfy a root, best first; equals in an order that depends on the circuit
/// alone. The first costs one sweep, each further one as many as there are choices that matter.
class BestWorlds {
public:
    /// `weights` by weight index, `choices` ascending: those that matter, among them all that the
    /// root's circuit mentions. Keeps a reference to the circuit.
    BestWorlds(const Circuit& circuit, CircuitNode root, std::span<const double> weights,
               std::span<const std::uint32_t> choices);

    /// Nothing when there is no other, or `stop`, asked before every sweep, has said true: then the
    /// search cannot go on.
    std::optional<RankedWorld> next(const std::function<bool()>& stop = {});
    /// An estimate of what the search keeps.
    std::size_t memory_bytes() const;

private:
    /// The worlds that agree with `start` in the first `fixed` choices and take none of `excluded`
    /// in the next.
    struct Part {
        std::shared_ptr<const World> start;
        std::size_t fixed = 0;
        std::vector<std::uint32_t> excluded;
    };
    /// The logarithm of the greatest weight in a part; fills value_.
    double bound(const Part& part);
    World trace() const;

    const Circuit* circuit_;
    CircuitNode root_;
    std::vector<double> logs_;  // by weight
    std::vector<std::uint32_t> choices_;
    std::vector<double> value_;             // by node
    std::vector<double> relative_;          // by weight: to the best that is allowed
    std::vector<std::uint32_t> favourite_;  // by choice: the best that is allowed
    std::multimap<double, Part, std::greater<>> parts_;
    std::size_t excluded_ = 0;  // in all parts
    std::size_t starts_ = 0;
    std::optional<std::pair<Part, World>> last_;  // given out, its part not yet divided
};

/// Draws worlds that satisfy a root, each with its probability.
class WorldSampler {
public:
    /// As BestWorlds. Weights of a choice that sum to 1 make the draw that of the distribution
    /// given the root.
    WorldSampler(const Circuit& circuit, CircuitNode root, std::span<const double> weights,
                 std::span<const std::uint32_t> choices);

    /// Whether there is a world at all; nothing may be drawn if not.
    bool possible() const;
    World draw(std::mt19937_64& random) const;

private:
    const Circuit* circuit_;
    CircuitNode root_;
    std::vector<double> weights_;
    std::vector<std::uint32_t> choices_;
    std::vector<double> logs_;  // by node: of its mass
};

}  // namespace entail::circuit
