#include <doctest/doctest.h>

#include <cmath>

#include "neural/layers/activation.h"
#include "neural/layers/dense.h"
#include "neural/layers/softmax.h"
#include "tests/bridge/sums.h"
#include "tests/support/seed.h"

using namespace entail;
using bridge::NetworkRows;
using bridge::PatternCounter;
using Matrix = neural::Matrix<double>;

namespace {

neural::NetworkPtr<double> small_network(int inputs, int classes, neural::Random& random) {
    std::vector<neural::Sequential<double>::Child> children;
    const neural::Shape input{inputs}, hidden{7}, output{classes};
    children.push_back({"a", std::make_unique<neural::Dense<double>>(input, 7, random)});
    children.push_back(
        {"f", std::make_unique<neural::Activation<double>>(hidden, neural::Function::tanh)});
    children.push_back({"b", std::make_unique<neural::Dense<double>>(hidden, classes, random)});
    children.push_back({"p", std::make_unique<neural::Softmax<double>>(output)});
    return std::make_unique<neural::Sequential<double>>(std::move(children));
}

}  // namespace

TEST_CASE("the gradient through network and circuit agrees with finite differences") {
    const auto seed = tests::random_seed();
    for (const bool unequal : {false, true}) {
        CAPTURE(unequal);
        neural::Random random(seed);
        neural::ThreadPool pool(2);
        neural::Context context{pool};
        const int classes = 4;
        const std::size_t batch = 5;
        const auto pattern = tests::sum_pattern(classes, unequal);
        const auto network = small_network(6, classes, random);
        Matrix pictures(2 * batch, 6);
        for (double& x : pictures.reshaped()) x = random.normal();
        const std::vector<std::uint32_t> answers{1, 2, 3, 4, 5};

        PatternCounter counter;
        const auto forward = [&] {
            const auto& outputs = network->forward(pictures, neural::Mode::train, context);
            const std::vector<NetworkRows<const Matrix>> rows{{&outputs, 0}};
            counter.forward<double>(*pattern, batch, {}, rows);
            double loss = 0;
            for (std::size_t b = 0; b < batch; ++b) loss -= counter.log_probability(answers[b], b);
            return std::pair(loss, outputs.rows());
        };
        forward();
        Matrix gradient = Matrix::Zero(2 * batch, classes);
        const std::vector<NetworkRows<Matrix>> rows{{&gradient, 0}};
        counter.backward<double>(answers, 1, rows, {});
        neural::zero_gradients(*network);
        network->backward(gradient, context);

        for (auto& named : network->parameters()) {
            auto* parameter = named.parameter;
            CAPTURE(named.name);
            const std::size_t size = parameter->value().size();
            for (std::size_t i = 0; i < size; i += 1 + size / 20) {
                constexpr double kStep = 1e-5;
                const double start = parameter->value()[i];
                parameter->edit()[i] = start + kStep;
                const double above = forward().first;
                parameter->edit()[i] = start - kStep;
                const double below = forward().first;
                parameter->edit()[i] = start;
                const double expected = (above - below) / (2 * kStep);
                CHECK(std::abs(parameter->gradient()[i] - expected) <
                      1e-6 * (1 + std::abs(expected)));
            }
        }
    }
}

TEST_CASE("the posterior over all answers sums to 1 and its greatest is the answer") {
    const auto seed = tests::random_seed();
    neural::Random random(seed);
    const auto pattern = tests::sum_pattern(5, true);
    Matrix p(6, 5);
    for (double& x : p.reshaped()) x = random.uniform(0.01, 1);
    for (int r = 0; r < 6; ++r) p.row(r) /= p.row(r).sum();
    const std::vector<NetworkRows<const Matrix>> rows{{&p, 0}};
    PatternCounter counter;
    counter.forward<double>(*pattern, 3, {}, rows);
    for (std::size_t b = 0; b < 3; ++b) {
        const auto left = p.row(2 * static_cast<int>(b)),
                   right = p.row(2 * static_cast<int>(b) + 1);
        const double unequal = 1 - left.dot(right);
        double sum = 0;
        for (std::uint32_t s = 0; s <= 8; ++s) {
            double expected = 0;
            for (int x = 0; x < 5; ++x) {
                const int y = static_cast<int>(s) - x;
                if (y >= 0 && y < 5 && y != x) expected += left[x] * right[y];
            }
            const double probability = std::exp(counter.log_probability(s, b));
            CHECK(probability == doctest::Approx(expected / unequal).epsilon(1e-9));
            CHECK(counter.log_probability(s, b) <=
                  counter.log_probability(counter.best_answer(b), b));
            sum += probability;
        }
        CHECK(sum == doctest::Approx(1).epsilon(1e-9));
    }
}

TEST_CASE("a network that is sure of the wrong classes gives a finite loss and gradient") {
    const auto pattern = tests::sum_pattern(3);
    neural::Matrix<float> p(2, 3), gradient = neural::Matrix<float>::Zero(2, 3);
    p << 1, 0, 0, 1, 0, 0;
    const std::vector<NetworkRows<const neural::Matrix<float>>> rows{{&p, 0}};
    const std::vector<NetworkRows<neural::Matrix<float>>> gradient_rows{{&gradient, 0}};
    PatternCounter counter;
    counter.forward<float>(*pattern, 1, {}, rows);
    CHECK(std::isfinite(counter.log_probability(4, 0)));
    CHECK(counter.log_probability(4, 0) < -100);
    CHECK(counter.best_answer(0) == 0);
    counter.backward<float>(std::vector<std::uint32_t>{4}, 1, gradient_rows, {});
    CHECK(gradient.allFinite());
    CHECK(gradient(0, 2) < 0);
}

TEST_CASE("a pattern without answers or with sources of another circuit is refused") {
    const auto pattern = tests::sum_pattern(3);
    const auto& circuit = pattern->evaluator().circuit();
    CHECK_THROWS_AS(bridge::Pattern(circuit, pattern->sources(), {}), std::invalid_argument);
    CHECK_THROWS_AS(bridge::Pattern(circuit, bridge::WeightSources({}, 2), {{"0", {}}}),
                    std::invalid_argument);
}
