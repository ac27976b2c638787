#include "neural/layers/dropout.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "neural/core/random.h"

namespace entail::neural {

template <class Scalar>
Dropout<Scalar>::Dropout(Shape input, double rate, std::uint64_t salt)
    : RowModule<Scalar>(input, input), rate_(rate), salt_(salt) {
    if (!(rate >= 0 && rate < 1)) {
        throw std::invalid_argument(fmt::format("Dropout: rate {} is not in [0, 1)", rate));
    }
}

template <class Scalar>
std::string Dropout<Scalar>::describe() const {
    return fmt::format("dropout({}, rate {})", this->input_shape().text(), rate_);
}

template <class Scalar>
void Dropout<Scalar>::prepare(const RowShards&, Mode mode, std::uint64_t noise) {
    // Backward belongs to the last forward in train mode, so inference between leaves its noise
    // alone.
    if (mode == Mode::train) noise_ = mix(noise, salt_);
}

template <class Scalar>
void Dropout<Scalar>::apply(RowBlock block, const Scalar* from, Scalar* to) const {
    const Index size = this->input_shape().size();
    const auto threshold = static_cast<std::uint64_t>(rate_ * 0x1.0p53);
    const auto scale = static_cast<Scalar>(1 / (1 - rate_));
    for (Index i = 0; i < block.count; ++i, from += size, to += size) {
        const std::uint64_t row = mix(noise_, static_cast<std::uint64_t>(block.begin + i));
        for (Index j = 0; j < size; ++j) {
            const bool falls = mix(row + static_cast<std::uint64_t>(j)) >> 11 < threshold;
            to[j] = falls ? Scalar(0) : scale * from[j];
        }
    }
}

template <class Scalar>
void Dropout<Scalar>::forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode mode) {
    if (mode == Mode::train) {
        apply(block, in, out);
    } else {
        std::copy(in, in + block.count * this->input_shape().size(), out);
    }
}

template <class Scalar>
void Dropout<Scalar>::backward_rows(RowBlock block, const Scalar*, const Scalar*,
                                    const Scalar* out_gradient, Scalar* in_gradient) {
    if (in_gradient != nullptr) apply(block, out_gradient, in_gradient);
}

template class Dropout<float>;
template class Dropout<double>;

}  // namespace entail::neural
