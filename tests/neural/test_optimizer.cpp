#include <doctest/doctest.h>

#include <cmath>

#include "neural/architectures.h"
#include "neural/core/data_error.h"
#include "neural/optimizer.h"

using namespace entail::neural;

namespace {

struct Fixture {
    ThreadPool pool{2};
    Context context{pool};
    Parameter<double> parameter{Shape{2}};

    std::vector<NamedParameter<double>> named() { return {{"p", &parameter}}; }
    void set_gradient(double a, double b) {
        parameter.gradient()[0] = a;
        parameter.gradient()[1] = b;
    }
};

}  // namespace

TEST_CASE("SGD follows its equations with momentum and weight decay") {
    Fixture fixture;
    fixture.parameter.edit()[0] = 1;
    fixture.parameter.edit()[1] = -2;
    Sgd<double> sgd(fixture.named(), {.momentum = 0.5, .weight_decay = 0.1});
    double value[] = {1, -2};
    double velocity[] = {0, 0};
    for (int step = 0; step < 5; ++step) {
        fixture.set_gradient(0.3 * step, 1);
        for (int i = 0; i < 2; ++i) {
            velocity[i] = 0.5 * velocity[i] + (i == 0 ? 0.3 * step : 1) + 0.1 * value[i];
            value[i] -= 0.01 * velocity[i];
        }
        sgd.step(0.01, fixture.context);
        for (std::size_t i = 0; i < 2; ++i) {
            CHECK(fixture.parameter.value()[i] == doctest::Approx(value[i]).epsilon(1e-12));
        }
    }
}

TEST_CASE("Adam follows its equations, and its first step is the learning rate in size") {
    Fixture fixture;
    Adam<double> adam(fixture.named());
    fixture.set_gradient(1e-3, -50);
    adam.step(0.01, fixture.context);
    CHECK(fixture.parameter.value()[0] == doctest::Approx(-0.01).epsilon(1e-4));
    CHECK(fixture.parameter.value()[1] == doctest::Approx(0.01).epsilon(1e-4));
    fixture.set_gradient(2e-3, 0);
    adam.step(0.01, fixture.context);
    const double mean = (0.9 * 0.1 * 1e-3 + 0.1 * 2e-3) / (1 - 0.81);
    const double square = (0.999 * 0.001 * 1e-6 + 0.001 * 4e-6) / (1 - 0.998001);
    CHECK(fixture.parameter.value()[0] ==
          doctest::Approx(-0.01 - 0.01 * mean / (std::sqrt(square) + 1e-8)).epsilon(1e-6));
}

TEST_CASE("both optimizers find the least of a quadratic") {
    for (bool use_adam : {false, true}) {
        Fixture fixture;
        Sgd<double> sgd(fixture.named(), {.momentum = 0.9});
        Adam<double> adam(fixture.named());
        for (int step = 0; step < 2000; ++step) {
            const auto value = fixture.parameter.value();
            fixture.set_gradient(2 * (value[0] - 3), 20 * (value[1] + 1));
            if (use_adam) {
                adam.step(0.02, fixture.context);
            } else {
                sgd.step(0.005, fixture.context);
            }
        }
        CHECK(fixture.parameter.value()[0] == doctest::Approx(3).epsilon(1e-3));
        CHECK(fixture.parameter.value()[1] == doctest::Approx(-1).epsilon(1e-3));
    }
}

TEST_CASE("a schedule rises, falls along a cosine and ends at its final fraction") {
    const Schedule cosine{.peak = 2, .steps = 110, .warm_up = 10, .final_fraction = 0.1};
    CHECK(cosine.rate(0) == doctest::Approx(2.0 / 11));
    CHECK(cosine.rate(9) == doctest::Approx(20.0 / 11));
    CHECK(cosine.rate(10) == doctest::Approx(2));
    CHECK(cosine.rate(60) == doctest::Approx(1.1));
    CHECK(cosine.rate(110) == doctest::Approx(0.2));
    CHECK(cosine.rate(5000) == doctest::Approx(0.2));
    const Schedule constant{.kind = Schedule::Kind::constant, .peak = 3};
    CHECK(constant.rate(0) == 3);
    CHECK(constant.rate(1000) == 3);
}
