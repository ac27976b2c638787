#pragma once
// From the description of a sub-problem to its result. Descriptions are compared in full; the hash
// only finds the bucket.

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace entail::circuit {

class ComponentCache {
public:
    static constexpr std::uint32_t kMissing = 0xFFFFFFFF;

    std::uint32_t find(std::span<const std::uint32_t> key) const {
        const std::uint64_t hash = hash_of(key);
        for (std::size_t place = hash & mask();; place = (place + 1) & mask()) {
            const std::uint32_t id = table_[place];
            if (id == 0) return kMissing;
            const Entry& entry = entries_[id - 1];
            if (entry.hash == hash && std::ranges::equal(key_of(id - 1), key)) return entry.result;
        }
    }
    /// `key` must not be present.
    void insert(std::span<const std::uint32_t> key, std::uint32_t result) {
        if (2 * (entries_.size() + 1) >= table_.size()) grow();
        const std::uint64_t hash = hash_of(key);
        entries_.push_back({hash, pool_.size(), result});
        pool_.insert(pool_.end(), key.begin(), key.end());
        place(static_cast<std::uint32_t>(entries_.size()), hash);
    }
    std::size_t size() const { return entries_.size(); }
    std::size_t memory_bytes() const {
        return pool_.capacity() * sizeof(std::uint32_t) + entries_.capacity() * sizeof(Entry) +
               table_.capacity() * sizeof(std::uint32_t);
    }

private:
    struct Entry {
        std::uint64_t hash;
        std::size_t begin;  // of the key in the pool; it ends where the next entry's begins
        std::uint32_t result;
    };

    static std::uint64_t hash_of(std::span<const std::uint32_t> key) {
        std::uint64_t hash = 0x9E3779B97F4A7C15ULL * (key.size() + 1);
        for (std::uint32_t word : key) {
            hash = (hash ^ word) * 0xD6E8FEB86659FD93ULL;
            hash ^= hash >> 32U;
        }
        return hash;
    }
    std::size_t mask() const { return table_.size() - 1; }
    std::span<const std::uint32_t> key_of(std::size_t entry) const {
        const std::size_t end =
            entry + 1 < entries_.size() ? entries_[entry + 1].begin : pool_.size();
        return {pool_.data() + entries_[entry].begin, pool_.data() + end};
    }
    void place(std::uint32_t id, std::uint64_t hash) {
        std::size_t place = hash & mask();
        while (table_[place] != 0) place = (place + 1) & mask();
        table_[place] = id;
    }
    void grow() {
        table_.assign(table_.size() * 2, 0);
        for (std::size_t i = 0; i < entries_.size(); ++i)
            place(static_cast<std::uint32_t>(i + 1), entries_[i].hash);
    }

    std::vector<std::uint32_t> pool_;
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> table_ = std::vector<std::uint32_t>(1024, 0);  // entry + 1, or 0
};

}  // namespace entail::circuit
