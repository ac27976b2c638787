#include "tests/programs/functional_oracle.h"

#include <fmt/format.h>

#include <functional>

namespace entail::tests {

namespace {

bool stands_alone(const std::string& name) {
    return name == "scene" || name == "equal" || name == "less" || name == "greater" ||
           name == "equal_integer";
}

using World = std::map<std::string, std::vector<std::string>>;  // by attribute and object
using Set = std::set<int>;

/// One program in one world; nothing where it has no value.
class Meaning {
public:
    Meaning(const RandomScene& scene, const World& world) : scene_(scene), world_(world) {}

    std::optional<Set> set(const Stage& stage) const {
        Set result;
        if (stage.name == "scene") {
            for (int x = 0; x < scene_.size; ++x) result.insert(x);
            return result;
        }
        if (stage.name == "relate" || stage.name == "same") {
            auto from = start(stage.inputs[0]);
            if (!from) return std::nullopt;
            for (int x : *from) {
                for (int y = 0; y < scene_.size; ++y) {
                    if (reaches(stage, x, y)) result.insert(y);
                }
            }
            return result;
        }
        auto first = set(stage.inputs[0]);
        if (!first) return std::nullopt;
        if (stage.name == "filter") {
            for (int x : *first) {
                if (world_.at(stage.attribute)[static_cast<std::size_t>(x)] == stage.value) {
                    result.insert(x);
                }
            }
            return result;
        }
        auto second = set(stage.inputs[1]);
        if (!second) return std::nullopt;
        for (int x = 0; x < scene_.size; ++x) {
            bool a = first->contains(x), b = second->contains(x);
            if (stage.name == "union" ? a || b : a && b) result.insert(x);
        }
        return result;
    }

    std::optional<int> object(const Stage& stage) const {
        auto among = set(stage.inputs[0]);
        if (!among || among->size() != 1) return std::nullopt;
        return *among->begin();
    }

    std::optional<std::string> end(const Stage& stage) const {
        if (stage.name == "query") {
            auto x = object(stage.inputs[0]);
            if (!x) return std::nullopt;
            return world_.at(stage.attribute)[static_cast<std::size_t>(*x)];
        }
        if (stage.name == "count" || stage.name == "exist") {
            auto among = set(stage.inputs[0]);
            if (!among) return std::nullopt;
            if (stage.name == "count") return std::to_string(among->size());
            return among->empty() ? "false" : "true";
        }
        auto left = end(stage.inputs[0]), right = end(stage.inputs[1]);
        if (!left || !right) return std::nullopt;
        bool holds = *left == *right;
        if (stage.name == "less") holds = std::stoi(*left) < std::stoi(*right);
        if (stage.name == "greater") holds = std::stoi(*left) > std::stoi(*right);
        return holds ? "true" : "false";
    }

private:
    std::optional<Set> start(const Stage& stage) const {
        if (stage.name != "unique") return set(stage);
        auto x = object(stage);
        if (!x) return std::nullopt;
        return Set{*x};
    }
    bool reaches(const Stage& stage, int x, int y) const {
        if (stage.name == "relate") return scene_.relations.at(stage.attribute).contains({y, x});
        const auto& values = world_.at(stage.attribute);
        return x != y && values[static_cast<std::size_t>(x)] == values[static_cast<std::size_t>(y)];
    }

