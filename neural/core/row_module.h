#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "neural/core/module.h"

namespace entail::neural {

/// How a batch is split: into at most kMaxShards shards, each walked in blocks of kBlockRows rows.
/// Depends on the number of rows only, never on the number of threads.
struct RowShards {
    static constexpr Index kBlockRows = 8;
    static constexpr int kMaxShards = 16;

    explicit RowShards(Index rows);

    Index begin(int shard) const { return std::min(rows, shard * rows_per_shard); }
    Index end(int shard) const { return std::min(rows, (shard + 1) * rows_per_shard); }

    Index rows;
    Index rows_per_shard;
    int count;
};

/// The rows [begin, begin + count) of the batch, count <= kBlockRows, worked on for one shard.
struct RowBlock {
    Index begin;
    Index count;
    int shard;
};

template <class Scalar>
class RowPipeline;

/// A module that maps each row on its own.
template <class Scalar>
class RowModule : public Module<Scalar> {
public:
    ~RowModule() override;

    /// Called once per batch, on the caller's thread, before any block.
    virtual void prepare(const RowShards& shards, Mode mode, std::uint64_t noise);
    /// `in` and `out` point at the first row of the block. Touches no state of another block or
    /// shard.
    virtual void forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode mode) = 0;
    /// Overwrites `in_gradient` (null if nobody needs it) and adds parameter gradients to
    /// partial(block.shard) of every trainable parameter.
    virtual void backward_rows(RowBlock block, const Scalar* in, const Scalar* out,
                               const Scalar* out_gradient, Scalar* in_gradient) = 0;

protected:
    using Module<Scalar>::Module;
    RowModule(const RowModule& other);

    const Matrix<Scalar>& forward_batch(const Matrix<Scalar>& input, Mode mode,
                                        Context& context) final;
    const Matrix<Scalar>& backward_batch(const Matrix<Scalar>& input,
                                         const Matrix<Scalar>& output_gradient,
                                         bool want_input_gradient, Context& context) final;

private:
    std::unique_ptr<RowPipeline<Scalar>> alone_;  // made by the first forward
};

/// A chain of row modules. One block of rows goes through the whole chain while it is in the cache,
/// and the shards of the batch run on different threads. When training it keeps every stage's
/// outputs for backward; in inference, only one block of them per shard.
template <class Scalar>
class RowPipeline {
public:
    /// The stages must outlive the pipeline; at least one.
    explicit RowPipeline(std::vector<RowModule<Scalar>*> stages);

    const Matrix<Scalar>& forward(const Matrix<Scalar>& input, Mode mode, Context& context);
    const Matrix<Scalar>& backward(const Matrix<Scalar>& input,
                                   const Matrix<Scalar>& output_gradient, bool want_input_gradient,
                                   Context& context);

private:
    struct Stage {
        RowModule<Scalar>* module;
        std::vector<Parameter<Scalar>*> parameters;
        Matrix<Scalar> output;
    };

    /// The first stage whose gradients anybody needs; stages_.size() if there is none.
    std::size_t first_needed(bool want_input_gradient) const;
    template <class Visit>
    void for_each_trainable(Visit&& visit);

    std::vector<Stage> stages_;
    Matrix<Scalar> gradients_;  // two blocks per shard, used in turn
    Matrix<Scalar> input_gradient_;
};

}  // namespace entail::neural
