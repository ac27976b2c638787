#include "neural/core/module.h"

#include <fmt/format.h>

#include <stdexcept>

#include "neural/core/hash.h"

namespace entail::neural {

template <class Scalar>
Module<Scalar>::Module(Shape input, Shape output)
    : input_shape_(std::move(input)), output_shape_(std::move(output)) {}

template <class Scalar>
Module<Scalar>::Module(const Module& other)
    : input_shape_(other.input_shape_), output_shape_(other.output_shape_) {}

template <class Scalar>
const Matrix<Scalar>& Module<Scalar>::forward(const Matrix<Scalar>& input, Mode mode,
                                              Context& context) {
    if (input.rows() < 1 || input.cols() != input_shape_.size()) {
        throw std::invalid_argument(fmt::format(
            "Module::forward: input is {}x{}, but {} takes n x {} ({}), n >= 1", input.rows(),
            input.cols(), describe(), input_shape_.size(), input_shape_.text()));
    }
    input_ = mode == Mode::train ? &input : nullptr;
    rows_ = input.rows();
    return forward_batch(input, mode, context);
}

template <class Scalar>
const Matrix<Scalar>& Module<Scalar>::backward(const Matrix<Scalar>& output_gradient,
                                               Context& context, bool want_input_gradient) {
    if (input_ == nullptr) {
        throw std::logic_error(
            fmt::format("Module::backward: no forward in train mode before, in {}", describe()));
    }
    if (output_gradient.rows() != rows_ || output_gradient.cols() != output_shape_.size()) {
        throw std::invalid_argument(
            fmt::format("Module::backward: output_gradient is {}x{}, but the output of {} is {}x{}",
                        output_gradient.rows(), output_gradient.cols(), describe(), rows_,
                        output_shape_.size()));
    }
    const Matrix<Scalar>& input = *input_;
    input_ = nullptr;
    return backward_batch(input, output_gradient, want_input_gradient, context);
}

template <class Scalar>
void zero_gradients(Module<Scalar>& module) {
    for (auto& [name, parameter] : module.parameters()) {
        for (Scalar& value : parameter->gradient()) value = 0;
    }
}

template <class Scalar>
void set_frozen(Module<Scalar>& module, bool frozen) {
    for (auto& [name, parameter] : module.parameters()) parameter->set_frozen(frozen);
}

template <class Scalar>
std::uint64_t parameter_hash(Module<Scalar>& module) {
    std::uint64_t hash = kHashStart;
    for (auto& [name, parameter] : module.parameters()) {
        const std::string head = fmt::format("{}:{}:", name, parameter->shape().text());
        hash = hash_bytes(head.data(), head.size(), hash);
        hash = hash_bytes(parameter->value().data(), parameter->value().size_bytes(), hash);
    }
    return hash;
}

template <class Scalar>
Index parameter_count(Module<Scalar>& module) {
    Index count = 0;
    for (auto& [name, parameter] : module.parameters()) {
        if (parameter->role() == Role::weight) count += parameter->shape().size();
    }
    return count;
}

#define ENTAIL_INSTANTIATE(Scalar)                          \
    template class Module<Scalar>;                          \
    template void zero_gradients(Module<Scalar>&);          \
    template void set_frozen(Module<Scalar>&, bool);        \
    template std::uint64_t parameter_hash(Module<Scalar>&); \
    template Index parameter_count(Module<Scalar>&);
ENTAIL_INSTANTIATE(float)
ENTAIL_INSTANTIATE(double)
#undef ENTAIL_INSTANTIATE

}  // namespace entail::neural
