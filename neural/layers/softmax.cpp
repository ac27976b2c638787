#include "neural/layers/softmax.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace entail::neural {

template <class Scalar>
Softmax<Scalar>::Softmax(Shape input) : RowModule<Scalar>(input, input) {}

template <class Scalar>
std::string Softmax<Scalar>::describe() const {
    return fmt::format("softmax({})", this->input_shape().text());
}

template <class Scalar>
void Softmax<Scalar>::forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode) {
    const Index size = this->input_shape().size();
    for (Index i = 0; i < block.count; ++i, in += size, out += size) {
        const Scalar greatest = *std::max_element(in, in + size);
        for (Index j = 0; j < size; ++j) out[j] = std::exp(in[j] - greatest);
        const Scalar scale = 1 / std::accumulate(out, out + size, Scalar(0));
        for (Index j = 0; j < size; ++j) out[j] *= scale;
    }
}

template <class Scalar>
void Softmax<Scalar>::backward_rows(RowBlock block, const Scalar*, const Scalar* out,
                                    const Scalar* out_gradient, Scalar* in_gradient) {
    if (in_gradient == nullptr) return;
    const Index size = this->input_shape().size();
    for (Index i = 0; i < block.count; ++i) {
        const Scalar mean = std::inner_product(out, out + size, out_gradient, Scalar(0));
        for (Index j = 0; j < size; ++j) in_gradient[j] = out[j] * (out_gradient[j] - mean);
        out += size;
        out_gradient += size;
        in_gradient += size;
    }
}

template <class Scalar>
LogSoftmax<Scalar>::LogSoftmax(Shape input) : RowModule<Scalar>(input, input) {}

template <class Scalar>
std::string LogSoftmax<Scalar>::describe() const {
    return fmt::format("log_softmax({})", this->input_shape().text());
}

template <class Scalar>
void LogSoftmax<Scalar>::forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode) {
    const Index size = this->input_shape().size();
    for (Index i = 0; i < block.count; ++i, in += size, out += size) {
        const Scalar greatest = *std::max_element(in, in + size);
        Scalar sum = 0;
        for (Index j = 0; j < size; ++j) sum += std::exp(in[j] - greatest);
        const Scalar shift = greatest + std::log(sum);
        for (Index j = 0; j < size; ++j) out[j] = in[j] - shift;
    }
}

template <class Scalar>
void LogSoftmax<Scalar>::backward_rows(RowBlock block, const Scalar*, const Scalar* out,
                                       const Scalar* out_gradient, Scalar* in_gradient) {
    if (in_gradient == nullptr) return;
    const Index size = this->input_shape().size();
    for (Index i = 0; i < block.count; ++i) {
        const Scalar sum = std::accumulate(out_gradient, out_gradient + size, Scalar(0));
        for (Index j = 0; j < size; ++j) in_gradient[j] = out_gradient[j] - std::exp(out[j]) * sum;
        out += size;
        out_gradient += size;
        in_gradient += size;
    }
}

template class Softmax<float>;
template class Softmax<double>;
template class LogSoftmax<float>;
template class LogSoftmax<double>;

}  // namespace entail::neural
