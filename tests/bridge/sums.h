#pragma once
// Small training problems, made by hand: sums of two rendered digits.

#include <memory>
#include <string>
#include <vector>

#include "bridge/examples.h"
#include "neural/core/random.h"
#include "neural/render_digits.h"
#include "symbolic/provenance/derivation_graph.h"

namespace entail::tests {

/// Sum of the digits in slots 0 and 1, each below `classes`; if `unequal`, given that they differ.
inline std::shared_ptr<const bridge::Pattern> sum_pattern(std::uint32_t classes,
                                                          bool unequal = false) {
    provenance::DerivationGraph graph;
    std::vector<std::vector<provenance::NodeId>> digit(2);
    for (std::uint32_t slot = 0; slot < 2; ++slot) {
        const Value key = Value::from_bits(slot << 3U);
        const auto choice = graph.intern_choice(0, std::vector{key}, classes, false);
        for (std::uint32_t k = 0; k < classes; ++k) {
            digit[slot].push_back(graph.add_node());
            graph.add_derivation(digit[slot].back(), 0, {}, {choice, k});
        }
    }
    std::vector<provenance::NodeId> sums;
    for (std::uint32_t s = 0; s <= 2 * classes - 2; ++s) sums.push_back(graph.add_node());
    const auto equal = graph.add_node();
    for (std::uint32_t x = 0; x < classes; ++x) {
        for (std::uint32_t y = 0; y < classes; ++y) {
            const std::vector<provenance::Premise> premises{{digit[0][x], false},
                                                            {digit[1][y], false}};
            graph.add_derivation(sums[x + y], 1, premises);
            if (x == y) graph.add_derivation(equal, 2, premises);
        }
    }
    graph.freeze();
    std::vector<circuit::Condition> conditions;
    if (unequal) conditions.push_back({equal, false});
    circuit::Compiled compiled = circuit::compile(graph, sums, conditions);
    std::vector<bridge::PatternAnswer> answers;
    for (std::uint32_t s = 0; s < sums.size(); ++s) {
        answers.push_back({std::to_string(s), compiled.queries[s].pairs.at(0)});
    }
    std::vector<bridge::WeightSource> sources;
    for (std::uint32_t slot = 0; slot < 2; ++slot) {
        for (std::uint32_t k = 0; k < classes; ++k) {
            bridge::WeightSource& source = sources.emplace_back();
            source.kind = bridge::WeightSource::Kind::network;
            source.slot = slot;
            source.output = k;
        }
    }
    return std::make_shared<bridge::Pattern>(std::move(compiled.circuit),
                                             bridge::WeightSources(sources, 2), std::move(answers));
}

/// `count` sums of random rendered digits below `classes`, with labels.
inline bridge::ExampleSet sum_examples(int count, int classes, std::uint64_t seed) {
    bridge::ExampleSet data;
    data.patterns.push_back(sum_pattern(static_cast<std::uint32_t>(classes)));
    neural::Random random(seed);
    std::vector<int> labels;
    for (int i = 0; i < 2 * count; ++i) {
        labels.push_back(static_cast<int>(random.below(static_cast<std::uint64_t>(classes))));
    }
    data.images = neural::render_digits(labels, neural::mix(seed));
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(count); ++i) {
        const auto sum = static_cast<std::uint32_t>(labels[2 * i] + labels[2 * i + 1]);
        data.examples.push_back({0, sum, {2 * i, 2 * i + 1}});
    }
    data.labels.push_back(std::move(labels));
    return data;
}

inline bridge::Perception digits_module(int classes, std::uint64_t seed,
                                        const std::string& architecture = "lenet") {
    bridge::ConceptSpace digit;
    for (int k = 0; k < classes; ++k) digit.classes.push_back(std::to_string(k));
    return bridge::Perception("digits", architecture, {digit}, seed);
}

}  // namespace entail::tests
