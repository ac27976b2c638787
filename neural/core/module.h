#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "neural/core/parameter.h"
#include "neural/core/shape.h"
#include "neural/core/thread_pool.h"

namespace entail::neural {

enum class Mode { infer, train };

/// What a computation may use from outside: the threads, and the seed of this step's noise
/// (dropout). Setting noise = mix(seed, step) before each training step makes a resumed run repeat
/// the run it resumes.
struct Context {
    ThreadPool& pool;
    std::uint64_t noise = 0;
};

/// The contract: a module maps a batch to a batch, has named parameters and knows its gradient.
///
/// A batch is a matrix [n x input_shape().size()], n >= 1, one example per row, images channels
/// last. Legal order of calls: forward(train) → backward → forward(…) …; forward(infer) at any
/// time, after which backward needs a new forward(train). The input given to forward(train) must
/// stay alive and unchanged until backward. Not thread-safe: one thread calls a module; the module
/// itself spreads work over context.pool, with the same bytes for any number of threads.
template <class Scalar>
class Module {
public:
    virtual ~Module() = default;

    const Shape& input_shape() const { return input_shape_; }
    const Shape& output_shape() const { return output_shape_; }
    /// The structure in one line: "dense(256 -> 120)". Equal texts mean interchangeable weights.
    virtual std::string describe() const = 0;
    /// In a fixed order; names are unique. The pointers live as long as the module.
    virtual std::vector<NamedParameter<Scalar>> parameters() { return {}; }
    /// A deep copy: parameters, gradients and freezing included.
    virtual std::unique_ptr<Module> clone() const = 0;

    /// Returns the outputs [n x output_shape().size()], valid until the next forward. Throws
    /// std::invalid_argument if the input is empty or has another width. After a first call with as
    /// many rows, forward(infer) allocates nothing.
    const Matrix<Scalar>& forward(const Matrix<Scalar>& input, Mode mode, Context& context);

    /// Takes d loss / d output, adds d loss / d parameter to the gradient of every trainable
    /// parameter, and returns d loss / d input [n x input_shape().size()], valid until the next
    /// backward (empty if !want_input_gradient: cheaper). Throws std::logic_error without a
    /// forward(train) before, and std::invalid_argument if the gradient has not the output's size.
    const Matrix<Scalar>& backward(const Matrix<Scalar>& output_gradient, Context& context,
                                   bool want_input_gradient = false);

protected:
    Module(Shape input, Shape output);
    Module(const Module& other);
    Module& operator=(const Module&) = delete;

    virtual const Matrix<Scalar>& forward_batch(const Matrix<Scalar>& input, Mode mode,
                                                Context& context) = 0;
    virtual const Matrix<Scalar>& backward_batch(const Matrix<Scalar>& input,
                                                 const Matrix<Scalar>& output_gradient,
                                                 bool want_input_gradient, Context& context) = 0;

private:
    Shape input_shape_;
    Shape output_shape_;
    const Matrix<Scalar>* input_ = nullptr;  // of the last forward(train), until backward
    Index rows_ = 0;
};

template <class Scalar>
using ModulePtr = std::unique_ptr<Module<Scalar>>;

/// Sets every gradient to zero.
template <class Scalar>
void zero_gradients(Module<Scalar>& module);

/// Excludes all weights from training (or includes them again). Frozen weights get no gradient.
template <class Scalar>
void set_frozen(Module<Scalar>& module, bool frozen);

/// A hash of the names, shapes and bytes of all parameters and statistics: equal exactly when, but
/// for collisions of 64 bits, the parameters are equal bit for bit.
template <class Scalar>
std::uint64_t parameter_hash(Module<Scalar>& module);

/// The number of scalars in all weights.
template <class Scalar>
Index parameter_count(Module<Scalar>& module);

}  // namespace entail::neural
