#pragma once
// A set of tuples of one or two values as bits: for relations that fill a good part of the pairs
// that they could hold, as closures do.
//
// Atoms and small integers are numbered as they come, so the values that a relation pairs lie close
// together. A block holds one bit for each of 512 neighbouring last values after one first value:
// one line of cache. A hash table finds the block of (first value, last value / 512). A dense
// relation costs a fraction of a byte per tuple, and a whole row of the matrix is in the cache
// while it is joined; a sparse one would cost 80 bytes per tuple and belongs into a RowMap.

#include <array>
#include <cstdint>
#include <span>

#include "symbolic/base/value.h"
#include "symbolic/eval/growing_array.h"

namespace entail::eval {

class BlockSet {
public:
    static constexpr std::uint32_t kBlockBits = 512;

    static constexpr std::size_t kNowhere = ~std::size_t{0};

    bool contains(std::span<const Value> tuple) const { return place(tuple) != kNowhere; }
    /// Which bit of all the blocks' is the tuple's; kNowhere if it is not in.
    std::size_t place(std::span<const Value> tuple) const;
    /// False if it was there.
    bool insert(std::span<const Value> tuple);
    void erase(std::span<const Value> tuple);
    std::size_t block_count() const { return blocks_.size(); }
    std::size_t bytes() const { return slots_.bytes() + blocks_.bytes(); }
    void release();

    /// The values that share a block with `last`: it with each of the other offsets.
    static Value neighbour(Value last, std::uint32_t offset);

private:
    static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
    struct Slot {
        std::uint64_t key;  // kEmpty: none
        std::uint32_t block;
    };
    struct Block {
        std::array<std::uint64_t, kBlockBits / 64> words;
    };
    struct Address {
        std::uint64_t key;
        std::uint32_t bit;
    };
    static Address address_of(std::span<const Value> tuple);
    std::size_t find_slot(std::uint64_t key) const;
    void grow();

    GrowingArray<Slot> slots_;  // open addressing, a power of two
    GrowingArray<Block> blocks_;
    unsigned shift_ = 64;
};

}  // namespace entail::eval
