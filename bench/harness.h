#pragma once
// What the benchmarks share: times, goals, and work in a process of its own whose memory is known.

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace entail::bench {

/// CPU seconds of the process so far, all threads together: other work on the machine hardly
/// counts.
inline double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <class Work>
double seconds_of(const Work& work) {
    const double start = cpu_seconds();
    work();
    return cpu_seconds() - start;
}

/// The median of several runs: as many as fit into `budget` seconds, at least 3, at most 101; one
/// if that already takes longer.
template <class Work>
double median_seconds(const Work& work, double budget = 0.5) {
    std::vector<double> times;
    double spent = 0;
    do {
        times.push_back(seconds_of(work));
        spent += times.back();
    } while (times.size() < 101 && (spent < budget || (times.size() < 3 && times[0] < budget)));
    std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
    return times[times.size() / 2];
}

/// Collects whether all goals were met; a benchmark exits with exit_code().
class Goals {
public:
    /// The word for the table.
    const char* check(bool met) {
        all_met_ = all_met_ && met;
        return met ? "met" : "MISSED";
    }
    int exit_code() const { return all_met_ ? 0 : 1; }

private:
    bool all_met_ = true;
};

struct ChildResult {
    std::string text;     ///< what the work returned; "" if the process died
    bool exited = false;  ///< of its own; false after a signal
    double seconds = 0;
    double user_seconds = 0;  ///< of processor time
    double megabytes = 0;     ///< peak of resident memory, of the whole process
};

/// Runs `work`, which returns a text, in a child process. Call it before threads are started.
template <class Work>
ChildResult in_child(const Work& work) {
    std::fflush(stdout);
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("in_child: no pipe");
    ChildResult result;
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("in_child: no process");
    if (child == 0) {
        std::string text;
        try {
            text = work();
        } catch (const std::exception& error) {
            text = std::string("failed: ") + error.what();
        }
        for (std::size_t done = 0; done < text.size();) {
            const ssize_t count = write(ends[1], text.data() + done, text.size() - done);
            if (count <= 0) break;
            done += static_cast<std::size_t>(count);
        }
        _exit(0);
    }
    close(ends[1]);
    char buffer[4096];
    for (ssize_t count = 0; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
        result.text.append(buffer, static_cast<std::size_t>(count));
    }
    close(ends[0]);
    rusage usage{};
    int status = 0;
    wait4(child, &status, 0, &usage);
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    result.user_seconds = static_cast<double>(usage.ru_utime.tv_sec) +
                          static_cast<double>(usage.ru_utime.tv_usec) * 1e-6;
    result.exited = WIFEXITED(status);
    result.megabytes = static_cast<double>(usage.ru_maxrss) / 1024;
    return result;
}

}  // namespace entail::bench
