#include "neural/core/thread_pool.h"

#include <algorithm>
#include <utility>

// A round of tasks: the caller publishes (call, count), raises `round_` and wakes the helpers;
// everyone takes numbers from `next_`. Rounds of training come microseconds apart, so helpers look
// for the next round a short while before they sleep: that halves the latency of a step and costs
// idle time only while training.

namespace entail::neural {

namespace {

constexpr int kSpins = 2000;

void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
    if (threads <= 0) threads = std::max(1U, std::thread::hardware_concurrency());
    helpers_.reserve(static_cast<std::size_t>(threads - 1));
    for (int i = 1; i < threads; ++i) helpers_.emplace_back([this] { help(); });
}

ThreadPool::~ThreadPool() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
        ++round_;
    }
    wake_.notify_all();
    for (std::thread& helper : helpers_) helper.join();
}

void ThreadPool::run_erased(int count, void* self, Call call) {
    if (count <= 0) return;
    if (helpers_.empty() || count == 1) {
        for (int number = 0; number < count; ++number) call(self, number);
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        self_ = self;
        call_ = call;
        count_ = count;
        failure_ = nullptr;
        next_ = 0;
        busy_ = static_cast<int>(helpers_.size());
        ++round_;
    }
    wake_.notify_all();
    work();
    for (int spin = 0; spin < kSpins && busy_ != 0; ++spin) relax();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ThreadPool::work() {
    for (int number = next_++; number < count_; number = next_++) {
        try {
            call_(self_, number);
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!failure_) failure_ = std::current_exception();
        }
    }
}

void ThreadPool::help() {
    std::uint64_t seen = 0;
    for (;;) {
        for (int spin = 0; spin < kSpins && round_ == seen; ++spin) relax();
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return round_ != seen; });
            seen = round_;
            if (stop_) return;
        }
        work();
        const std::lock_guard lock(mutex_);
        if (--busy_ == 0) done_.notify_one();
    }
}

}  // namespace entail::neural
