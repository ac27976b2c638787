#include <doctest/doctest.h>

#include "bridge/perception.h"
#include "neural/core/data_error.h"
#include "neural/weights.h"
#include "tests/support/temp_dir.h"

using namespace entail;
using bridge::ConceptSpace;
using bridge::Perception;

namespace {

const ConceptSpace kShape{"shape", {"cube", "sphere", "cone"}};
const ConceptSpace kColor{"color", {"red", "green"}};

std::string message_of(const auto& action) {
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "nothing was thrown";
}

bool contains(const std::string& text, const std::string& part) {
    INFO(text);
    const bool found = text.find(part) != std::string::npos;
    CHECK(found);
    return found;
}

/// Weights that are not those it starts with.
void scramble(Perception& module) {
    for (std::size_t c = 0; c < module.concepts().size(); ++c) {
        for (auto& [name, parameter] : module.network(c).parameters()) {
            float next = 0.1F;
            for (float& value : parameter->edit()) value = next = -next * 0.999F;
        }
    }
}

}  // namespace

TEST_CASE("a module starts undecided") {
    neural::ThreadPool pool(1);
    neural::Context context{pool};
    Perception module("m", "lenet", {kShape}, 3);
    const neural::Matrix<float> batch = neural::Matrix<float>::Random(4, 28 * 28);
    const auto& p = module.infer(0, batch, context);
    REQUIRE(p.rows() == 4);
    REQUIRE(p.cols() == 3);
    CHECK((p.array() - 1.0F / 3).abs().maxCoeff() < 1e-6F);
}

TEST_CASE("the seed, the module's name and the concept's decide how networks start") {
    const auto hash = [](std::string name, std::uint64_t seed) {
        return Perception(std::move(name), "mlp", {kShape}, seed).hash();
    };
    CHECK(hash("m", 1) == hash("m", 1));
    CHECK(hash("m", 1) != hash("m", 2));
    CHECK(hash("m", 1) != hash("n", 1));
}

TEST_CASE("a module of one concept is saved as a plain weights file of its network") {
    const tests::TempDir dir;
    Perception module("m", "lenet", {kShape}, 1);
    scramble(module);
    module.save(dir / "m.weights");
    Perception other("other", "lenet", {kShape}, 2);
    neural::load_weights(other.network(0), dir / "m.weights");
    CHECK(other.hash() == module.hash());
    Perception third("third", "lenet", {kShape}, 3);
    third.load(dir / "m.weights");
    CHECK(third.hash() == module.hash());
}

TEST_CASE("a module of several concepts is saved and loaded whole") {
    const tests::TempDir dir;
    Perception module("seen", "mlp", {kShape, kColor}, 1);
    scramble(module);
    module.save(dir / "seen.weights");
    const auto archive = neural::Archive::load(dir / "seen.weights");
    CHECK(archive.tensors.contains("color.dense1.weight"));
    CHECK(archive.tensors.contains("shape.dense1.weight"));
    Perception other("seen", "mlp", {kShape, kColor}, 2);
    other.load(dir / "seen.weights");
    CHECK(other.hash() == module.hash());
    CHECK(module.title(1) == "seen.color");
}

TEST_CASE("weights of another shape are refused and change nothing") {
    const tests::TempDir dir;
    Perception saved("seen", "mlp", {kShape, kColor}, 1);
    saved.save(dir / "seen.weights");
    // The first concept fits, the second does not.
    Perception other("seen", "mlp", {kShape, {"color", {"red", "green", "blue"}}}, 2);
    const auto before = other.hash();
    const std::string message = message_of([&] { other.load(dir / "seen.weights"); });
    contains(message, "seen.weights");
    contains(message, "color.dense3.");
    contains(message, "shape");
    CHECK(other.hash() == before);

    Perception one("seen", "mlp", {kShape}, 2);
    CHECK_THROWS_AS(one.load(dir / "seen.weights"), neural::DataError);
    Perception lenet("seen", "lenet", {kShape}, 2);
    one.save(dir / "one.weights");
    CHECK_THROWS_AS(lenet.load(dir / "one.weights"), neural::DataError);
    CHECK_THROWS_AS(one.load(dir / "missing.weights"), neural::DataError);
    CHECK_THROWS_AS(one.load(dir.path()), neural::DataError);
}

TEST_CASE("an unknown architecture is refused with the known ones") {
    const std::string message = message_of([] { Perception("m", "resnet", {kShape}, 1); });
    contains(message, "'resnet' is not known");
    contains(message, "lenet, mlp");
    contains(message_of([] { Perception("m", "onnx", {kShape}, 1); }), "not supported yet");
    CHECK(bridge::why_unsupported("lenet").empty());
}

TEST_CASE("concepts without classes or names are refused") {
    CHECK_THROWS_AS(Perception("m", "mlp", {}, 1), std::invalid_argument);
    CHECK_THROWS_AS(Perception("m", "mlp", {{"one", {"a"}}}, 1), std::invalid_argument);
    CHECK_THROWS_AS(Perception("m", "mlp", {kShape, kShape}, 1), std::invalid_argument);
    CHECK_THROWS_AS(Perception("m", "mlp", {kShape, {"", {"a", "b"}}}, 1), std::invalid_argument);
    Perception module("m", "mlp", {kShape}, 1);
    CHECK_THROWS_AS(module.network(1), std::invalid_argument);
}

TEST_CASE("pictures of any size become a batch") {
    neural::ImageSet images;
    images.count = 2;
    images.height = 56;
    images.width = 56;
    images.channels = 3;
    images.pixels.assign(2 * images.image_size(), 200);
    const Perception module("m", "mlp", {kShape}, 1);
    const auto batch = module.prepare(images);
    CHECK(batch.rows() == 2);
    CHECK(batch.cols() == 28 * 28);
}