    const RandomScene& scene_;
    const World& world_;
};

bool is_set(const std::string& name) {
    return name == "scene" || name == "filter" || name == "relate" || name == "same" ||
           name == "union" || name == "intersect";
}

}  // namespace

std::string text(const Stage& stage) {
    std::string own = stage.name;
    std::size_t first = stands_alone(stage.name) ? 0 : 1;
    if (!stage.attribute.empty()) {
        own += "(" + stage.attribute + (stage.value.empty() ? "" : ", " + stage.value) + ")";
    } else if (stage.inputs.size() > first) {
        own += "(";
        for (std::size_t i = first; i < stage.inputs.size(); ++i) {
            own += (i == first ? "" : ", ") + text(stage.inputs[i]);
        }
        own += ")";
    }
    return first == 0 ? own : text(stage.inputs[0]) + " |> " + own;
}

std::string text(const RandomScene& scene) {
    std::string out;
    for (int x = 0; x < scene.size; ++x) out += fmt::format("object(o{}).\n", x);
    for (const auto& [attribute, objects] : scene.attributes) {
        out += fmt::format("pred {}(term, term).\n", attribute);
        for (std::size_t x = 0; x < objects.size(); ++x) {
            std::string line;
            for (const auto& [value, weight] : objects[x]) {
                if (weight > 0) {
                    line += fmt::format("{}{}::{}(o{}, {})", line.empty() ? "" : " ; ", weight,
                                        attribute, x, value);
                }
            }
            out += line + ".\n";
        }
    }
    for (const auto& [relation, pairs] : scene.relations) {
        out += fmt::format("pred {}(term, term).\n", relation);
        for (auto [y, x] : pairs) out += fmt::format("{}(o{}, o{}).\n", relation, y, x);
    }
    return out;
}

std::map<std::string, double> RandomFunctional::distribution(const std::vector<std::string>& values,
                                                             bool is_certain) {
    std::map<std::string, double> result;
    if (is_certain || below(5) == 0) {
        result[values[static_cast<std::size_t>(below(static_cast<int>(values.size())))]] = 1;
        return result;
    }
    // Sixteenths are exact, in text too.
    int rest = 16;
    for (std::size_t i = 0; i < values.size(); ++i) {
        int share = i + 1 == values.size() ? rest : below(rest + 1);
        result[values[i]] = share / 16.0;
        rest -= share;
    }
    return result;
}

RandomScene RandomFunctional::scene(int size, bool is_certain) {
    RandomScene scene;
    scene.size = size;
    for (int x = 0; x < size; ++x) {
        scene.attributes["color"].push_back(
            distribution({kColors.begin(), kColors.end()}, is_certain));
        scene.attributes["shape"].push_back(
            distribution({kShapes.begin(), kShapes.end()}, is_certain));
    }
    for (const char* relation : {"left", "near"}) {
        auto& pairs = scene.relations[relation];
        for (int y = 0; y < size; ++y) {
            for (int x = 0; x < size; ++x) {
                if (x != y && below(2) == 0) pairs.insert({y, x});
            }
        }
    }
    return scene;
}

Stage RandomFunctional::set(int depth) {
    auto attribute = [&] { return below(2) == 0 ? "color" : "shape"; };
    int kind = depth <= 0 ? below(2) : below(10);
    if (kind == 0) return {"scene", "", "", {}};
    if (kind <= 4) {
        bool is_color = below(2) == 0;
        std::string value = is_color ? kColors[static_cast<std::size_t>(below(3))]
                                     : kShapes[static_cast<std::size_t>(below(2))];
        return {"filter", is_color ? "color" : "shape", value, {set(depth - 1)}};
    }
    if (kind <= 7) {
        Stage from = below(4) == 0 ? set(depth - 1) : object(depth - 1);
        if (kind == 7) return {"same", attribute(), "", {std::move(from)}};
        return {"relate", below(2) == 0 ? "left" : "near", "", {std::move(from)}};
    }
    return {kind == 8 ? "union" : "intersect", "", "", {set(depth - 1), set(depth - 1)}};
}

Stage RandomFunctional::end(int depth) {
    auto attribute = [&] { return below(2) == 0 ? "color" : "shape"; };
    auto plain = [&](int kind) -> Stage {
        if (kind == 0) return {"count", "", "", {set(depth)}};
        if (kind == 1) return {"exist", "", "", {set(depth)}};
        return {"query", attribute(), "", {object(depth)}};
    };
    int kind = below(9);
    if (kind < 5) return plain(kind % 3);
    if (kind == 5) {
        int of = below(4);
        if (of == 3) {  // comparisons compared
            Stage compared{"less", "", "", {plain(0), plain(0)}};
            return {"equal", "", "", {std::move(compared), plain(1)}};
        }
        return {"equal", "", "", {plain(of), plain(of)}};
    }
    const char* name = kind == 6 ? "less" : kind == 7 ? "greater" : "equal_integer";
    return {name, "", "", {plain(0), plain(0)}};
}

std::map<std::string, double> enumerate(const Stage& program, const RandomScene& scene) {
    std::map<std::string, double> law;
    World world;
    for (const auto& [attribute, objects] : scene.attributes) {
        world[attribute].resize(objects.size());
    }
    auto weigh = [&](double weight) {
        Meaning meaning(scene, world);
        auto name = [](int x) { return fmt::format("o{}", x); };
        if (is_set(program.name)) {
            auto set = meaning.set(program);
            if (!set) law["undefined"] += weight;
            if (set) {
                for (int x : *set) law[name(x)] += weight;
            }
        } else if (program.name == "unique") {
            auto object = meaning.object(program);
            law[object ? name(*object) : "undefined"] += weight;
        } else {
            law[meaning.end(program).value_or("undefined")] += weight;
        }
    };
    std::vector<std::pair<std::string, std::size_t>> open;
    for (const auto& [attribute, objects] : scene.attributes) {
        for (std::size_t x = 0; x < objects.size(); ++x) open.emplace_back(attribute, x);
    }
    std::function<void(std::size_t, double)> choose = [&](std::size_t i, double weight) {
        if (i == open.size()) return weigh(weight);
        const auto& [attribute, x] = open[i];
        for (const auto& [value, share] : scene.attributes.at(attribute)[x]) {
            if (share <= 0) continue;
            world[attribute][x] = value;
            choose(i + 1, weight * share);
        }
    };
    choose(0, 1);
    return law;
}

}  // namespace entail::tests
