#include <doctest/doctest.h>

#include <set>

#include "neural/architectures.h"
#include "neural/layers/activation.h"
#include "neural/layers/batch_norm.h"
#include "neural/layers/dense.h"
#include "neural/layers/dropout.h"
#include "neural/optimizer.h"
#include "tests/neural/count_allocations.h"
#include "tests/neural/gradient_check.h"
#include "tests/support/seed.h"

using namespace entail::neural;
using entail::tests::random_matrix;

namespace {

/// Every kind of layer that has state, in one network.
NetworkPtr<float> mixed_network(std::uint64_t seed) {
    Random random(seed);
    std::vector<Sequential<float>::Child> children;
    children.push_back({"features", make_builtin<float>("lenet", Shape{16, 16, 1}, 6, seed)});
    children.push_back({"norm", std::make_unique<BatchNorm<float>>(Shape{6})});
    children.push_back({"drop", std::make_unique<Dropout<float>>(Shape{6}, 0.3, 9)});
    children.push_back({"dense", std::make_unique<Dense<float>>(Shape{6}, 3, random)});
    return std::make_unique<Sequential<float>>(std::move(children));
}

/// The hash of the weights after some steps on data of its own.
std::uint64_t train_a_little(int threads, bool adam) {
    ThreadPool pool(threads);
    Context context{pool};
    const auto network = mixed_network(4);
    std::unique_ptr<Optimizer<float>> optimizer;
    if (adam) {
        optimizer = std::make_unique<Adam<float>>(network->parameters());
    } else {
        optimizer = std::make_unique<Sgd<float>>(network->parameters(), SgdOptions{0.9, 1e-4});
    }
    Random random(8);
    for (int step = 0; step < 4; ++step) {
        context.noise = mix(1, static_cast<std::uint64_t>(step));
        const Matrix<float> input = random_matrix(70 + step, 256, random).cast<float>();
        const Matrix<float> gradient = random_matrix(70 + step, 3, random).cast<float>();
        zero_gradients(*network);
        network->forward(input, Mode::train, context);
        network->backward(gradient, context);
        optimizer->step(1e-3, context);
    }
    return parameter_hash(*network);
}

}  // namespace

TEST_CASE("the same seed trains to the same bytes for any number of threads") {
    for (bool adam : {false, true}) {
        const std::uint64_t hash = train_a_little(1, adam);
        for (int threads : {2, 3, 7}) CHECK(train_a_little(threads, adam) == hash);
    }
}

TEST_CASE("inference on one sample allocates nothing after the first time") {
    ThreadPool pool(2);
    Context context{pool};
    for (const std::string& name : builtin_names()) {
        const auto network = make_builtin<float>(name, Shape{28, 28, 1}, 10, 1);
        const Matrix<float> input = Matrix<float>::Random(1, 784);
        network->forward(input, Mode::infer, context);
        const long before = entail::tests::allocations();
        for (int i = 0; i < 5; ++i) network->forward(input, Mode::infer, context);
        CHECK(entail::tests::allocations() == before);
    }
}

TEST_CASE("a training step allocates nothing after the first time") {
    ThreadPool pool(1);
    Context context{pool};
    const auto network = make_builtin<float>("lenet", Shape{28, 28, 1}, 10, 1);
    Adam<float> adam(network->parameters());
    const Matrix<float> input = Matrix<float>::Random(20, 784);
    const Matrix<float> gradient = Matrix<float>::Random(20, 10);
    const auto step = [&] {
        network->forward(input, Mode::train, context);
        network->backward(gradient, context);
        adam.step(1e-3, context);
    };
    step();
    const long before = entail::tests::allocations();
    step();
    CHECK(entail::tests::allocations() == before);
}

TEST_CASE("a row's output does not depend on the batch it comes in") {
    ThreadPool pool(2);
    Context context{pool};
    const auto network = make_builtin<float>("lenet", Shape{28, 28, 1}, 10, 1);
    const Matrix<float> input = Matrix<float>::Random(133, 784);
    const Matrix<float> together = network->forward(input, Mode::infer, context);
    CHECK(network->forward(input, Mode::train, context) == together);
    for (Index row : {0, 7, 8, 132}) {
        const Matrix<float> alone = input.row(row);
        CHECK(network->forward(alone, Mode::infer, context) == together.row(row));
    }
    for (Index i = 0; i < 133; ++i) CHECK(together.row(i).sum() == doctest::Approx(1));
}

TEST_CASE("gradients add up over calls until they are cleared") {
    ThreadPool pool(2);
    Context context{pool};
    const auto network = make_builtin<double>("mlp", Shape{5}, 3, 1);
    Random random(2);
    const Matrix<double> input = random_matrix(9, 5, random);
    const Matrix<double> gradient = random_matrix(9, 3, random);
    const auto pass = [&] {
        network->forward(input, Mode::train, context);
        network->backward(gradient, context);
    };
    pass();
    Parameter<double>& weight = *network->parameters()[0].parameter;
    const std::vector<double> once(weight.gradient().begin(), weight.gradient().end());
    pass();
    for (std::size_t i = 0; i < once.size(); ++i) {
        REQUIRE(weight.gradient()[i] == doctest::Approx(2 * once[i]));
    }
    zero_gradients(*network);
    CHECK(weight.gradient()[0] == 0);
}

