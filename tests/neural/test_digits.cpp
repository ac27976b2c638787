#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <numeric>
#include <stdexcept>

#include "neural/architectures.h"
#include "neural/core/random.h"
#include "neural/data/idx.h"
#include "neural/optimizer.h"
#include "neural/render_digits.h"
#include "tests/support/shared.h"

using namespace entail::neural;

namespace {

double accuracy(Module<float>& network, const LabelledImages& data, Context& context) {
    const Matrix<float> images = to_batch(data.images);
    const Matrix<float>& output = network.forward(images, Mode::infer, context);
    int right = 0;
    for (Index i = 0; i < output.rows(); ++i) {
        Index best = 0;
        output.row(i).maxCoeff(&best);
        if (best == data.labels[static_cast<std::size_t>(i)]) ++right;
    }
    return right / static_cast<double>(output.rows());
}

/// One epoch of supervised training, as the bridge does it: the gradient comes in at the
/// probabilities.
void train_epoch(Module<float>& network, const LabelledImages& data, Context& context) {
    constexpr int kBatch = 32;
    std::vector<int> order(data.labels.size());
    std::iota(order.begin(), order.end(), 0);
    Random random(1);
    random.shuffle(order);
    const int steps = static_cast<int>(order.size()) / kBatch;
    const Schedule schedule{
        .peak = 2e-3, .steps = static_cast<std::uint64_t>(steps), .warm_up = 50};
    Adam<float> adam(network.parameters());
    Matrix<float> images;
    Matrix<float> gradient(kBatch, network.output_shape().size());
    for (int step = 0; step < steps; ++step) {
        const std::span<const int> which(order.data() + step * kBatch, kBatch);
        to_batch(data.images, which, images);
        const Matrix<float>& p = network.forward(images, Mode::train, context);
        gradient.setZero();
        for (int i = 0; i < kBatch; ++i) {
            const int label =
                data.labels[static_cast<std::size_t>(which[static_cast<std::size_t>(i)])];
            gradient(i, label) = -1 / (std::max(p(i, label), 1e-12F) * kBatch);
        }
        zero_gradients(network);
        network.backward(gradient, context);
        adam.step(schedule.rate(static_cast<std::uint64_t>(step)), context);
    }
}

}  // namespace

TEST_CASE("rendered digits depend on the seed alone, differ among themselves and have ink") {
    const std::vector<int> labels{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    const ImageSet images = render_digits(labels, 11);
    CHECK(images.count == 20);
    CHECK(images.shape() == Shape{28, 28, 1});
    CHECK(render_digits(labels, 11).pixels == images.pixels);
    CHECK(render_digits(labels, 12).pixels != images.pixels);
    for (int i = 0; i < 20; ++i) {
        const auto image = images.image(i);
        CHECK(std::ranges::count_if(image, [](std::uint8_t pixel) { return pixel > 128; }) > 15);
        CHECK(std::ranges::count_if(image, [](std::uint8_t pixel) { return pixel < 64; }) > 400);
    }
    CHECK_FALSE(std::ranges::equal(images.image(3), images.image(13)));
    const std::vector<int> wrong{3, 10};
    CHECK_THROWS_WITH_AS(render_digits(wrong, 1), doctest::Contains("labels[1] is 10"),
                         std::invalid_argument);
}

TEST_CASE("a set of digits has every label about as often") {
    const LabelledImages set = render_digit_set(2000, 5);
    std::array<int, 10> counts{};
    for (int label : set.labels) ++counts[static_cast<std::size_t>(label)];
    for (int count : counts) CHECK(count == doctest::Approx(200).epsilon(0.25));
}

TEST_CASE("lenet learns rendered digits in one epoch") {
    ThreadPool pool;
    Context context{pool};
    const LabelledImages train = render_digit_set(20000, 1);
    const LabelledImages test = render_digit_set(3000, 2);
    const auto network = make_builtin<float>("lenet", Shape{28, 28, 1}, 10, 3);
    CHECK(accuracy(*network, test, context) < 0.4);
    train_epoch(*network, train, context);
    const double reached = accuracy(*network, test, context);
    MESSAGE("accuracy on rendered digits after one epoch of 20000: " << reached);
    CHECK(reached > 0.96);
}

TEST_CASE("lenet learns MNIST to 98 percent in one epoch") {
    const auto shared = entail::tests::shared_dir();
    if (!shared || !std::filesystem::exists(*shared / "data" / "mnist")) {
        MESSAGE("skipped: no shared/data/mnist");
        return;
    }
    const auto directory = *shared / "data" / "mnist";
    const auto load = [&](const std::string& name) {
        return LabelledImages{load_idx_images(directory / (name + "-images-idx3-ubyte.gz")),
                              load_idx_labels(directory / (name + "-labels-idx1-ubyte.gz"))};
    };
    ThreadPool pool;
    Context context{pool};
    const LabelledImages train = load("train");
    const LabelledImages test = load("t10k");
    const auto network = make_builtin<float>("lenet", Shape{28, 28, 1}, 10, 3);
    train_epoch(*network, train, context);
    const double reached = accuracy(*network, test, context);
    MESSAGE("accuracy on MNIST after one epoch: " << reached);
    CHECK(reached >= 0.98);
}
