#include "neural/architectures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "neural/layers/activation.h"
#include "neural/layers/conv2d.h"
#include "neural/layers/dense.h"
#include "neural/layers/pooling.h"
#include "neural/layers/softmax.h"

namespace entail::neural {

namespace {

/// Grows a chain; each layer is built on the shape that the one before gives.
template <class Scalar>
class Chain {
public:
    Chain(Shape input, std::uint64_t seed) : shape_(std::move(input)), random_(seed) {}

    template <template <class> class Layer, class... Arguments>
    Chain& add(std::string name, Arguments&&... arguments) {
        auto layer = std::make_unique<Layer<Scalar>>(shape_, std::forward<Arguments>(arguments)...);
        shape_ = layer->output_shape();
        children_.push_back({std::move(name), std::move(layer)});
        return *this;
    }
    Random& random() { return random_; }
    NetworkPtr<Scalar> build() {
        return std::make_unique<Sequential<Scalar>>(std::move(children_));
    }

private:
    Shape shape_;
    Random random_;
    std::vector<typename Sequential<Scalar>::Child> children_;
};

void check_classes(std::string_view name, int classes) {
    if (classes < 2) {
        throw std::invalid_argument(
            fmt::format("{}: classes is {}, must be at least 2", name, classes));
    }
}

}  // namespace

template <class Scalar>
NetworkPtr<Scalar> lenet(Shape input, int classes, std::uint64_t seed) {
    check_classes("lenet", classes);
    if (input.rank() != 3 || input[0] < 16 || input[1] < 16) {
        throw std::invalid_argument(fmt::format(
            "lenet: input is {}, must be height x width x channels, at least 16x16", input.text()));
    }
    Chain<Scalar> chain(input, seed);
    Random& random = chain.random();
    // max(relu(x)) = relu(max(x)), and pooling first leaves a quarter of the work to the ReLU.
    return chain.template add<Conv2d>("conv1", Conv2dOptions{.channels = 8, .kernel = 5}, random)
        .template add<MaxPool2d>("pool1", PoolOptions{.window = 2})
        .template add<Activation>("relu1", Function::relu)
        .template add<Conv2d>("conv2", Conv2dOptions{.channels = 16, .kernel = 5}, random)
        .template add<MaxPool2d>("pool2", PoolOptions{.window = 2})
        .template add<Activation>("relu2", Function::relu)
        .template add<Dense>("dense1", 120, random)
        .template add<Activation>("relu3", Function::relu)
        .template add<Dense>("dense2", 84, random)
        .template add<Activation>("relu4", Function::relu)
        .template add<Dense>("dense3", classes, random, Start::glorot)
        .template add<Softmax>("softmax")
        .build();
}

template <class Scalar>
NetworkPtr<Scalar> mlp(Shape input, int classes, std::uint64_t seed) {
    check_classes("mlp", classes);
    Chain<Scalar> chain(input, seed);
    Random& random = chain.random();
    return chain.template add<Dense>("dense1", 256, random)
        .template add<Activation>("relu1", Function::relu)
        .template add<Dense>("dense2", 256, random)
        .template add<Activation>("relu2", Function::relu)
        .template add<Dense>("dense3", classes, random, Start::glorot)
        .template add<Softmax>("softmax")
        .build();
}

namespace {

template <class Scalar>
struct Builtin {
    std::string_view name;
    NetworkPtr<Scalar> (*make)(Shape, int, std::uint64_t);
};

template <class Scalar>
constexpr Builtin<Scalar> kBuiltins[] = {{"lenet", &lenet<Scalar>}, {"mlp", &mlp<Scalar>}};

}  // namespace

std::vector<std::string> builtin_names() {
    std::vector<std::string> names;
    for (const auto& builtin : kBuiltins<float>) names.emplace_back(builtin.name);
    return names;
}

template <class Scalar>
NetworkPtr<Scalar> make_builtin(std::string_view name, Shape input, int classes,
                                std::uint64_t seed) {
    for (const auto& builtin : kBuiltins<Scalar>) {
        if (builtin.name == name) return builtin.make(std::move(input), classes, seed);
    }
    throw std::invalid_argument(fmt::format("make_builtin: name \"{}\" is unknown; known are {}",
                                            name, fmt::join(builtin_names(), ", ")));
}

#define ENTAIL_INSTANTIATE(Scalar)                                \
    template NetworkPtr<Scalar> lenet(Shape, int, std::uint64_t); \
    template NetworkPtr<Scalar> mlp(Shape, int, std::uint64_t);   \
    template NetworkPtr<Scalar> make_builtin(std::string_view, Shape, int, std::uint64_t);
ENTAIL_INSTANTIATE(float)
ENTAIL_INSTANTIATE(double)
#undef ENTAIL_INSTANTIATE

}  // namespace entail::neural
