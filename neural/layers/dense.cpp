#include "neural/layers/dense.h"

#include <fmt/format.h>

namespace entail::neural {

namespace {

std::vector<Index> multiples(int count, Index step) {
    std::vector<Index> places(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) places[static_cast<std::size_t>(i)] = i * step;
    return places;
}

}  // namespace

template <class Scalar>
Dense<Scalar>::Dense(Shape input, int outputs, Random& random, Start start)
    : RowModule<Scalar>(input, Shape{outputs}),
      inputs_(static_cast<int>(input.size())),
      outputs_(outputs),
      weight_(Shape{inputs_, outputs}),
      bias_(Shape{outputs}),
      input_rows_(multiples(RowShards::kBlockRows, inputs_)),
      output_rows_(multiples(RowShards::kBlockRows, outputs_)),
      weight_rows_(multiples(inputs_, outputs_)),
      weight_columns_(multiples(inputs_, 1)) {
    initialise(weight_, inputs_, outputs_, start, random);
}

template <class Scalar>
std::string Dense<Scalar>::describe() const {
    return fmt::format("dense({} -> {})", this->input_shape().text(), outputs_);
}

template <class Scalar>
std::vector<NamedParameter<Scalar>> Dense<Scalar>::parameters() {
    return {{"weight", &weight_}, {"bias", &bias_}};
}

template <class Scalar>
void Dense<Scalar>::prepare(const RowShards& shards, Mode mode, std::uint64_t) {
    if (mode == Mode::train && packed_gradients_.size() < static_cast<std::size_t>(shards.count)) {
        packed_gradients_.resize(static_cast<std::size_t>(shards.count));
    }
    const std::uint64_t version = weight_.version() + bias_.version();
    if (version == packed_version_) return;
    packed_version_ = version;
    packed_.pack(weight_.value().data(), inputs_, outputs_, outputs_, 1, bias_.value().data());
    transposed_.pack(weight_.value().data(), outputs_, inputs_, 1, outputs_);
}

template <class Scalar>
void Dense<Scalar>::forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode) {
    const int rows = static_cast<int>(block.count);
    multiply<Scalar>({in, input_rows_.data(), rows, 1, 0, inputs_, 1}, packed_, out,
                     output_rows_.data(), false);
}

template <class Scalar>
void Dense<Scalar>::backward_rows(RowBlock block, const Scalar* in, const Scalar*,
                                  const Scalar* out_gradient, Scalar* in_gradient) {
    const int rows = static_cast<int>(block.count);
    if (in_gradient != nullptr) {
        multiply<Scalar>({out_gradient, output_rows_.data(), rows, 1, 0, outputs_, 1}, transposed_,
                         in_gradient, input_rows_.data(), false);
    }
    if (weight_.trainable()) {
        auto& right = packed_gradients_[static_cast<std::size_t>(block.shard)];
        right.pack(out_gradient, rows, outputs_, outputs_, 1);
        multiply<Scalar>({in, weight_columns_.data(), inputs_, 1, 0, rows, inputs_}, right,
                         weight_.partial(block.shard), weight_rows_.data(), true);
    }
    if (bias_.trainable()) {
        Scalar* sum = bias_.partial(block.shard);
        for (int i = 0; i < rows; ++i) {
            const Scalar* row = out_gradient + Index{i} * outputs_;
            for (int j = 0; j < outputs_; ++j) sum[j] += row[j];
        }
    }
}

template class Dense<float>;
template class Dense<double>;

}  // namespace entail::neural
