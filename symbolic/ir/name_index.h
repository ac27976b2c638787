#pragma once
// Entries of a fixed table by name and arity, as built-ins and arithmetic functions are found.

#include <string_view>
#include <unordered_map>

namespace entail::ir {

/// `Entry` has a name that lives as long as the index, and an arity.
template <class Entry>
class NameIndex {
public:
    void add(const Entry& entry) { entries_.emplace(entry.name, &entry); }
    /// Null if there is none.
    const Entry* find(std::string_view name, std::size_t arity) const {
        auto [first, last] = entries_.equal_range(name);
        for (auto place = first; place != last; ++place) {
            if (place->second->arity == arity) return place->second;
        }
        return nullptr;
    }

private:
    std::unordered_multimap<std::string_view, const Entry*> entries_;
};

}  // namespace entail::ir
