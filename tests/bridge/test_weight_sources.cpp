#include <doctest/doctest.h>

#include <cmath>

#include "bridge/weight_sources.h"
#include "neural/core/random.h"
#include "tests/support/seed.h"

using namespace entail;
using bridge::LearnableWeights;
using bridge::NetworkRows;
using bridge::WeightSource;
using bridge::WeightSources;
using Matrix = neural::Matrix<double>;

namespace {

ir::Weight constant(double value) {
    ir::Weight weight;
    weight.value = value;
    return weight;
}

ir::Weight learned(ir::Program& program, double initial) {
    ir::Weight weight;
    weight.kind = ir::Weight::Kind::parameter;
    weight.value = initial;
    weight.index = static_cast<std::uint32_t>(program.parameters.size());
    program.parameters.push_back({initial, {}});
    return weight;
}

/// Clause 0: 0.2::a; t(0.3)::b; t(0.1)::c, silent. Clause 1: the coin t(0.25)::d. Clause 2: the
/// second concept of module 1, of three classes.
ir::Program program_with_all_kinds() {
    ir::Program program;
    ir::ChoiceRule& disjunction = program.choices.emplace_back();
    disjunction.kind = ir::ChoiceRule::Kind::disjunction;
    disjunction.weights = {constant(0.2), learned(program, 0.3), learned(program, 0.1)};
    disjunction.silent = true;
    ir::ChoiceRule& coin = program.choices.emplace_back();
    coin.weights = {learned(program, 0.25)};
    coin.silent = true;
    program.modules.resize(2);
    program.modules[0].concepts.resize(1);
    program.modules[1].concepts.resize(2);
    ir::ChoiceRule& seen = program.choices.emplace_back();
    seen.kind = ir::ChoiceRule::Kind::distribution;
    seen.module = 1;
    seen.concept_index = 1;
    for (std::uint32_t k = 0; k < 3; ++k) {
        ir::Weight& weight = seen.weights.emplace_back();
        weight.kind = ir::Weight::Kind::network;
        weight.index = k;
    }
    return program;
}

eval::Database database_with_all_kinds() {
    eval::Database database;
    const auto add = [&](std::uint32_t clause, std::vector<double> constants,
                         std::vector<std::uint32_t> alternatives, Value input) {
        database.graph.intern_choice(clause, std::vector{input},
                                     static_cast<std::uint32_t>(constants.size()), false);
        database.weights.push_back({std::move(constants), std::move(alternatives), input});
    };
    add(0, {0.2, 0.3, 0.1, 0.4}, {0, 1, 2, ir::kNone}, {});
    add(1, {0.25, 0.75}, {0, ir::kNone}, {});
    add(2, {0, 0, 0}, {0, 1, 2}, database.values.atom("left"));
    add(2, {0, 0, 0}, {0, 1, 2}, database.values.atom("right"));
    database.graph.freeze();
    return database;
}

}  // namespace

TEST_CASE("learnable weights start as written and stay a distribution") {
    const ir::Program program = program_with_all_kinds();
    LearnableWeights learnable(program);
    CHECK(learnable.share_count() == 5);
    auto values = learnable.values();
    REQUIRE(values.size() == 3);
    CHECK(values[0] == doctest::Approx(0.3));
    CHECK(values[1] == doctest::Approx(0.1));
    CHECK(values[2] == doctest::Approx(0.25));
    CHECK(learnable.share_of(0, 0) == LearnableWeights::kNoShare);
    CHECK(learnable.share_of(2, 0) == LearnableWeights::kNoShare);
    CHECK(learnable.share_of(1, ir::kNone) == 4);

    learnable.parameters()[0].parameter->edit()[1] += 2;
    const auto shares = learnable.shares();
    CHECK(shares[0] + shares[1] + shares[2] == doctest::Approx(1).epsilon(1e-12));
    values = learnable.values();
    CHECK(values[0] + values[1] < 0.8);
}

TEST_CASE("gradients over logits agree with finite differences") {
    const ir::Program program = program_with_all_kinds();
    LearnableWeights learnable(program);
    const std::vector<double> direction{0.3, -1.2, 0.5, 2.0, -0.4};
    const auto loss = [&] {
        const auto shares = learnable.shares();
        double sum = 0;
        for (std::size_t i = 0; i < shares.size(); ++i) sum += direction[i] * shares[i];
        return sum;
    };
    learnable.add_gradients(direction);
    for (auto& [name, logits] : learnable.parameters()) {
        for (std::size_t i = 0; i < logits->value().size(); ++i) {
            const float step = 0.0078125F;  // a power of two: exact in single precision
            const float start = logits->value()[i];
            logits->edit()[i] = start + step;
            const double above = loss();
            const float upper = logits->value()[i];
            logits->edit()[i] = start - step;
            const double below = loss();
            const double width = static_cast<double>(upper) - logits->value()[i];
            logits->edit()[i] = start;
            CHECK(logits->gradient()[i] == doctest::Approx((above - below) / width).epsilon(1e-4));
        }
    }
    CHECK_THROWS_AS(learnable.add_gradients(std::vector<double>(2)), std::invalid_argument);
}

