#pragma once
// How good perception and program are on data that was not trained on: answers and concepts, side
// by side, because right answers from wrong concepts are no success.

#include <string>
#include <vector>

#include "bridge/batch.h"

namespace entail::bridge {

struct Tally {
    std::size_t right = 0;
    std::size_t all = 0;

    double share() const {
        return all == 0 ? 0 : static_cast<double>(right) / static_cast<double>(all);
    }
};

struct Validation {
    /// An answer is right if it is the most probable of all answers to its example.
    Tally answers;
    double loss = 0;             ///< mean of -log P(right answer)
    std::size_t impossible = 0;  ///< examples whose answer has probability 0, left out of `loss`
    struct Concept {
        std::string title;
        bool known = false;  ///< whether there were labels
        Tally images;        ///< over the distinct images that the examples show to the network
    };
    std::vector<Concept> concepts;

    /// Two lines or more: "answer accuracy: 97.60 % (4880 of 5000)", then the same for concepts,
    /// "concept accuracy: unknown (no --labels)" without labels.
    std::string text() const;
};

Validation validate(const NetworkList& networks, const LearnableWeights& learnable,
                    const ExampleSet& data, neural::ThreadPool& pool);

}  // namespace entail::bridge
