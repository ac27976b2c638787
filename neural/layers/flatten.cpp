#include "neural/layers/flatten.h"

#include <fmt/format.h>

#include <algorithm>

namespace entail::neural {

template <class Scalar>
Flatten<Scalar>::Flatten(Shape input)
    : RowModule<Scalar>(input, Shape{static_cast<int>(input.size())}) {}

template <class Scalar>
std::string Flatten<Scalar>::describe() const {
    return fmt::format("flatten({})", this->input_shape().text());
}

template <class Scalar>
void Flatten<Scalar>::forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode) {
    std::copy(in, in + block.count * this->input_shape().size(), out);
}

template <class Scalar>
void Flatten<Scalar>::backward_rows(RowBlock block, const Scalar*, const Scalar*,
                                    const Scalar* out_gradient, Scalar* in_gradient) {
    if (in_gradient == nullptr) return;
    std::copy(out_gradient, out_gradient + block.count * this->input_shape().size(), in_gradient);
}

template class Flatten<float>;
template class Flatten<double>;

}  // namespace entail::neural
