#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "neural/core/shape.h"
#include "neural/core/thread_pool.h"

namespace entail::neural {

/// A weight is learned; a statistic (batch norm's running mean) is saved and hashed but has no
/// gradient.
enum class Role { weight, statistic };

/// A tensor that a module owns, with its gradient.
///
/// Invariants: 1. value and gradient have shape().size() elements (a statistic's gradient is
/// empty).
/// 2. version() changes whenever the value may have changed, so that modules can keep derived
/// copies.
/// 3. Gradients of one batch are gathered in one partial sum per shard of the batch, and the
/// partial sums are
///    added in order of shards: the result does not depend on which thread ran which shard.
template <class Scalar>
class Parameter {
public:
    explicit Parameter(Shape shape, Role role = Role::weight);

    const Shape& shape() const { return shape_; }
    Role role() const { return role_; }
    std::span<const Scalar> value() const { return value_; }
    /// For writing. Ask again for each round of changes; do not keep the span.
    std::span<Scalar> edit() {
        ++version_;
        return value_;
    }
    std::span<Scalar> gradient() { return gradient_; }
    std::span<const Scalar> gradient() const { return gradient_; }
    std::uint64_t version() const { return version_; }

    bool trainable() const { return role_ == Role::weight && !frozen_; }
    void set_frozen(bool frozen) { frozen_ = frozen; }

    /// Sets aside one zeroed partial sum per shard.
    void open_partials(int shards);
    Scalar* partial(int shard) { return partials_.data() + shard * shape_.size(); }
    /// Adds the partial sums of the last open_partials to the gradient, in order of shards.
    void close_partials(ThreadPool& pool);

private:
    Shape shape_;
    Role role_;
    bool frozen_ = false;
    std::uint64_t version_ = 1;
    std::vector<Scalar> value_;
    std::vector<Scalar> gradient_;
    std::vector<Scalar> partials_;
    int shards_ = 0;
};

template <class Scalar>
struct NamedParameter {
    std::string name;  ///< "conv1.weight": unique within its module
    Parameter<Scalar>* parameter;
};

}  // namespace entail::neural
