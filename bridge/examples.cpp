#include "bridge/examples.h"

#include <fmt/format.h>

#include <stdexcept>

#include "neural/core/hash.h"
#include "neural/core/random.h"

namespace entail::bridge {

void check(const ExampleSet& data) {
    for (std::size_t i = 0; i < data.examples.size(); ++i) {
        const Example& example = data.examples[i];
        const auto fail = [&](const std::string& cause) {
            throw std::invalid_argument(fmt::format("ExampleSet: examples[{}]: {}", i, cause));
        };
        if (example.pattern >= data.patterns.size()) {
            fail(fmt::format("pattern is {}, there are {}", example.pattern, data.patterns.size()));
        }
        const Pattern& pattern = *data.patterns[example.pattern];
        if (example.answer >= pattern.answers().size()) {
            fail(fmt::format("answer is {}, there are {}", example.answer,
                             pattern.answers().size()));
        }
        if (example.images.size() != pattern.sources().slots()) {
            fail(fmt::format("has {} images, its pattern has {} slots", example.images.size(),
                             pattern.sources().slots()));
        }
        for (const std::uint32_t image : example.images) {
            if (image >= static_cast<std::uint32_t>(data.images.count)) {
                fail(fmt::format("image is {}, there are {}", image, data.images.count));
            }
        }
    }
}

std::uint64_t fingerprint(const ExampleSet& data) {
    std::uint64_t hash = neural::hash_bytes(data.images.pixels.data(), data.images.pixels.size());
    hash = neural::mix(hash, static_cast<std::uint64_t>(data.images.count));
    for (const auto& pattern : data.patterns) {
        const circuit::Circuit& circuit = pattern->evaluator().circuit();
        hash = neural::mix(hash, circuit.size());
        hash = neural::mix(hash, circuit.edge_count());
        for (const PatternAnswer& answer : pattern->answers()) {
            hash = neural::hash_bytes(answer.text.data(), answer.text.size(), hash);
        }
    }
    for (const Example& example : data.examples) {
        hash = neural::mix(hash, std::uint64_t{example.pattern} << 32U | example.answer);
        for (const std::uint32_t image : example.images) hash = neural::mix(hash, image);
    }
    return hash;
}

NetworkList::NetworkList(std::vector<Perception*> all) : modules(std::move(all)) {
    for (std::uint32_t m = 0; m < modules.size(); ++m) {
        for (std::size_t c = 0; c < modules[m]->concepts().size(); ++c) {
            networks.push_back({m, modules[m]->title(c), &modules[m]->network(c)});
        }
    }
}

}  // namespace entail::bridge
