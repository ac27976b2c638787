#include <doctest/doctest.h>

#include "neural/architectures.h"
#include "neural/layers/activation.h"
#include "neural/layers/batch_norm.h"
#include "neural/layers/conv2d.h"
#include "neural/layers/dense.h"
#include "neural/layers/dropout.h"
#include "neural/layers/flatten.h"
#include "neural/layers/pooling.h"
#include "neural/layers/softmax.h"
#include "tests/neural/gradient_check.h"
#include "tests/support/seed.h"

using namespace entail::neural;
using entail::tests::check_gradients;
using entail::tests::random_matrix;
using entail::tests::spaced_matrix;

namespace {

struct Setting {
    ThreadPool pool{2};
    Context context{pool, 17};
    Random random{entail::tests::random_seed()};

    void check(Module<double>& module, Index rows) {
        check_gradients(module, random_matrix(rows, module.input_shape().size(), random), context,
                        random);
    }
    void check_spaced(Module<double>& module, Index rows) {
        check_gradients(module, spaced_matrix(rows, module.input_shape().size(), random), context,
                        random);
    }
};

}  // namespace

TEST_CASE("gradients of a dense layer agree with finite differences") {
    Setting setting;
    for (int inputs : {1, 7, 20}) {
        for (int outputs : {1, 5, 19}) {
            Dense<double> layer(Shape{inputs}, outputs, setting.random);
            for (Index rows : {1, 9, 20}) setting.check(layer, rows);
        }
    }
}

TEST_CASE("gradients of a convolution agree with finite differences for strides and paddings") {
    Setting setting;
    for (const Conv2dOptions& options :
         {Conv2dOptions{3, 3}, Conv2dOptions{5, 3, 2}, Conv2dOptions{2, 3, 1, 1},
          Conv2dOptions{9, 2, 2, 1}, Conv2dOptions{17, 1}, Conv2dOptions{4, 5, 3, 2}}) {
        for (int channels : {1, 3}) {
            Conv2d<double> layer(Shape{6, 5, channels}, options, setting.random);
            setting.check(layer, 2);
        }
    }
    Conv2d<double> layer(Shape{4, 4, 2}, {3, 3}, setting.random);
    setting.check(layer, 18);
}

TEST_CASE(
    "gradients of pooling agree with finite differences, overlapping and left-over windows too") {
    Setting setting;
    for (const PoolOptions& options :
         {PoolOptions{2}, PoolOptions{3}, PoolOptions{3, 1}, PoolOptions{2, 3}}) {
        MaxPool2d<double> greatest(Shape{7, 6, 3}, options);
        AveragePool2d<double> average(Shape{7, 6, 3}, options);
        for (Index rows : {1, 10}) {
            setting.check_spaced(greatest, rows);
            setting.check(average, rows);
        }
    }
}

TEST_CASE(
    "gradients of elementwise functions, softmax, flatten and dropout agree with finite "
    "differences") {
    Setting setting;
    for (Index rows : {1, 11}) {
        for (Function function : {Function::relu, Function::tanh, Function::sigmoid}) {
            Activation<double> layer(Shape{13}, function);
            setting.check_spaced(layer, rows);
        }
        Softmax<double> softmax(Shape{7});
        setting.check(softmax, rows);
        LogSoftmax<double> log_softmax(Shape{7});
        setting.check(log_softmax, rows);
        Flatten<double> flatten(Shape{2, 3, 2});
        setting.check(flatten, rows);
        Dropout<double> dropout(Shape{20}, 0.4);
        setting.check(dropout, rows);
    }
}

TEST_CASE("gradients of batch norm agree with finite differences for vectors and images") {
    Setting setting;
    BatchNorm<double> vectors(Shape{5});
    BatchNorm<double> images(Shape{3, 2, 4});
    // Scale and shift away from one and zero, so that their part in the gradient shows.
    for (auto* layer : {&vectors, &images}) {
        for (auto& [name, parameter] : layer->parameters()) {
            for (double& value : parameter->edit()) value += 0.3 * setting.random.uniform();
        }
        for (Index rows : {2, 19}) setting.check(*layer, rows);
    }
}

TEST_CASE(
    "gradients of a whole network with batch norm between its parts agree with finite "
    "differences") {
    Setting setting;
    std::vector<Sequential<double>::Child> children;
    const auto add = [&](const char* name, ModulePtr<double> module) {
        children.push_back({name, std::move(module)});
    };
    add("conv",
        std::make_unique<Conv2d<double>>(Shape{6, 6, 1}, Conv2dOptions{2, 3}, setting.random));
    add("norm", std::make_unique<BatchNorm<double>>(Shape{4, 4, 2}));
    add("tanh", std::make_unique<Activation<double>>(Shape{4, 4, 2}, Function::tanh));
    add("pool", std::make_unique<AveragePool2d<double>>(Shape{4, 4, 2}, PoolOptions{2}));
    add("dense", std::make_unique<Dense<double>>(Shape{2, 2, 2}, 3, setting.random));
    add("softmax", std::make_unique<Softmax<double>>(Shape{3}));
    Sequential<double> network(std::move(children));
    setting.check(network, 9);
}

TEST_CASE("the gradient of lenet agrees with finite differences along random directions") {
    // A fixed seed: a step across a kink of ReLU or pooling, which is rare, would fail the test.
    Setting setting{.random = Random(1)};
    const auto network = make_builtin<double>("lenet", Shape{20, 17, 1}, 4, 3);
    const Matrix<double> input = random_matrix(10, 20 * 17, setting.random);
    const Matrix<double> direction = random_matrix(10, 4, setting.random);
    const auto loss = [&] {
        return network->forward(input, Mode::train, setting.context).cwiseProduct(direction).sum();
    };
    loss();
    network->backward(direction, setting.context);
    for (auto& [name, parameter] : network->parameters()) {
        CAPTURE(name);
        constexpr double kStep = 1e-7;
        std::vector<double> move(parameter->value().size());
        double expected = 0;
        for (std::size_t i = 0; i < move.size(); ++i) {
            move[i] = setting.random.normal() / std::sqrt(static_cast<double>(move.size()));
            expected += move[i] * parameter->gradient()[i];
        }
        const auto at = [&](double step) {
            const auto value = parameter->edit();
            for (std::size_t i = 0; i < move.size(); ++i) value[i] += step * move[i];
            const double result = loss();
            const auto back = parameter->edit();
            for (std::size_t i = 0; i < move.size(); ++i) back[i] -= step * move[i];
            return result;
        };
        const double slope = (at(kStep) - at(-kStep)) / (2 * kStep);
        CHECK(slope == doctest::Approx(expected).epsilon(1e-5).scale(1));
    }
}
