#include "neural/core/thread_pool.h"

#include <algorithm>
#include <utility>

// A round of tasks: the caller publishes (call, count), raises `round_` and wakes the helpers;
// everyone takes numbers from `next_`. A helper that comes while the round is open joins it; one
// that comes later finds it closed, so a round never waits for a thread that the system has not
// woken yet. Rounds of training come microseconds apart, so helpers look for the next round a short
// while before they sleep.

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
        open_ = true;
        ++round_;
    }
    wake_.notify_all();
    work();
    // Every task is taken; those who took one are inside.
    for (int spin = 0; spin < kSpins && inside_ != 0; ++spin) relax();
    std::unique_lock lock(mutex_);
    open_ = false;
    done_.wait(lock, [this] { return inside_ == 0; });
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
            if (!open_) continue;
            ++inside_;
        }
        work();
        const std::lock_guard lock(mutex_);
        if (--inside_ == 0) done_.notify_one();
    }
}

}  // namespace entail::neural
