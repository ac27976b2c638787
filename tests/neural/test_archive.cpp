#include <doctest/doctest.h>

#include <fstream>

#include "neural/architectures.h"
#include "neural/core/data_error.h"
#include "neural/core/hash.h"
#include "neural/core/random.h"
#include "neural/data/file_bytes.h"
#include "neural/optimizer.h"
#include "neural/weights.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"

using namespace entail::neural;
namespace fs = std::filesystem;

namespace {

Archive small_archive() {
    Archive archive;
    archive.architecture = "test";
    archive.tensors["a"] = {Shape{2, 3}, {1, 2, 3, 4, 5, 6}};
    archive.tensors["empty rank"] = {Shape{}, {7}};
    archive.blobs["state"] = std::string("\0bytes\xff", 7);
    archive.put_u64("step", 1234567890123U);
    return archive;
}

/// One step of a training run whose every input depends on the step's number alone.
void train_step(Module<float>& network, Optimizer<float>& optimizer, Random& random,
                Context& context) {
    context.noise = random.bits();
    Matrix<float> input(12, network.input_shape().size());
    Matrix<float> gradient(12, network.output_shape().size());
    for (Index i = 0; i < input.size(); ++i) input.data()[i] = static_cast<float>(random.normal());
    for (Index i = 0; i < gradient.size(); ++i) {
        gradient.data()[i] = static_cast<float>(random.normal());
    }
    zero_gradients(network);
    network.forward(input, Mode::train, context);
    network.backward(gradient, context);
    optimizer.step(1e-3, context);
}

}  // namespace

TEST_CASE("an archive comes back from its file as it was") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "a.weights";
    small_archive().save(file);
    CHECK(Archive::load(file) == small_archive());
    CHECK(Archive::load(file).get_u64("step", "f") == 1234567890123U);
    CHECK_THROWS_WITH_AS(Archive::load(file).get_u64("epoch", "f"),
                         doctest::Contains("has no number \"epoch\""), DataError);
    // Saving again replaces the file and leaves nothing beside it.
    small_archive().save(file);
    CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("what a killed writer leaves behind does not disturb the next one") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "a.weights";
    small_archive().save(file);
    std::ofstream(file.string() + ".partial") << std::string(100000, 'x');
    CHECK(Archive::load(file) == small_archive());
    small_archive().save(file);
    CHECK(Archive::load(file) == small_archive());
}

TEST_CASE("a weights file truncated anywhere is refused") {
    const std::string bytes = small_archive().to_bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK_THROWS_AS(Archive::from_bytes(std::string_view(bytes).substr(0, size), "f"),
                        DataError);
    }
    CHECK_THROWS_WITH_AS(Archive::from_bytes(bytes + "x", "f"),
                         doctest::Contains("1 bytes after its end"), DataError);
}

TEST_CASE("a weights file with any byte changed is refused") {
    std::string bytes = small_archive().to_bytes();
    for (char& byte : bytes) {
        byte = static_cast<char>(byte ^ 0x10);
        CHECK_THROWS_AS(Archive::from_bytes(bytes, "f"), DataError);
        byte = static_cast<char>(byte ^ 0x10);
    }
    CHECK_NOTHROW(Archive::from_bytes(bytes, "f"));
}

TEST_CASE("a hostile weights file with a right checksum is refused, not believed") {
    Random random(entail::tests::random_seed());
    const std::string good = small_archive().to_bytes();
    int refused = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string bytes = good.substr(0, good.size() - 8);
        for (std::uint64_t k = 1 + random.below(4); k > 0; --k) {
            bytes[20 + random.below(bytes.size() - 20)] = static_cast<char>(random.bits());
        }
        const std::uint64_t checksum = hash_bytes(bytes.data(), bytes.size());
        bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
        try {
            Archive::from_bytes(bytes, "f");
        } catch (const DataError&) {
            ++refused;
        }
    }
    CHECK(refused > 1000);
}

