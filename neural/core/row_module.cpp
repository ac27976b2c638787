#include "neural/core/row_module.h"

namespace entail::neural {

RowShards::RowShards(Index total) : rows(total), rows_per_shard(kBlockRows), count(1) {
    const Index blocks = (rows + kBlockRows - 1) / kBlockRows;
    const Index blocks_per_shard = std::max<Index>(1, (blocks + kMaxShards - 1) / kMaxShards);
    rows_per_shard = blocks_per_shard * kBlockRows;
    count = static_cast<int>((rows + rows_per_shard - 1) / rows_per_shard);
}

template <class Scalar>
RowModule<Scalar>::RowModule(const RowModule& other) : Module<Scalar>(other) {}

template <class Scalar>
RowModule<Scalar>::~RowModule() = default;

template <class Scalar>
void RowModule<Scalar>::prepare(const RowShards&, Mode, std::uint64_t) {}

template <class Scalar>
const Matrix<Scalar>& RowModule<Scalar>::forward_batch(const Matrix<Scalar>& input, Mode mode,
                                                       Context& context) {
    if (!alone_) {
        alone_ = std::make_unique<RowPipeline<Scalar>>(std::vector<RowModule<Scalar>*>{this});
    }
    return alone_->forward(input, mode, context);
}

template <class Scalar>
const Matrix<Scalar>& RowModule<Scalar>::backward_batch(const Matrix<Scalar>& input,
                                                        const Matrix<Scalar>& output_gradient,
                                                        bool want_input_gradient,
                                                        Context& context) {
    return alone_->backward(input, output_gradient, want_input_gradient, context);
}

namespace {

/// Room for at least so many rows; keeps what there is, so that a smaller batch does not allocate.
template <class Scalar>
void reserve_rows(Matrix<Scalar>& matrix, Index rows, Index columns) {
    if (matrix.rows() < rows || matrix.cols() != columns) matrix.resize(rows, columns);
}

}  // namespace

template <class Scalar>
RowPipeline<Scalar>::RowPipeline(std::vector<RowModule<Scalar>*> stages) {
    for (RowModule<Scalar>* module : stages) {
        Stage& stage = stages_.emplace_back(Stage{module, {}, {}});
        for (auto& [name, parameter] : module->parameters()) stage.parameters.push_back(parameter);
    }
}

template <class Scalar>
const Matrix<Scalar>& RowPipeline<Scalar>::forward(const Matrix<Scalar>& input, Mode mode,
                                                   Context& context) {
    const RowShards shards(input.rows());
    const bool keep = mode == Mode::train;
    const Index inner_rows = keep ? input.rows() : shards.count * RowShards::kBlockRows;
    for (Stage& stage : stages_) {
        stage.module->prepare(shards, mode, context.noise);
        const Index width = stage.module->output_shape().size();
        if (&stage == &stages_.back()) {
            stage.output.resize(input.rows(), width);
        } else {
            reserve_rows(stage.output, inner_rows, width);
        }
    }
    context.pool.run(shards.count, [&](int shard) {
        const Index end = shards.end(shard);
        for (Index row = shards.begin(shard); row < end; row += RowShards::kBlockRows) {
            const RowBlock block{row, std::min(RowShards::kBlockRows, end - row), shard};
            const Scalar* in = input.data() + row * input.cols();
            for (Stage& stage : stages_) {
                const bool in_batch = keep || &stage == &stages_.back();
                const Index place = in_batch ? row : shard * RowShards::kBlockRows;
                Scalar* out = stage.output.data() + place * stage.output.cols();
                stage.module->forward_rows(block, in, out, mode);
                in = out;
            }
        }
    });
    return stages_.back().output;
}

template <class Scalar>
const Matrix<Scalar>& RowPipeline<Scalar>::backward(const Matrix<Scalar>& input,
                                                    const Matrix<Scalar>& output_gradient,
                                                    bool want_input_gradient, Context& context) {
    const RowShards shards(input.rows());
    Index widest = 0;
    for (const Stage& stage : stages_) {
        widest = std::max(widest, stage.module->input_shape().size());
    }
    reserve_rows(gradients_, 2 * shards.count * RowShards::kBlockRows, widest);
    input_gradient_.resize(want_input_gradient ? input.rows() : 0, input.cols());
    const std::size_t first = first_needed(want_input_gradient);

    for_each_trainable([&](Parameter<Scalar>& p) { p.open_partials(shards.count); });
    context.pool.run(shards.count, [&](int shard) {
        Scalar* buffers = gradients_.data() + 2 * shard * RowShards::kBlockRows * widest;
        const Index end = shards.end(shard);
        for (Index row = shards.begin(shard); row < end; row += RowShards::kBlockRows) {
            const RowBlock block{row, std::min(RowShards::kBlockRows, end - row), shard};
            const Scalar* gradient = output_gradient.data() + row * output_gradient.cols();
            for (std::size_t s = stages_.size(); s-- > first;) {
                const Matrix<Scalar>& from = s == 0 ? input : stages_[s - 1].output;
                const Matrix<Scalar>& to = stages_[s].output;
                Scalar* in_gradient = nullptr;
                if (s > first) {
                    in_gradient = buffers + (s % 2) * (RowShards::kBlockRows * widest);
                } else if (want_input_gradient) {
                    in_gradient = input_gradient_.data() + row * input_gradient_.cols();
                }
                stages_[s].module->backward_rows(block, from.data() + row * from.cols(),
                                                 to.data() + row * to.cols(), gradient,
                                                 in_gradient);
                gradient = in_gradient;
            }
        }
    });
    for_each_trainable([&](Parameter<Scalar>& p) { p.close_partials(context.pool); });
    return input_gradient_;
}

template <class Scalar>
std::size_t RowPipeline<Scalar>::first_needed(bool want_input_gradient) const {
    if (want_input_gradient) return 0;
    std::size_t s = 0;
    for (; s < stages_.size(); ++s) {
        for (const Parameter<Scalar>* parameter : stages_[s].parameters) {
            if (parameter->trainable()) return s;
        }
    }
    return s;
}

template <class Scalar>
template <class Visit>
void RowPipeline<Scalar>::for_each_trainable(Visit&& visit) {
    for (Stage& stage : stages_) {
        for (Parameter<Scalar>* parameter : stage.parameters) {
            if (parameter->trainable()) visit(*parameter);
        }
    }
}

template class RowModule<float>;
template class RowModule<double>;
template class RowPipeline<float>;
template class RowPipeline<double>;

}  // namespace entail::neural
