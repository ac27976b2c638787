#include "neural/layers/activation.h"

#include <fmt/format.h>

#include <cmath>

namespace entail::neural {

namespace {

const char* name_of(Function function) {
    switch (function) {
        case Function::relu:
            return "relu";
        case Function::tanh:
            return "tanh";
        case Function::sigmoid:
            return "sigmoid";
    }
    return "";
}

}  // namespace

template <class Scalar>
Activation<Scalar>::Activation(Shape input, Function function)
    : RowModule<Scalar>(input, input), function_(function) {}

template <class Scalar>
std::string Activation<Scalar>::describe() const {
    return fmt::format("{}({})", name_of(function_), this->input_shape().text());
}

template <class Scalar>
void Activation<Scalar>::forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode) {
    const Index size = block.count * this->input_shape().size();
    switch (function_) {
        case Function::relu:
            for (Index i = 0; i < size; ++i) out[i] = in[i] > 0 ? in[i] : Scalar(0);
            break;
        case Function::tanh:
            for (Index i = 0; i < size; ++i) out[i] = std::tanh(in[i]);
            break;
        case Function::sigmoid:
            // Through tanh: no overflow on either side.
            for (Index i = 0; i < size; ++i) {
                out[i] = Scalar(0.5) + Scalar(0.5) * std::tanh(Scalar(0.5) * in[i]);
            }
            break;
    }
}

template <class Scalar>
void Activation<Scalar>::backward_rows(RowBlock block, const Scalar*, const Scalar* out,
                                       const Scalar* out_gradient, Scalar* in_gradient) {
    if (in_gradient == nullptr) return;
    const Index size = block.count * this->input_shape().size();
    switch (function_) {
        case Function::relu:
            for (Index i = 0; i < size; ++i) {
                in_gradient[i] = out[i] > 0 ? out_gradient[i] : Scalar(0);
            }
            break;
        case Function::tanh:
            for (Index i = 0; i < size; ++i)
                in_gradient[i] = out_gradient[i] * (1 - out[i] * out[i]);
            break;
        case Function::sigmoid:
            for (Index i = 0; i < size; ++i)
                in_gradient[i] = out_gradient[i] * out[i] * (1 - out[i]);
            break;
    }
}

template class Activation<float>;
template class Activation<double>;

}  // namespace entail::neural
