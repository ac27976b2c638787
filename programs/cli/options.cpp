#include "programs/cli/options.h"

#include "programs/cli/command.h"

#include <csignal>
#include <cstdio>
#include <utility>

namespace entail::cli {
namespace {

// A signal handler can reach nothing but an object of static storage.
std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void request_stop(int) {
    // A second signal ends the process the usual way.
    if (stop_requested.exchange(true)) {
        std::signal(SIGINT, SIG_DFL);
        std::raise(SIGINT);
    }
}

}  // namespace

void CommonOptions::add_to(CLI::App& command) {
    const CLI::Validator positive(
        [](const std::string& text) {
            double number = 0;
            bool is_one = CLI::detail::lexical_cast(text, number) && number > 0;
            return is_one ? std::string() : "'" + text + "' is not a positive number";
        },
        "");
    command.add_option("PROGRAM", program, "The program, a file that ends in .ent")->required();
    command
        .add_option("--given,--evidence", given,
                    "Evidence for this call: an atom, or '\\+ atom' (may be repeated)")
        ->type_name("ATOM")
        ->allow_extra_args(false);
    command.add_option("--weights", weights, "Weights of a perception module (may be repeated)")
        ->type_name("MODULE=FILE")
        ->allow_extra_args(false);
    command
        .add_option("--root", roots,
                    "A folder the program may read besides its own (may be repeated)")
        ->type_name("FOLDER")
        ->allow_extra_args(false);
    command
        .add_option("--time-limit", time_limit,
                    "Stop after this long; what is not known then is a bound")
        ->type_name("SECONDS")
        ->check(positive);
    command.add_option("--memory-limit", memory_limit, "Stop before using more")
        ->type_name("MIB")
        ->check(positive)
        ->capture_default_str();
    command.add_option("--max-derivations", max_derivations, "Stop after finding as many")
        ->type_name("N")
        ->check(positive)
        ->capture_default_str();
    command.add_option("--threads", threads, "Threads to use; 0: as many as there are processors")
        ->type_name("N")
        ->check(CLI::Range(0U, 1024U))
        ->capture_default_str();
}

void CommonOptions::add_format(CLI::App& command) {
    command.add_option("--format", format, "How to print: text or json")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
}

void CommonOptions::add_top(CLI::App& command, const std::string& what) {
    command.add_option("--top", top, "Show the K best: " + what)
        ->type_name("K")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
}

Options CommonOptions::engine_options() const {
    Options options;
    for (const std::string& pair : weights) {
        std::size_t equals = pair.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size()) {
            throw CLI::ValidationError("--weights", "'" + pair + "' is not MODULE=FILE");
        }
        options.weights[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
    for (const std::string& root : roots) options.roots.emplace_back(root);
    if (time_limit > 0) options.time_limit = time_limit;
    options.memory_limit = memory_limit << 20U;
    options.max_derivations = max_derivations;
    options.threads = threads;
    options.interrupt = &interrupted();
    return options;
}

Engine CommonOptions::make_engine() const {
    Options options = engine_options();
    const auto files = std::exchange(options.weights, {});
    Engine engine = Engine::from_file(program, options);
    for (const auto& [module, file] : files) {
        try {
            engine.set_weights(module, file);
        } catch (const std::invalid_argument& error) {
            throw CLI::ValidationError("--weights", error.what());
        }
    }
    print_error(engine.warnings());
    for (const std::string& literal : given) engine.give(literal);
    return engine;
}

const std::atomic<bool>& interrupted() {
    return stop_requested;
}

void watch_interrupts() {
    std::signal(SIGINT, request_stop);
    std::signal(SIGTERM, request_stop);
}

void print_error(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
}

int report_limits(const std::vector<std::string>& limits, const std::string& partial,
                  const std::string& growing) {
    const std::string where = growing.empty() ? "" : " while " + growing + " grew";
    for (const std::string& limit : limits) {
        print_error(limit == "interrupted" ? "entail: interrupted" + where + "; " + partial + "\n"
                                           : "entail: the " + limit + " limit was reached" + where +
                                                 "; " + partial + "\n");
    }
    return limits.empty() ? kDone : kPartial;
}

void print(const std::string& text) {
    bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if (!written || std::fflush(stdout) != 0) {
        throw std::runtime_error("cannot write to standard output");
    }
}

}  // namespace entail::cli
