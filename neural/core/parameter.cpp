#include "neural/core/parameter.h"

#include <algorithm>

namespace entail::neural {

template <class Scalar>
Parameter<Scalar>::Parameter(Shape shape, Role role) : shape_(std::move(shape)), role_(role) {
    value_.assign(static_cast<std::size_t>(shape_.size()), Scalar(0));
    if (role_ == Role::weight) gradient_.assign(value_.size(), Scalar(0));
}

template <class Scalar>
void Parameter<Scalar>::open_partials(int shards) {
    shards_ = shards;
    partials_.assign(static_cast<std::size_t>(shards) * value_.size(), Scalar(0));
}

template <class Scalar>
void Parameter<Scalar>::close_partials(ThreadPool& pool) {
    // Each element is summed in order of shards, whoever does it.
    constexpr Index kChunk = 4096;
    const Index size = shape_.size();
    pool.run(static_cast<int>((size + kChunk - 1) / kChunk), [&](int chunk) {
        const Index begin = chunk * kChunk;
        const Index end = std::min(size, begin + kChunk);
        for (int shard = 0; shard < shards_; ++shard) {
            const Scalar* from = partial(shard);
            for (Index i = begin; i < end; ++i) gradient_[static_cast<std::size_t>(i)] += from[i];
        }
    });
}

template class Parameter<float>;
template class Parameter<double>;

}  // namespace entail::neural
