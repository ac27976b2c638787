#pragma once
// Training data: pictures, and what the program says about groups of them.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bridge/pattern.h"
#include "bridge/perception.h"
#include "neural/data/images.h"

namespace entail::bridge {

struct Example {
    std::uint32_t pattern = 0;
    std::uint32_t answer = 0;           ///< index into Pattern::answers()
    std::vector<std::uint32_t> images;  ///< by slot: index into ExampleSet::images
};

struct ExampleSet {
    std::vector<std::shared_ptr<const Pattern>> patterns;
    std::vector<Example> examples;
    neural::ImageSet images;  ///< of the modules' input shape
    /// By network: the class of each image, -1 where it is not known. Empty if none is known.
    /// Never trained on.
    std::vector<std::vector<int>> labels;
};

/// Throws std::invalid_argument naming the first example whose pattern, answer or image is out of
/// range, or whose number of images is not its pattern's number of slots.
void check(const ExampleSet& data);

/// A hash of all that training depends on; labels do not count.
std::uint64_t fingerprint(const ExampleSet& data);

/// The networks of several modules, numbered through.
struct NetworkList {
    explicit NetworkList(std::vector<Perception*> modules);

    struct Entry {
        std::uint32_t module;
        std::string title;
        neural::Sequential<float>* network;
    };
    std::vector<Perception*> modules;
    std::vector<Entry> networks;
};

}  // namespace entail::bridge