TEST_CASE("a frozen part gets no gradient, does not move, and lets gradients through") {
    ThreadPool pool(2);
    Context context{pool};
    const auto network = mixed_network(3);
    Module<float>& features = *network->children()[0].module;
    set_frozen(features, true);
    const std::uint64_t frozen = parameter_hash(features);
    const std::uint64_t all = parameter_hash(*network);
    Adam<float> adam(network->parameters(), {.weight_decay = 0.1});
    Random random(2);
    const Matrix<float> input = random_matrix(9, 256, random).cast<float>();
    const Matrix<float> gradient = random_matrix(9, 3, random).cast<float>();
    network->forward(input, Mode::train, context);
    const Matrix<float>& input_gradient = network->backward(gradient, context, true);
    CHECK(input_gradient.cwiseAbs().maxCoeff() > 0);
    CHECK(network->parameters()[0].parameter->gradient()[0] == 0);
    adam.step(1e-2, context);
    CHECK(parameter_hash(features) == frozen);
    CHECK(parameter_hash(*network) != all);
}

TEST_CASE("a clone computes the same and then goes its own way") {
    ThreadPool pool(2);
    Context context{pool};
    const auto network = mixed_network(3);
    const ModulePtr<float> copy = network->clone();
    CHECK(copy->describe() == network->describe());
    CHECK(parameter_hash(*copy) == parameter_hash(*network));
    const Matrix<float> input = Matrix<float>::Random(5, 256);
    CHECK(copy->forward(input, Mode::infer, context) ==
          network->forward(input, Mode::infer, context));
    copy->parameters()[0].parameter->edit()[0] += 1;
    CHECK(parameter_hash(*copy) != parameter_hash(*network));
}

TEST_CASE("a change of the weights shows in the next output") {
    ThreadPool pool(1);
    Context context{pool};
    const auto network = make_builtin<float>("lenet", Shape{28, 28, 1}, 10, 1);
    const Matrix<float> input = Matrix<float>::Random(3, 784);
    const Matrix<float> before = network->forward(input, Mode::infer, context);
    for (auto& [name, parameter] : network->parameters()) {
        CAPTURE(name);
        parameter->edit()[0] += 1;
        const Matrix<float> after = network->forward(input, Mode::infer, context);
        parameter->edit()[0] -= 1;
        CHECK(after != before);
    }
}

TEST_CASE("built-in networks are made by name, and an unknown name lists the known ones") {
    CHECK(builtin_names() == std::vector<std::string>{"lenet", "mlp"});
    for (const std::string& name : builtin_names()) {
        const auto network = make_builtin<float>(name, Shape{28, 28, 1}, 7, 1);
        CHECK(network->output_shape() == Shape{7});
        const auto same = make_builtin<float>(name, Shape{28, 28, 1}, 7, 1);
        const auto other = make_builtin<float>(name, Shape{28, 28, 1}, 7, 2);
        CHECK(parameter_hash(*network) == parameter_hash(*same));
        CHECK(parameter_hash(*network) != parameter_hash(*other));
        std::set<std::string> names;
        for (auto& [parameter, pointer] : network->parameters()) {
            CHECK(names.insert(parameter).second);
        }
    }
    CHECK_THROWS_WITH_AS(make_builtin<float>("resnet", Shape{28, 28, 1}, 10, 1),
                         "make_builtin: name \"resnet\" is unknown; known are lenet, mlp",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(make_builtin<float>("lenet", Shape{28, 28, 1}, 1, 1),
                         doctest::Contains("classes is 1"), std::invalid_argument);
    CHECK_THROWS_WITH_AS(make_builtin<float>("lenet", Shape{15, 28, 1}, 10, 1),
                         doctest::Contains("input is 15x28x1"), std::invalid_argument);
    CHECK_NOTHROW(make_builtin<float>("lenet", Shape{16, 16, 3}, 2, 1));
}

TEST_CASE("a chain refuses children that do not fit together") {
    Random random(1);
    const auto chain = [&](const char* first, const char* second, int inputs) {
        std::vector<Sequential<float>::Child> children;
        children.push_back({first, std::make_unique<Dense<float>>(Shape{3}, 4, random)});
        children.push_back({second, std::make_unique<Dense<float>>(Shape{inputs}, 2, random)});
        return Sequential<float>(std::move(children));
    };
    CHECK_NOTHROW(chain("a", "b", 4));
    CHECK_THROWS_AS(chain("a", "a", 4), std::invalid_argument);
    CHECK_THROWS_AS(chain("a.b", "c", 4), std::invalid_argument);
    CHECK_THROWS_WITH_AS(chain("a", "b", 5),
                         doctest::Contains("\"b\" takes 5, but the one before gives 4"),
                         std::invalid_argument);
    CHECK_THROWS_AS(Sequential<float>({}), std::invalid_argument);
}
