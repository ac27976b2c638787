#include "symbolic/eval/parallel_join.h"

#include <algorithm>

namespace entail::eval {
namespace {

constexpr std::size_t kWave = 32;             // chunks joined before the next merge
constexpr std::size_t kMaxFound = 1U << 18U;  // tuples and premises a chunk may find
constexpr std::size_t kWanted = 1U << 14U;    // and about how many it should
constexpr Row kMinChunk = 16, kMaxChunk = 1024;

}  // namespace

ParallelJoin::ParallelJoin(unsigned threads, Database& database, const Budget& budget,
                           const Windows& windows)
    : database_(database), wave_(kWave) {
    for (unsigned t = 0; t < threads; ++t) {
        joins_.push_back(
            std::make_unique<Join>(database, budget, windows, nullptr, nullptr, nullptr));
    }
    for (unsigned t = 1; t < threads; ++t) threads_.emplace_back([this, t] { work(t); });
}

ParallelJoin::~ParallelJoin() {
    {
        std::lock_guard lock(mutex_);
        ends_ = true;
    }
    start_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void ParallelJoin::work(unsigned thread) {
    std::size_t seen = 0;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            start_.wait(lock, [&] { return ends_ || generation_ != seen; });
            if (ends_) return;
            seen = generation_;
        }
        join_chunks(*joins_[thread]);
        std::lock_guard lock(mutex_);
        if (--busy_ == 0) done_.notify_one();
    }
}

void ParallelJoin::join_chunks(Join& join) {
    for (;;) {
        std::size_t chunk;
        {
            std::lock_guard lock(mutex_);
            if (next_chunk_ >= chunks_ || failure_) return;
            chunk = next_chunk_++;
        }
        try {
            join_chunk(join, wave_[chunk]);
        } catch (...) {
            std::lock_guard lock(mutex_);
            if (!failure_) failure_ = std::current_exception();
        }
    }
}

void ParallelJoin::join_chunk(Join& join, Found& found) const {
    found.tuples.clear();
    found.premises.clear();
    found.ends.clear();
    found.count = 0;
    found.is_complete = true;
    const Relation& known = database_.relations[rule_->heads[0].atom.predicate];
    join.start(*rule_, *plan_, found.first, found.end);
    while (join.next()) {
        auto tuple = join.head();
        Row row = kNoRow;
        bool is_known = known.all_certain()
                            ? known.contains(tuple)
                            : (row = known.find(tuple)) != kNoRow && known.is_certain(row);
        if (is_known) {
            join.skip_same_head();
            continue;
        }
        const auto& premises = join.premises();
        found.tuples.insert(found.tuples.end(), tuple.begin(), tuple.end());
        if (!premises.empty() || !found.ends.empty()) {
            found.ends.resize(found.count, 0);
            found.premises.insert(found.premises.end(), premises.begin(), premises.end());
            found.ends.push_back(static_cast<std::uint32_t>(found.premises.size()));
        }
        if (++found.count + found.premises.size() > kMaxFound) {
            found.is_complete = false;
            return;
        }
        if (premises.empty()) join.skip_same_head();
    }
    found.is_complete = !join.has_failed();
}

void ParallelJoin::run(const ir::Rule& rule, const Plan& plan, Row first, Row end,
                       const std::function<void(const Found&)>& take) {
    rule_ = &rule;
    plan_ = &plan;
    Row rows_a_chunk = 256;
    while (first < end) {
        {
            std::lock_guard lock(mutex_);
            chunks_ = next_chunk_ = 0;
            for (; chunks_ < kWave && first < end; ++chunks_) {
                Row stop = end - first < rows_a_chunk ? end : first + rows_a_chunk;
                wave_[chunks_].first = first;
                wave_[chunks_].end = stop;
                first = stop;
            }
            busy_ = threads_.size();
            ++generation_;
        }
        start_.notify_all();
        join_chunks(*joins_[0]);
        {
            std::unique_lock lock(mutex_);
            done_.wait(lock, [&] { return busy_ == 0; });
            if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
        }
        std::size_t most = 1;
        for (std::size_t c = 0; c < chunks_; ++c) {
            most = std::max(most, wave_[c].count);
            take(wave_[c]);
        }
        std::size_t wanted = std::size_t{rows_a_chunk} * kWanted / most;
        rows_a_chunk = static_cast<Row>(std::clamp<std::size_t>(wanted, kMinChunk, kMaxChunk));
    }
}

}  // namespace entail::eval
