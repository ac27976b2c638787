#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace entail::neural {

/// Runs numbered tasks on a fixed set of threads, the caller's among them. Which thread takes which
/// task is open, so a task must depend on its number alone: then results are the same for any
/// number of threads.
///
/// Thread safety: one `run` at a time; a task must not call `run` on the pool that runs it.
class ThreadPool {
public:
    /// threads = 0: one per hardware thread. The pool starts threads - 1 helpers.
    explicit ThreadPool(int threads = 0);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int threads() const { return static_cast<int>(helpers_.size()) + 1; }

    /// Calls task(0) ... task(count - 1) and returns when all are done. Allocates nothing. The
    /// first exception that a task throws is rethrown here, when no task is running any more.
    template <class Task>
    void run(int count, Task&& task) {
        using Plain = std::remove_reference_t<Task>;
        run_erased(count, const_cast<void*>(static_cast<const void*>(std::addressof(task))),
                   [](void* self, int number) { (*static_cast<Plain*>(self))(number); });
    }

private:
    using Call = void (*)(void*, int);

    void run_erased(int count, void* self, Call call);
    void help();
    void work();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable done_;
    std::atomic<std::uint64_t> round_ = 0;  // changes when there may be work; under mutex_
    std::atomic<int> next_ = 0;             // the next task of the round
    std::atomic<int> inside_ = 0;           // helpers at work; raised under mutex_ while open_
    bool open_ = false;
    bool stop_ = false;
    int count_ = 0;
    void* self_ = nullptr;
    Call call_ = nullptr;
    std::exception_ptr failure_;
    std::vector<std::thread> helpers_;
};

}  // namespace entail::neural
