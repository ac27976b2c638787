#pragma once
// Runs a command, without a shell: what it prints, how it ends, the memory that it needed.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace entail::tests {

struct ProcessResult {
    std::string out, err;
    int exit_code = -1;      ///< -1 if a signal ended it
    int signal = 0;          ///< that ended it; 0: it exited by itself
    bool timed_out = false;  ///< it was killed because it took too long
    double seconds = 0;
    long peak_mib = 0;  ///< most memory resident at one time, or that of this process if more
};

inline std::ostream& operator<<(std::ostream& stream, const ProcessResult& result) {
    const auto shortened = [](const std::string& text) {
        return text.size() <= 2000 ? text : text.substr(0, 2000) + "... (shortened)";
    };
    stream << "exit " << result.exit_code << ", signal " << result.signal;
    if (result.timed_out) stream << ", timed out";
    return stream << ", " << result.seconds << " s, " << result.peak_mib
                  << " MiB\nout: " << shortened(result.out) << "\nerr: " << shortened(result.err);
}

struct ProcessOptions {
    double time_out = 60;      ///< seconds until it is killed and `timed_out` is set
    int signal_after_ms = -1;  ///< send `signal_to_send` after this long; -1: never
    int signal_to_send = SIGKILL;
};

/// Runs `arguments[0]` with the rest as its arguments and nothing to read. Throws
/// std::runtime_error if it cannot be started.
inline ProcessResult run_process(const std::vector<std::string>& arguments,
                                 const ProcessOptions& options = {}) {
    using Clock = std::chrono::steady_clock;
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
        throw std::runtime_error("run_process: no pipes");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    std::vector<char*> pointers;
    for (const std::string& argument : arguments) {
        pointers.push_back(const_cast<char*>(argument.c_str()));
    }
    pointers.push_back(nullptr);
    pid_t child = 0;
    const int failed =
        posix_spawn(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    close(err[1]);
    if (failed != 0) {
        close(out[0]);
        close(err[0]);
        throw std::runtime_error("run_process: cannot start " + arguments[0]);
    }

    ProcessResult result;
    const auto start = Clock::now();
    const auto elapsed = [&] {
        return std::chrono::duration<double>(Clock::now() - start).count();
    };
    bool sent = options.signal_after_ms < 0;
    pollfd streams[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
    std::string* texts[2] = {&result.out, &result.err};
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        if (!sent && elapsed() * 1000 >= options.signal_after_ms) {
            kill(child, options.signal_to_send);
            sent = true;
        }
        if (!result.timed_out && elapsed() > options.time_out) {
            kill(child, SIGKILL);
            result.timed_out = true;
        }
        poll(streams, 2, 5);
        for (int i = 0; i < 2; ++i) {
            if (streams[i].fd < 0 || streams[i].revents == 0) continue;
            char buffer[1 << 16];
            const ssize_t got = read(streams[i].fd, buffer, sizeof buffer);
            if (got > 0) {
                texts[i]->append(buffer, static_cast<std::size_t>(got));
            } else {
                close(streams[i].fd);
                streams[i].fd = -1;
            }
        }
    }
    int status = 0;
    rusage usage{};
    wait4(child, &status, 0, &usage);
    result.seconds = elapsed();
    result.peak_mib = usage.ru_maxrss / 1024;
    if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    return result;
}

#ifdef ENTAIL_COMMAND
/// The `entail` command under test: the one just built, unless the environment names another, one
/// with sanitizers for example.
inline std::string entail_command() {
    const char* other = std::getenv("ENTAIL_COMMAND");
    return other != nullptr && *other != '\0' ? other : ENTAIL_COMMAND;
}

/// Runs `entail` with these arguments.
inline ProcessResult run_entail(std::vector<std::string> arguments,
                                const ProcessOptions& options = {}) {
    arguments.insert(arguments.begin(), entail_command());
    return run_process(arguments, options);
}
#endif

}  // namespace entail::tests
