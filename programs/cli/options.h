#pragma once
// The options that mean the same in every command, and what they turn into.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "programs/engine.h"

namespace entail::cli {

struct CommonOptions {
    std::string program;
    std::vector<std::string> given;    ///< evidence for this call
    std::vector<std::string> weights;  ///< MODULE=FILE
    std::vector<std::string> roots;
    double time_limit = 0;            ///< seconds; 0: none
    std::size_t memory_limit = 4096;  ///< MiB
    std::size_t max_derivations = 100'000'000;
    unsigned threads = 0;
    std::size_t top = 1;
    std::string format = "text";

    /// Adds PROGRAM and the options to a subcommand.
    void add_to(CLI::App& command);
    void add_format(CLI::App& command);
    /// --top K; `what` says of which things the K best are shown.
    void add_top(CLI::App& command, const std::string& what);
    bool wants_json() const { return format == "json"; }
    /// Throws CLI::ValidationError for a malformed MODULE=FILE.
    Options engine_options() const;
    /// The engine with the evidence given. Prints warnings of the program to standard error.
    Engine make_engine() const;
};

/// Is set by SIGINT and SIGTERM once a command runs: work stops at the next point where it can.
const std::atomic<bool>& interrupted();
void watch_interrupts();

/// Writes all of `text`, NUL bytes of a program that it quotes included, to standard error.
void print_error(const std::string& text);
/// Writes all of `text` to standard output; throws std::runtime_error when that fails.
void print(const std::string& text);
/// Says on standard error which limits were reached, and that the answer is `partial`; the exit
/// code that goes with it. `growing` is the predicate that still grew, if there is one to name.
int report_limits(const std::vector<std::string>& limits, const std::string& partial,
                  const std::string& growing = "");

}  // namespace entail::cli
