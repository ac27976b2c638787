#pragma once
// One plan run by several threads, with the same result as by one.
//
// The rows of the first step are cut into chunks. Threads join chunks into buffers, reading a
// database that nobody changes meanwhile, and drop the heads that are known to be certain; then one
// thread takes the buffers in the order of the chunks, as if it had found everything itself. How
// rows are cut therefore never shows. A chunk that finds more than its buffer holds, or that has
// something to report, is left to the caller to be run once more.
// Cost: buffers of a few megabytes a thread.

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "symbolic/eval/join.h"

namespace entail::eval {

/// What one chunk has found.
struct Found {
    Row first = 0, end = 0;  ///< the rows of the first step
    std::vector<Value> tuples;
    std::vector<provenance::Premise> premises;
    std::vector<std::uint32_t> ends;  ///< by tuple: where its premises end; empty if none has any
    std::size_t count = 0;            ///< of tuples
    bool is_complete = true;          ///< false: to be run again
};

class ParallelJoin {
public:
    ParallelJoin(unsigned threads, Database& database, const Budget& budget,
                 const Windows& windows);
    ~ParallelJoin();
    ParallelJoin(const ParallelJoin&) = delete;
    ParallelJoin& operator=(const ParallelJoin&) = delete;

    /// Rows of the first step from which on it pays.
    static constexpr Row kWorthwhile = 512;

    /// Joins the rows [first, end) of the first step of `plan`, which only reads and has a head.
    /// `take` gets the chunks in order and may change the database.
    void run(const ir::Rule& rule, const Plan& plan, Row first, Row end,
             const std::function<void(const Found&)>& take);

private:
    void work(unsigned thread);
    void join_chunks(Join& join);
    void join_chunk(Join& join, Found& found) const;

    Database& database_;
    std::vector<std::unique_ptr<Join>> joins_;  // by thread
    const ir::Rule* rule_ = nullptr;
    const Plan* plan_ = nullptr;
    std::vector<Found> wave_;  // chunks that are joined at once

    std::mutex mutex_;
    std::condition_variable start_, done_;
    std::size_t generation_ = 0, next_chunk_ = 0, chunks_ = 0, busy_ = 0;
    bool ends_ = false;
    std::exception_ptr failure_;
    std::vector<std::thread> threads_;
};

}  // namespace entail::eval
