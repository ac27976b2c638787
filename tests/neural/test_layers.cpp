#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "neural/layers/activation.h"
#include "neural/layers/batch_norm.h"
#include "neural/layers/conv2d.h"
#include "neural/layers/dense.h"
#include "neural/layers/dropout.h"
#include "neural/layers/pooling.h"
#include "neural/layers/softmax.h"
#include "tests/neural/gradient_check.h"
#include "tests/support/seed.h"

using namespace entail::neural;
using entail::tests::random_matrix;

namespace {

/// The definition of a convolution, one sum per output.
Matrix<double> convolve(const Matrix<double>& input, const Shape& in, const Shape& out,
                        const Conv2dOptions& options, std::span<const double> weight,
                        std::span<const double> bias) {
    Matrix<double> result(input.rows(), out.size());
    for (Index n = 0; n < input.rows(); ++n) {
        for (int y = 0; y < out[0]; ++y) {
            for (int x = 0; x < out[1]; ++x) {
                for (int o = 0; o < out[2]; ++o) {
                    double sum = bias[static_cast<std::size_t>(o)];
                    for (int ky = 0; ky < options.kernel; ++ky) {
                        for (int kx = 0; kx < options.kernel; ++kx) {
                            const int iy = y * options.stride + ky - options.padding;
                            const int ix = x * options.stride + kx - options.padding;
                            if (iy < 0 || ix < 0 || iy >= in[0] || ix >= in[1]) continue;
                            for (int c = 0; c < in[2]; ++c) {
                                const int w = ((ky * options.kernel + kx) * in[2] + c) * out[2] + o;
                                sum += input(n, (iy * in[1] + ix) * in[2] + c) *
                                       weight[static_cast<std::size_t>(w)];
                            }
                        }
                    }
                    result(n, (y * out[1] + x) * out[2] + o) = sum;
                }
            }
        }
    }
    return result;
}

}  // namespace

TEST_CASE("a convolution is the sum of its definition") {
    ThreadPool pool(2);
    Context context{pool};
    Random random(entail::tests::random_seed());
    for (int kernel : {1, 3, 5}) {
        for (int stride : {1, 2}) {
            for (int padding : {0, 2}) {
                for (int channels : {1, 6, 16, 33}) {
                    const Conv2dOptions options{channels, kernel, stride, padding};
                    Conv2d<double> layer(Shape{9, 8, 3}, options, random);
                    for (double& value : layer.parameters()[1].parameter->edit()) {
                        value = random.normal();
                    }
                    const Matrix<double> input = random_matrix(3, 9 * 8 * 3, random);
                    const Matrix<double> expected =
                        convolve(input, layer.input_shape(), layer.output_shape(), options,
                                 layer.parameters()[0].parameter->value(),
                                 layer.parameters()[1].parameter->value());
                    const Matrix<double>& output = layer.forward(input, Mode::infer, context);
                    CHECK((output - expected).cwiseAbs().maxCoeff() < 1e-12);
                }
            }
        }
    }
}

TEST_CASE("a dense layer is x W + b") {
    ThreadPool pool(2);
    Context context{pool};
    Random random(entail::tests::random_seed());
    Dense<double> layer(Shape{2, 3, 4}, 5, random);
    for (double& value : layer.parameters()[1].parameter->edit()) value = random.normal();
    const Matrix<double> input = random_matrix(21, 24, random);
    const Eigen::Map<const Matrix<double>> weight(layer.parameters()[0].parameter->value().data(),
                                                  24, 5);
    const Eigen::Map<const Eigen::RowVectorXd> bias(layer.parameters()[1].parameter->value().data(),
                                                    5);
    const Matrix<double> expected = (input * weight).rowwise() + bias;
    CHECK((layer.forward(input, Mode::infer, context) - expected).cwiseAbs().maxCoeff() < 1e-13);
}

TEST_CASE("pooling takes the greatest and the mean of each window") {
    ThreadPool pool(1);
    Context context{pool};
    Matrix<float> input(1, 16);
    std::iota(input.data(), input.data() + 16, 0.0F);
    input(0, 0) = 100;
    MaxPool2d<float> greatest(Shape{4, 4, 1}, {2});
    AveragePool2d<float> average(Shape{4, 4, 1}, {2});
    const Matrix<float> expected_greatest{{100, 7, 13, 15}};
    const Matrix<float> expected_average{{27.5, 4.5, 10.5, 12.5}};
    CHECK(greatest.forward(input, Mode::infer, context) == expected_greatest);
    CHECK(average.forward(input, Mode::infer, context) == expected_average);
}

