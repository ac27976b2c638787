#pragma once
// Scenes to execute plans on: objects with attributes and relations between them, all by number.

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entail::functional {

/// Sets of objects are the bits of one word.
inline constexpr std::size_t kMaxObjects = 64;
using ObjectSet = std::uint64_t;

/// The names that scenes and plans share.
struct Vocabulary {
    /// An attribute and its values, which are numbered through all attributes.
    struct Attribute {
        std::string name;
        std::uint32_t first = 0, count = 0;
    };
    std::vector<Attribute> attributes;
    std::vector<std::string> values;
    std::vector<std::string> relations;

    void add_attribute(std::string name, const std::vector<std::string>& its_values);
    std::optional<std::uint32_t> attribute(std::string_view name) const;
    std::optional<std::uint32_t> relation(std::string_view name) const;
    /// The number of a value of an attribute.
    std::optional<std::uint32_t> value(std::uint32_t attribute, std::string_view name) const;
};

struct Scene {
    std::uint32_t size = 0;             ///< objects, at most kMaxObjects
    std::vector<std::uint32_t> values;  ///< [object][attribute]: the number of its value
    std::vector<ObjectSet> related;     ///< [relation][object x]: every y with relation(y, x)

    std::uint32_t value(std::uint32_t object, std::uint32_t attribute) const {
        return values[object * (values.size() / size) + attribute];
    }
    ObjectSet all() const {
        return size == kMaxObjects ? ~ObjectSet{0} : (ObjectSet{1} << size) - 1;
    }
};

/// Calls `visit(object)` for each member, in ascending order.
template <typename Visit>
void for_each_object(ObjectSet set, const Visit& visit) {
    for (; set != 0; set &= set - 1) visit(static_cast<std::uint32_t>(std::countr_zero(set)));
}

}  // namespace entail::functional
