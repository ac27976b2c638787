#pragma once
// The exact law of a functional program over a scene whose attributes are uncertain: every
// attribute of every object is a choice of its own, relations are certain.
//
// Once it is fixed which object each `unique` has met, and which value each `same` compares with,
// belonging to a set is a condition on an object's own attributes alone. So the objects are
// independent: for each, the assignments to its attributes that agree with all that is fixed are a
// mask, its weight their mass, and a count is a sum of independent coins. The search fixes one
// `unique` after the other, in the order of the steps. Values that no stage tells apart are one.
// Cost: (objects the uniques can meet, multiplied) x objects x assignments of one object.

#include <array>
#include <atomic>
#include <span>
#include <string>

#include "programs/functional/code.h"

namespace entail::functional {

/// What is known of a scene: its relations, and for each object and value a probability; those of
/// one attribute sum to 1.
struct UncertainScene {
    Scene scene;
    std::vector<double> weights;  ///< [object][value]

    double weight(std::uint32_t object, std::uint32_t value) const {
        return weights[object * (weights.size() / scene.size) + value];
    }
};

/// Every attribute has the value that `scene` states with probability `certainty`; the others of
/// its attribute share the rest. An attribute of one value is certain.
UncertainScene with_certainty(const Scene& scene, const Vocabulary& vocabulary, double certainty);

struct Law {
    std::vector<std::pair<Outcome, double>> outcomes;  ///< of mass above 0, by ascending value
    double undefined = 0;
    bool is_complete = true;  ///< false: given up after `max_cases`, or interrupted
};

/// Why `law` cannot tell the law of a program; empty if it can. It can for every program that ends
/// in a count, exist, query, or a comparison of two of the same, that starts `relate` and `same`
/// from single objects, and whose stages tell at most 128 kinds of object apart.
std::string why_no_law(const Code& code, const Vocabulary& vocabulary);

struct LawLimits {
    std::size_t max_cases = 100'000'000;
    const std::atomic<bool>* interrupt = nullptr;
};

/// Throws std::invalid_argument for a program that why_no_law names a reason for.
Law law(const Code& code, const UncertainScene& scene, const Vocabulary& vocabulary,
        const LawLimits& limits = {});

}  // namespace entail::functional
