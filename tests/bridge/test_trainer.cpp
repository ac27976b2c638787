#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "bridge/trainer.h"
#include "neural/core/data_error.h"
#include "tests/bridge/sums.h"
#include "tests/support/golden.h"
#include "tests/support/temp_dir.h"

using namespace entail;
using bridge::LearnableWeights;
using bridge::Trainer;
using bridge::TrainerHooks;
using bridge::TrainerOptions;

namespace {

/// A trainer with all that must outlive it.
struct Run {
    explicit Run(const bridge::ExampleSet& data, TrainerOptions options = small(), int threads = 1,
                 const std::string& architecture = "lenet")
        : pool(threads),
          module(tests::digits_module(3, options.seed, architecture)),
          trainer({&module}, learnable, data, options, pool) {}

    static TrainerOptions small() {
        TrainerOptions options;
        options.epochs = 2;
        options.batch = 7;  // leaves a smaller last batch
        return options;
    }

    neural::ThreadPool pool;
    LearnableWeights learnable;
    bridge::Perception module;
    Trainer trainer;
};

const bridge::ExampleSet& small_data() {
    static const bridge::ExampleSet data = tests::sum_examples(60, 3, 5);
    return data;
}

std::uint64_t uninterrupted_hash() {
    Run run(small_data());
    run.trainer.run();
    return run.trainer.hash();
}

std::string refusal(Trainer& trainer, const std::filesystem::path& checkpoint) {
    const auto before = trainer.hash();
    std::string message;
    try {
        trainer.resume(checkpoint);
    } catch (const neural::DataError& error) {
        message = error.what();
    }
    CHECK(trainer.hash() == before);
    return message;
}

std::size_t count_lines(const std::filesystem::path& file) {
    const std::string text = tests::read_text(file);
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

TEST_CASE("digits are learned from their sums alone") {
    const auto data = tests::sum_examples(1500, 4, 11);
    const auto test = tests::sum_examples(250, 4, 12);
    neural::ThreadPool pool(2);
    LearnableWeights none;
    auto module = tests::digits_module(4, 1);
    TrainerOptions options;
    Trainer trainer({&module}, none, data, options, pool);
    TrainerHooks hooks;
    hooks.validation = &test;
    const auto outcome = trainer.run(hooks);
    REQUIRE(outcome.validations.size() == 1);
    const auto& validation = outcome.validations[0];
    MESSAGE(validation.text());
    CHECK(validation.concepts[0].images.all == 500);
    CHECK(validation.concepts[0].images.share() > 0.95);
    CHECK(validation.answers.share() > 0.9);
    CHECK(outcome.times.logic < 0.1 * outcome.times.total());
}

TEST_CASE("the same bytes come out for any number of threads") {
    Run one(small_data(), Run::small(), 1), three(small_data(), Run::small(), 3);
    one.trainer.run();
    three.trainer.run();
    CHECK(one.trainer.hash() == three.trainer.hash());
}

TEST_CASE("a run that is interrupted and resumed ends as one that is not") {
    const tests::TempDir dir;
    const auto checkpoint = dir / "run.checkpoint";
    const auto expected = uninterrupted_hash();
    for (const std::uint64_t stop : {1U, 8U, 9U, 13U}) {
        CAPTURE(stop);
        std::atomic<bool> interrupt = false;
        TrainerHooks hooks;
        hooks.interrupt = &interrupt;
        hooks.checkpoint = checkpoint;
        hooks.report_every = 1;
        hooks.progress = [&](const bridge::Progress& progress) {
            interrupt = progress.step + 1 >= stop;
        };
        Run first(small_data());
        if (stop == 1) interrupt = true;
        const auto outcome = first.trainer.run(hooks);
        CHECK(outcome.interrupted);
        CHECK(outcome.step == stop);
        Run second(small_data());
        second.trainer.resume(checkpoint);
        CHECK(second.trainer.step() == stop);
        CHECK(second.trainer.hash() == first.trainer.hash());
        const auto rest = second.trainer.run();
        CHECK_FALSE(rest.interrupted);
        CHECK(second.trainer.hash() == expected);
    }
}

TEST_CASE("a run that is killed and resumed ends as one that is not") {
    const tests::TempDir dir;
    const auto checkpoint = dir / "run.checkpoint";
    const auto expected = uninterrupted_hash();
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        Run run(small_data());
        TrainerHooks hooks;
        hooks.checkpoint = checkpoint;
        hooks.checkpoint_every = 1;
        hooks.report_every = 1;
        hooks.progress = [](const bridge::Progress& progress) {
            if (progress.step > 5) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        };
        run.trainer.run(hooks);
        _exit(0);
    }
    while (!std::filesystem::exists(checkpoint)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    Run run(small_data());
    run.trainer.resume(checkpoint);
    MESSAGE("killed after step " << run.trainer.step() << " of " << run.trainer.steps());
    CHECK(run.trainer.step() > 0);
    run.trainer.run();
    CHECK(run.trainer.hash() == expected);
}

TEST_CASE("a checkpoint of something else is refused with the reason") {
    const tests::TempDir dir;
    const auto checkpoint = dir / "run.checkpoint";
    Run run(small_data());
    run.trainer.save(checkpoint);

    auto options = Run::small();
    options.batch = 8;
    Run other_options(small_data(), options);
    const std::string message = refusal(other_options.trainer, checkpoint);
    CHECK(message.find("batch 7") != std::string::npos);
    CHECK(message.find("batch 8") != std::string::npos);

    const auto data = tests::sum_examples(60, 3, 6);
    Run other_data(data);
    CHECK(refusal(other_data.trainer, checkpoint).find("other training data") != std::string::npos);

    Run other_network(small_data(), Run::small(), 1, "mlp");
    CHECK(refusal(other_network.trainer, checkpoint).find("other networks") != std::string::npos);

    run.module.save(dir / "weights");
    CHECK(refusal(run.trainer, dir / "weights").find("no checkpoint") != std::string::npos);

    std::string bytes = tests::read_text(checkpoint);
    bytes.resize(bytes.size() / 2);
    std::ofstream(dir / "half", std::ios::binary) << bytes;
    CHECK(refusal(run.trainer, dir / "half").find("half") != std::string::npos);
    CHECK_FALSE(refusal(run.trainer, dir / "missing").empty());
}

TEST_CASE("the log has a row for each report and goes on where a resumed run does") {
    const tests::TempDir dir;
    const auto data = small_data();
    TrainerHooks hooks;
    hooks.validation = &data;
    hooks.log = dir / "log.csv";
    hooks.checkpoint = dir / "checkpoint";
    hooks.report_every = 1;
    std::atomic<bool> interrupt = false;
    hooks.interrupt = &interrupt;
    hooks.progress = [&](const bridge::Progress& progress) { interrupt = progress.step == 11; };
    Run run(data);
    run.trainer.run(hooks);
    CHECK(run.trainer.step() == 12);
    CHECK(count_lines(hooks.log) == 1 + 12);
    std::ofstream(hooks.log, std::ios::app) << "13,a row of a run that was killed later\n";
    Run resumed(data);
    resumed.trainer.resume(hooks.checkpoint);
    hooks.interrupt = nullptr;
    hooks.progress = nullptr;
    resumed.trainer.run(hooks);
    const std::string text = tests::read_text(hooks.log);
    CHECK(count_lines(hooks.log) == 1 + 18);
    CHECK(text.starts_with("step,epoch,loss,"));
    CHECK(text.find("killed later") == std::string::npos);
    hooks.log = dir.path();
    Run again(data);
    CHECK_THROWS_AS(again.trainer.run(hooks), neural::DataError);
}

TEST_CASE("progress counts steps and estimates the rest") {
    Run run(small_data());
    std::vector<bridge::Progress> reports;
    TrainerHooks hooks;
    hooks.report_every = 4;
    hooks.progress = [&](const bridge::Progress& progress) { reports.push_back(progress); };
    run.trainer.run(hooks);
    REQUIRE(reports.size() == 6);  // 4, 8, 9 (end of epoch), 12, 16, 18
    CHECK(reports.front().step == 4);
    CHECK(reports.front().epoch == 1);
    CHECK(reports.front().seconds_left > 0);
    CHECK(reports[2].step == 9);
    CHECK(reports[3].epoch == 2);
    CHECK(reports.back().step == reports.back().steps);
    CHECK(reports.back().seconds_left == 0);
    CHECK(reports.back().loss < reports.front().loss);
}

TEST_CASE("the weight of a coin goes to how often it fell") {
    // One clause, t(0.5)::heads: heads in 30 of 40 examples.
    ir::Program program;
    program.parameters.push_back({0.5, {}});
    ir::ChoiceRule& coin = program.choices.emplace_back();
    coin.silent = true;
    coin.weights.emplace_back().kind = ir::Weight::Kind::parameter;
    LearnableWeights learnable(program);

    provenance::DerivationGraph graph;
    const auto choice = graph.intern_choice(0, {}, 2, false);
    std::vector<provenance::NodeId> sides{graph.add_node(), graph.add_node()};
    graph.add_derivation(sides[0], 0, {}, {choice, 0});
    graph.add_derivation(sides[1], 0, {}, {choice, 1});
    graph.freeze();
    auto compiled = circuit::compile(graph, sides, {});
    std::vector<bridge::WeightSource> sources(2);
    for (std::uint32_t k = 0; k < 2; ++k) {
        sources[k].kind = bridge::WeightSource::Kind::share;
        sources[k].value = 1;
        sources[k].share = k;
    }
    std::vector<bridge::PatternAnswer> answers{{"heads", compiled.queries[0].pairs.at(0)},
                                               {"tails", compiled.queries[1].pairs.at(0)}};
    bridge::ExampleSet data;
    data.patterns.push_back(std::make_shared<bridge::Pattern>(
        std::move(compiled.circuit), bridge::WeightSources(sources, 0), std::move(answers)));
    for (std::uint32_t i = 0; i < 40; ++i) data.examples.push_back({0, i < 30 ? 0U : 1U, {}});
    neural::ThreadPool pool(1);
    TrainerOptions options;
    options.epochs = 200;
    options.batch = 40;
    Trainer trainer({}, learnable, data, options, pool);
    trainer.run();
    CHECK(learnable.values()[0] == doctest::Approx(0.75).epsilon(1e-3));
}

TEST_CASE("options and data out of range are refused with their name") {
    const auto message = [](const bridge::ExampleSet& data, TrainerOptions options) {
        try {
            Run run(data, options);
        } catch (const std::invalid_argument& error) {
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    TrainerOptions options;
    options.epochs = 0;
    CHECK(message(small_data(), options) == "Trainer: options.epochs must be at least 1");
    options = {};
    options.learning_rate = 0;
    CHECK(message(small_data(), options) == "Trainer: options.learning_rate must be above 0");
    auto data = small_data();
    data.examples[7].images[1] = 120;
    CHECK(message(data, {}).find("examples[7]: image is 120, there are 120") != std::string::npos);
    data.examples.clear();
    CHECK(message(data, {}) == "Trainer: data.examples must be at least one");
}

TEST_CASE("validation shows concepts beside answers, and says when it cannot") {
    auto data = small_data();
    neural::ThreadPool pool(1);
    auto module = tests::digits_module(3, 1);
    const bridge::NetworkList networks({&module});
    auto validation = bridge::validate(networks, {}, data, pool);
    CHECK(validation.answers.all == 60);
    CHECK(validation.concepts[0].images.all == 120);
    CHECK(validation.text().find("concept accuracy: ") != std::string::npos);
    data.labels[0][3] = -1;
    CHECK(bridge::validate(networks, {}, data, pool).concepts[0].images.all == 119);
    data.labels.clear();
    CHECK(bridge::validate(networks, {}, data, pool)
              .text()
              .ends_with("concept accuracy: unknown (no --labels)\n"));
}
