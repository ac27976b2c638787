// Training throughput: networks, logic and optimizer, one thread, batches of 64.
//
// Goals: sums of two digits as fast as a plain torch loop with the same LeNet, in which the law of
// the sum is a dense convolution (bench/peers/mnist_sums.py, in the same run); sums of two numbers
// of two digits at 2,000 examples a second. CPU seconds of both; runs take turns, and the best of
// each counts, since other work on the machine only slows them.

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "bench/harness.h"
#include "neural/core/random.h"
#include "neural/data/idx.h"
#include "programs/train.h"

namespace fs = std::filesystem;
using namespace entail;

namespace {

const char* const kDigits =
    "type digit = 0..9.\n"
    "module mnist : image -> digit = lenet.\n"
    "digit(I, D) ~ mnist(I).\n"
    "number([], N, N).\n"
    "number([D|T], Acc, N) :- digit(D, V), Acc1 is Acc * 10 + V, number(T, Acc1, N).\n"
    "sum(A, B, S) :- number(A, 0, X), number(B, 0, Y), S is X + Y.\n";
const char* const kQueries[] = {"", "query sum([A], [B], S).\n", "query sum([A, B], [C, D], S).\n"};

/// Examples a CPU second.
double train_sums(const fs::path& mnist, std::size_t digits, std::size_t examples,
                  const fs::path& folder, double& logic) {
    const auto labels = neural::load_idx_labels(mnist / "train-labels-idx1-ubyte.gz");
    std::vector<std::size_t> order(labels.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    neural::Random(1).shuffle(order);
    std::ofstream table(folder / "train.csv");
    for (std::size_t e = 0, next = 0; e < examples; ++e) {
        int sum = 0;
        for (int number = 0; number < 2; ++number) {
            int value = 0;
            for (std::size_t d = 0; d < digits; ++d, ++next) {
                value = 10 * value + labels[order[next]];
                table << order[next] << ',';
            }
            sum += value;
        }
        table << sum << '\n';
    }
    table.close();
    std::ofstream(folder / "sum.ent") << kDigits << kQueries[digits];
    TrainOptions options;
    options.program = folder / "sum.ent";
    options.data = {folder / "train.csv", mnist / "train-images-idx3-ubyte.gz", ""};
    options.training.batch = 64;
    options.threads = 1;
    // From the first report on: reading and compiling are done.
    std::uint64_t first_step = 0, last_step = 0;
    double first = 0, last = 0;
    options.report_every = 5;
    options.progress = [&](const bridge::Progress& progress) {
        if (progress.validation != nullptr) return;
        last = bench::cpu_seconds();
        last_step = progress.step;
        if (first_step == 0) {
            first = last;
            first_step = last_step;
        }
    };
    const TrainReport report = train(options);
    logic = report.outcome.times.logic / report.outcome.times.total();
    return 64 * double(last_step - first_step) / (last - first);
}

/// Pairs a second of the torch loop; 0 if it does not run.
double torch_sums(const std::string& python, const fs::path& mnist, std::size_t examples) {
    const std::string command =
        fmt::format("OMP_NUM_THREADS=1 '{}' '{}/bench/peers/mnist_sums.py' --mnist '{}' --pairs {}",
                    python, ENTAIL_SOURCE_DIR, mnist.string(), examples);
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return 0;
    std::array<char, 256> line{};
    const bool read = std::fgets(line.data(), line.size(), pipe) != nullptr;
    return pclose(pipe) == 0 && read ? std::strtod(line.data(), nullptr) : 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Training throughput; exits with 1 if a goal is missed"};
    fs::path mnist;
    std::string python = "/usr/bin/python3";
    std::size_t examples = 6400;
    int rounds = 3;
    app.add_option("--mnist", mnist, "The folder with MNIST's four IDX files, .gz")->required();
    app.add_option("--python", python, "With torch")->capture_default_str();
    app.add_option("--examples", examples, "Of each run")->capture_default_str();
    app.add_option("--rounds", rounds, "How often")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    std::string folder = (fs::temp_directory_path() / "training-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("cannot make " + folder);
    double ours = 0, torch = 0, four = 0, logic = 0, logic_of_four = 0;
    for (int round = 0; round < rounds; ++round) {
        ours = std::max(ours, train_sums(mnist, 1, examples, folder, logic));
        torch = std::max(torch, torch_sums(python, mnist, examples));
        four = std::max(four, train_sums(mnist, 2, examples, folder, logic_of_four));
    }
    fs::remove_all(folder);
    bench::Goals goals;
    fmt::print("two digits:            {:6.0f} examples/s, logic {:.1f} %\n", ours, 100 * logic);
    if (torch > 0) {
        fmt::print("the same in torch:     {:6.0f} examples/s; ratio {:.2f}, goal 1: {}\n", torch,
                   ours / torch, goals.check(ours >= torch));
    } else {
        fmt::print("the same in torch:     skipped: '{}' has no torch (package python3-torch)\n",
                   python);
    }
    fmt::print("two 2-digit numbers:   {:6.0f} examples/s, logic {:.1f} %; goal 2000: {}\n", four,
               100 * logic_of_four, goals.check(four >= 2000));
    return goals.exit_code();
}