TEST_CASE("each kind of wrong weights file has its own clear error") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "w";
    const auto message = [&](const std::string& bytes) -> std::string {
        std::ofstream(file, std::ios::binary) << bytes;
        try {
            Archive::load(file);
        } catch (const DataError& error) {
            return error.what();
        }
        return "accepted";
    };
    const std::string bytes = small_archive().to_bytes();
    const std::string name = file.string();
    CHECK(message("") == name + ": is empty (give a file with data)");
    CHECK(
        message("PK\x03\x04 something else entirely") ==
        name +
            ": is not a weights file: it does not begin with \"ENTAILNN\" (give a file written by "
            "train --save)");
    CHECK(message(bytes.substr(0, 40)).find("truncated: 20 bytes after the header") !=
          std::string::npos);
    std::string other_version = bytes;
    other_version[8] = 9;
    CHECK(message(other_version).find("has format version 9, known is 1") != std::string::npos);
    std::string changed = bytes;
    changed[60] = static_cast<char>(changed[60] + 1);
    CHECK(message(changed).find("the checksum does not agree") != std::string::npos);
    CHECK_THROWS_WITH_AS(Archive::load(directory.path()), doctest::Contains("is a directory"),
                         DataError);
    CHECK_THROWS_WITH_AS(Archive::load(directory.path() / "none"),
                         doctest::Contains("no such file"), DataError);
    CHECK_THROWS_WITH_AS(small_archive().save(directory.path() / "no" / "where"),
                         doctest::Contains("cannot be written"), DataError);
    CHECK_THROWS_WITH_AS(small_archive().save(directory.path()),
                         doctest::Contains("is a directory"), DataError);
}

TEST_CASE(
    "weights come back bit for bit, and weights of another network are refused with both shapes") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "lenet.weights";
    const auto network = make_builtin<float>("lenet", Shape{28, 28, 1}, 10, 1);
    save_weights(*network, file);
    const auto same = make_builtin<float>("lenet", Shape{28, 28, 1}, 10, 2);
    load_weights(*same, file);
    CHECK(parameter_hash(*same) == parameter_hash(*network));

    const auto wider = make_builtin<float>("lenet", Shape{28, 28, 1}, 12, 2);
    const std::uint64_t before = parameter_hash(*wider);
    CHECK_THROWS_WITH_AS(
        load_weights(*wider, file),
        doctest::Contains("tensor \"dense3.weight\" has shape 84x10, but the network's has 84x12"),
        DataError);
    CHECK(parameter_hash(*wider) == before);

    Archive archive = Archive::load(file);
    archive.tensors["extra"] = {Shape{1}, {0}};
    CHECK_THROWS_WITH_AS(get_weights(*same, archive, "f"),
                         doctest::Contains("tensor \"extra\" is not part of the network"),
                         DataError);
    archive.tensors.erase("extra");
    archive.tensors.erase("conv1.bias");
    CHECK_THROWS_WITH_AS(get_weights(*same, archive, "f"),
                         doctest::Contains("tensor \"conv1.bias\" is missing"), DataError);
    archive = Archive::load(file);
    archive.architecture = "other";
    CHECK_THROWS_WITH_AS(get_weights(*same, archive, "f"),
                         doctest::Contains("holds weights of other, but the network is ["),
                         DataError);
}

TEST_CASE("training resumed from a checkpoint repeats the uninterrupted run bit for bit") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "checkpoint";
    ThreadPool pool(2);
    Context context{pool};
    const auto network = make_builtin<float>("lenet", Shape{16, 16, 1}, 4, 5);
    Adam<float> adam(network->parameters());
    Random random(6);
    for (int step = 0; step < 3; ++step) train_step(*network, adam, random, context);

    Archive checkpoint;
    put_weights(*network, checkpoint, "weights/");
    adam.save(checkpoint);
    checkpoint.blobs["random"] = random.state();
    checkpoint.save(file);
    for (int step = 0; step < 3; ++step) train_step(*network, adam, random, context);

    const Archive loaded = Archive::load(file);
    const auto resumed = make_builtin<float>("lenet", Shape{16, 16, 1}, 4, 99);
    Adam<float> resumed_adam(resumed->parameters());
    get_weights(*resumed, loaded, file.string(), "weights/");
    resumed_adam.load(loaded, file.string());
    Random resumed_random = Random::from_state(loaded.blobs.at("random"));
    for (int step = 0; step < 3; ++step)
        train_step(*resumed, resumed_adam, resumed_random, context);
    CHECK(parameter_hash(*resumed) == parameter_hash(*network));

    Sgd<float> sgd(resumed->parameters());
    CHECK_THROWS_WITH_AS(sgd.load(loaded, "f"), doctest::Contains("velocity\" is missing"),
                         DataError);
    const auto smaller = make_builtin<float>("lenet", Shape{16, 16, 1}, 3, 99);
    Adam<float> smaller_adam(smaller->parameters());
    CHECK_THROWS_WITH_AS(smaller_adam.load(loaded, "f"),
                         doctest::Contains("has shape 84x4, but the parameter has 84x3"),
                         DataError);
    CHECK_THROWS_WITH_AS(smaller_adam.load(small_archive(), "f"),
                         doctest::Contains("has no number \"optimizer/steps\""), DataError);
}
