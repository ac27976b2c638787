#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "neural/archive.h"
#include "neural/core/module.h"

namespace entail::neural {

/// Moves trainable parameters against their gradient. The state (moments, number of steps) goes
/// into an archive and comes back exactly for Scalar = float, so a resumed run repeats the run it
/// resumes bit for bit.
template <class Scalar>
class Optimizer {
public:
    virtual ~Optimizer() = default;

    /// One step with this learning rate; frozen parameters stay. Does not clear the gradients. Same
    /// bytes for any number of threads.
    virtual void step(double learning_rate, Context& context) = 0;

    /// Tensors "<prefix><parameter name>.<moment>", and the step counter as a blob "<prefix>steps".
    void save(Archive& archive, const std::string& prefix = "optimizer/") const;
    /// Throws DataError, and changes nothing, unless the archive has exactly this optimizer's
    /// state.
    void load(const Archive& archive, const std::string& file,
              const std::string& prefix = "optimizer/");

protected:
    /// The parameters must outlive the optimizer. `moments`: names of the tensors kept per
    /// parameter.
    Optimizer(std::vector<NamedParameter<Scalar>> parameters, std::vector<std::string> moments);

    struct Slot {
        std::string name;
        Parameter<Scalar>* parameter;
        std::vector<std::vector<Scalar>> moments;
    };
    std::vector<Slot> slots_;
    std::uint64_t steps_ = 0;

private:
    std::vector<std::string> moment_names_;
};

struct SgdOptions {
    double momentum = 0;
    double weight_decay = 0;  ///< L2: gradient + weight_decay · value
};

/// v ← momentum·v + g;  w ← w − rate·v.
template <class Scalar>
class Sgd final : public Optimizer<Scalar> {
public:
    Sgd(std::vector<NamedParameter<Scalar>> parameters, SgdOptions options = {});
    void step(double learning_rate, Context& context) override;

private:
    SgdOptions options_;
};

struct AdamOptions {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0;  ///< decoupled: w ← w − rate·weight_decay·w
};

/// Adam (Kingma and Ba, 2015), with bias correction.
template <class Scalar>
class Adam final : public Optimizer<Scalar> {
public:
    Adam(std::vector<NamedParameter<Scalar>> parameters, AdamOptions options = {});
    void step(double learning_rate, Context& context) override;

private:
    AdamOptions options_;
};

/// The learning rate over a run: a linear rise over the first `warm_up` steps, then constant, or
/// down to `final_fraction` of the peak along half a cosine.
struct Schedule {
    enum class Kind { constant, cosine };

    Kind kind = Kind::cosine;
    double peak = 1e-3;
    std::uint64_t steps = 1;  ///< of the whole run; later steps keep the final rate
    std::uint64_t warm_up = 0;
    double final_fraction = 0.05;

    double rate(std::uint64_t step) const;
};

}  // namespace entail::neural
