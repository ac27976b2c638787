#pragma once
// Functional programs and small scenes at random, and what they mean by enumeration of worlds.
// Shares no code with the engine: pipelines are trees of its own, evaluated by recursion on one
// world.

#include <array>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace entail::tests {

/// A tree of stages: what a stage stands behind comes first, pipelines in its brackets after it.
struct Stage {
    std::string name;       ///< "filter", "union", "less", …
    std::string attribute;  ///< of filter, same, query; the relation of relate
    std::string value;      ///< of filter
    std::vector<Stage> inputs;
};

/// "scene |> filter(color, red) |> count"
std::string text(const Stage& stage);

struct RandomScene {
    int size = 0;
    /// By attribute and object: the probability of each value.
    std::map<std::string, std::vector<std::map<std::string, double>>> attributes;
    /// By relation: pairs (y, x) with relation(y, x).
    std::map<std::string, std::set<std::pair<int, int>>> relations;
};

/// As facts and disjunctions of the language.
std::string text(const RandomScene& scene);

inline constexpr std::array<const char*, 3> kColors{"red", "green", "blue"};
inline constexpr std::array<const char*, 2> kShapes{"cube", "ball"};

class RandomFunctional {
public:
    explicit RandomFunctional(std::uint64_t seed) : random_(seed) {}

    RandomScene scene(int size, bool is_certain);
    /// A pipeline that ends with a count, a truth value or a value.
    Stage end(int depth);
    Stage set(int depth);
    Stage object(int depth) { return {"unique", "", "", {set(depth)}}; }
    int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

private:
    std::map<std::string, double> distribution(const std::vector<std::string>& values,
                                               bool is_certain);
    std::mt19937_64 random_;
};

/// The probability of each answer: elements of a set each by itself. "undefined": no value.
std::map<std::string, double> enumerate(const Stage& program, const RandomScene& scene);

}  // namespace entail::tests