TEST_CASE("softmax sums to one and stays finite for extreme inputs") {
    ThreadPool pool(1);
    Context context{pool};
    Softmax<float> softmax(Shape{3});
    LogSoftmax<float> log_softmax(Shape{3});
    const Matrix<float> input{{1e30F, -1e30F, 0}, {-1e30F, -1e30F, -1e30F}, {88, 89, 90}};
    const Matrix<float>& output = softmax.forward(input, Mode::infer, context);
    CHECK(output.allFinite());
    for (Index i = 0; i < 3; ++i) CHECK(output.row(i).sum() == doctest::Approx(1));
    CHECK(output(0, 0) == 1);
    CHECK(output(1, 0) == doctest::Approx(1.0 / 3));
    const Matrix<float>& logs = log_softmax.forward(input, Mode::infer, context);
    CHECK(logs.allFinite());
    CHECK(logs(2, 2) == doctest::Approx(std::log(output(2, 2))));
}

TEST_CASE(
    "dropout keeps the mean, drops its rate, repeats with its noise and is the identity in "
    "inference") {
    ThreadPool pool(2);
    Context context{pool, 5};
    Dropout<float> layer(Shape{1000}, 0.25, 3);
    const Matrix<float> input = Matrix<float>::Ones(40, 1000);
    const Matrix<float> first = layer.forward(input, Mode::train, context);
    CHECK(first.mean() == doctest::Approx(1).epsilon(0.02));
    const auto dropped = static_cast<double>((first.array() == 0).count());
    CHECK(dropped / 40000 == doctest::Approx(0.25).epsilon(0.05));
    CHECK(layer.forward(input, Mode::train, context) == first);
    context.noise = 6;
    CHECK(layer.forward(input, Mode::train, context) != first);
    CHECK(layer.forward(input, Mode::infer, context) == input);
    CHECK_THROWS_AS(Dropout<float>(Shape{3}, 1.0), std::invalid_argument);
}

TEST_CASE(
    "batch norm gives mean 0 and variance 1 in training and uses running statistics in inference") {
    ThreadPool pool(2);
    Context context{pool};
    Random random(entail::tests::random_seed());
    BatchNorm<double> layer(Shape{2, 2, 3});
    Matrix<double> input = random_matrix(50, 12, random, 3);
    input.array() += 10;
    const Matrix<double> output = layer.forward(input, Mode::train, context);
    for (int c = 0; c < 3; ++c) {
        double sum = 0;
        double squares = 0;
        for (Index n = 0; n < 50; ++n) {
            for (int place = 0; place < 4; ++place) {
                sum += output(n, place * 3 + c);
                squares += output(n, place * 3 + c) * output(n, place * 3 + c);
            }
        }
        CHECK(sum / 200 == doctest::Approx(0).scale(1).epsilon(1e-9));
        CHECK(squares / 200 == doctest::Approx(1).epsilon(1e-4));
    }
    for (int i = 0; i < 200; ++i) layer.forward(input, Mode::train, context);
    const Matrix<double>& inferred = layer.forward(input, Mode::infer, context);
    // The running variance is the unbiased one: a factor 200/199.
    CHECK((inferred - output).cwiseAbs().maxCoeff() < 0.02);
    Matrix<double> lone = random_matrix(1, 3, random);
    BatchNorm<double> narrow(Shape{3});
    CHECK_THROWS_WITH_AS(narrow.forward(lone, Mode::train, context),
                         doctest::Contains("at least two values"), std::invalid_argument);
}

TEST_CASE("a layer refuses inputs and windows that do not fit, naming them") {
    ThreadPool pool(1);
    Context context{pool};
    Random random(1);
    CHECK_THROWS_WITH_AS((Conv2d<float>(Shape{4, 4, 1}, {3, 5}, random)),
                         doctest::Contains("does not fit input 4x4x1"), std::invalid_argument);
    CHECK_THROWS_WITH_AS((MaxPool2d<float>(Shape{4}, {2})), doctest::Contains("does not fit"),
                         std::invalid_argument);
    Dense<float> layer(Shape{3}, 2, random);
    const Matrix<float> wide = Matrix<float>::Zero(2, 4);
    const Matrix<float> right = Matrix<float>::Zero(2, 3);
    CHECK_THROWS_WITH_AS(layer.forward(wide, Mode::infer, context),
                         doctest::Contains("input is 2x4, but dense(3 -> 2) takes n x 3"),
                         std::invalid_argument);
    CHECK_THROWS_AS(layer.backward(wide, context), std::logic_error);
    layer.forward(right, Mode::train, context);
    CHECK_THROWS_WITH_AS(layer.backward(wide, context), doctest::Contains("output_gradient is 2x4"),
                         std::invalid_argument);
    layer.forward(right, Mode::infer, context);
    CHECK_THROWS_AS(layer.backward(Matrix<float>::Zero(2, 2), context), std::logic_error);
    CHECK_THROWS_AS((Shape{3, 0}), std::invalid_argument);
    CHECK_THROWS_AS((Shape{1 << 20, 1 << 20}), std::invalid_argument);
}
