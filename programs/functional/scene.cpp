#include "programs/functional/scene.h"

#include <algorithm>

namespace entail::functional {

void Vocabulary::add_attribute(std::string name, const std::vector<std::string>& its_values) {
    attributes.push_back({std::move(name), static_cast<std::uint32_t>(values.size()),
                          static_cast<std::uint32_t>(its_values.size())});
    values.insert(values.end(), its_values.begin(), its_values.end());
}

std::optional<std::uint32_t> Vocabulary::attribute(std::string_view name) const {
    auto place = std::ranges::find(attributes, name, &Attribute::name);
    if (place == attributes.end()) return std::nullopt;
    return static_cast<std::uint32_t>(place - attributes.begin());
}

std::optional<std::uint32_t> Vocabulary::relation(std::string_view name) const {
    auto place = std::ranges::find(relations, name);
    if (place == relations.end()) return std::nullopt;
    return static_cast<std::uint32_t>(place - relations.begin());
}

std::optional<std::uint32_t> Vocabulary::value(std::uint32_t attribute,
                                               std::string_view name) const {
    const Attribute& known = attributes[attribute];
    for (std::uint32_t v = known.first; v < known.first + known.count; ++v) {
        if (values[v] == name) return v;
    }
    return std::nullopt;
}

}  // namespace entail::functional