TEST_CASE("every weight of a circuit gets its value from where the program says") {
    const ir::Program program = program_with_all_kinds();
    const eval::Database database = database_with_all_kinds();
    const LearnableWeights learnable(program);
    const auto slot_of = [](const ValueStore& values, Value value) {
        return values.text(value) == "right" ? 1U : 0U;
    };
    const auto sources = bridge::weight_sources(program, database, learnable, slot_of);
    REQUIRE(sources.size() == 12);
    const WeightSources all(sources, 2);
    CHECK(all.inputs(0).empty());
    CHECK(all.inputs(1).size() == 2);
    CHECK(all.inputs(7).empty());

    // Two examples, three networks; the second module's rows begin at row 1.
    Matrix seen(5, 3);
    for (int r = 0; r < 5; ++r) seen.row(r) << 0.1 * r, 0.2, 0.8 - 0.1 * r;
    const std::vector<NetworkRows<const Matrix>> outputs{{}, {}, {&seen, 1}};
    std::vector<double> weights(12 * 2);
    all.fill<double>(2, learnable.shares(), outputs, weights);
    const auto weight = [&](std::size_t w, std::size_t column) { return weights[w * 2 + column]; };
    for (std::size_t column = 0; column < 2; ++column) {
        CHECK(weight(0, column) == doctest::Approx(0.2));
        CHECK(weight(1, column) == doctest::Approx(0.3));
        CHECK(weight(3, column) == doctest::Approx(0.4));
        CHECK(weight(4, column) == doctest::Approx(0.25));
        CHECK(weight(5, column) == doctest::Approx(0.75));
        const int row = 1 + 2 * static_cast<int>(column);
        for (int k = 0; k < 3; ++k) {
            CHECK(weight(6 + static_cast<std::size_t>(k), column) == doctest::Approx(seen(row, k)));
            CHECK(weight(9 + static_cast<std::size_t>(k), column) ==
                  doctest::Approx(seen(row + 1, k)));
        }
    }
}

TEST_CASE("distributing gradients is the adjoint of filling weights") {
    const auto seed = tests::random_seed();
    neural::Random random(seed);
    const std::size_t batch = 1 + random.below(5);
    std::vector<WeightSource> sources(20);
    for (WeightSource& source : sources) {
        source.kind = static_cast<WeightSource::Kind>(random.below(3));
        source.value = random.uniform();
        source.share = static_cast<std::uint32_t>(random.below(4));
        source.network = static_cast<std::uint32_t>(random.below(3));
        source.module = source.network == 2 ? 1 : 0;
        source.slot = static_cast<std::uint32_t>(random.below(3));
        source.output = static_cast<std::uint32_t>(random.below(4));
    }
    const WeightSources all(sources, 3);
    const auto numbers = [&](std::size_t count) {
        std::vector<double> result(count);
        for (double& x : result) x = random.uniform(0.1, 1);
        return result;
    };
    std::vector<Matrix> outputs(3), gradients(3);
    std::vector<NetworkRows<const Matrix>> rows;
    std::vector<NetworkRows<Matrix>> gradient_rows;
    for (std::uint32_t n = 0; n < 3; ++n) {
        const auto inputs = all.inputs(n == 2 ? 1 : 0).size();
        outputs[n] =
            (Matrix::Random(static_cast<neural::Index>(batch * inputs + 2), 4).array() + 1.5)
                .matrix();
        gradients[n] = Matrix::Zero(outputs[n].rows(), 4);
        rows.push_back({&outputs[n], 2});
        gradient_rows.push_back({&gradients[n], 2});
    }
    const auto shares = numbers(4);
    std::vector<double> weights(sources.size() * batch), none(weights.size());
    all.fill<double>(batch, shares, rows, weights);
    const auto weight_gradients = numbers(weights.size());
    std::vector<double> share_gradients(4, 0.0);
    all.distribute<double>(batch, weight_gradients, gradient_rows, share_gradients);

    double left = 0, right = 0;
    for (std::size_t w = 0; w < sources.size(); ++w) {
        if (sources[w].kind == WeightSource::Kind::constant) continue;
        for (std::size_t b = 0; b < batch; ++b) {
            left += weights[w * batch + b] * weight_gradients[w * batch + b];
        }
    }
    for (std::size_t n = 0; n < 3; ++n) right += outputs[n].cwiseProduct(gradients[n]).sum();
    for (std::size_t s = 0; s < 4; ++s) right += shares[s] * share_gradients[s];
    CHECK(left == doctest::Approx(right).epsilon(1e-12));
}

TEST_CASE("a slot that an example does not have is refused") {
    std::vector<WeightSource> sources(1);
    sources[0].kind = WeightSource::Kind::network;
    sources[0].slot = 2;
    CHECK_THROWS_AS(WeightSources(sources, 2), std::invalid_argument);
}
