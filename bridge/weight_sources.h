#pragma once
// Where the weights of a circuit come from: constants, learnable weights, outputs of networks.
//
// This is the bridge in the narrow sense: a network's distribution over classes becomes the weights
// of a categorical choice, and the gradient over those weights becomes the gradient over the
// network's outputs. Made once for each circuit; per batch it is three flat loops.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "bridge/learnable_weights.h"
#include "neural/core/shape.h"
#include "symbolic/eval/database.h"
#include "symbolic/ir/program.h"

namespace entail::bridge {

/// The source of one weight.
struct WeightSource {
    enum class Kind : std::uint8_t { constant, share, network };
    Kind kind = Kind::constant;
    double value = 0;           ///< of a constant; of a share: the mass that is shared
    std::uint32_t share = 0;    ///< index into LearnableWeights::shares()
    std::uint32_t module = 0;   ///< of a network
    std::uint32_t network = 0;  ///< networks are numbered through: concepts of module 0, of 1, ...
    std::uint32_t slot = 0;     ///< which input of an example the network looks at
    std::uint32_t output = 0;   ///< which class
};

/// The index of a module's concept among the networks of a program.
std::uint32_t network_index(const ir::Program& program, std::uint32_t module,
                            std::uint32_t concept_index);

/// The sources of all weights of `database`, in their order. `slot_of` numbers the inputs of an
/// example; it is asked for every input of a network's choice.
std::vector<WeightSource> weight_sources(
    const ir::Program& program, const eval::Database& database, const LearnableWeights& learnable,
    const std::function<std::uint32_t(const ValueStore&, Value)>& slot_of);

/// Outputs of one network, or gradients over them, for a batch of examples: input i of example b
/// is row first_row + b * inputs + i.
template <class Matrix>
struct NetworkRows {
    Matrix* rows = nullptr;  ///< [at least first_row + batch * inputs x classes]
    neural::Index first_row = 0;
};

class WeightSources {
public:
    /// Throws std::invalid_argument if a source's slot is not below `slots`.
    WeightSources(const std::vector<WeightSource>& sources, std::uint32_t slots);

    std::size_t weight_count() const { return weight_count_; }
    std::uint32_t slots() const { return slots_; }
    /// The slots that `module` looks at, ascending: its inputs for one example.
    std::span<const std::uint32_t> inputs(std::uint32_t module) const;

    /// Writes `weights`, [weight_count x batch], row-major. `outputs` is by network.
    template <class Scalar>
    void fill(std::size_t batch, std::span<const double> shares,
              std::span<const NetworkRows<const neural::Matrix<Scalar>>> outputs,
              std::span<double> weights) const;

    /// The adjoint of fill: adds what `weight_gradients` [weight_count x batch] mean for the
    /// outputs of the networks and for the shares.
    template <class Scalar>
    void distribute(std::size_t batch, std::span<const double> weight_gradients,
                    std::span<const NetworkRows<neural::Matrix<Scalar>>> output_gradients,
                    std::span<double> share_gradients) const;

private:
    struct Constant {
        std::uint32_t weight;
        double value;
    };
    struct Share {
        std::uint32_t weight, share;
        double mass;
    };
    struct Output {
        std::uint32_t weight, network;
        neural::Index input, inputs;  // which of how many inputs of the module
        neural::Index output;
    };

    std::size_t weight_count_;
    std::uint32_t slots_;
    std::vector<Constant> constants_;
    std::vector<Share> shares_;
    std::vector<Output> outputs_;
    std::vector<std::vector<std::uint32_t>> inputs_;  // by module
};

}  // namespace entail::bridge
