#pragma once
// The rows of a relation by the values of some of its columns.
//
// A hash table from keys to lists of rows in ascending order, so that the rows of a window are a
// part of the list. A slot holds the key itself (one column) or its hash, and the number of the
// list; lists grow by doubling inside one pool, where outgrown places are used again.
// An index is caught up explicitly and only read afterwards, by any number of threads.
// Cost: 8 bytes a slot, 8 a key, and 4 to 8 a row of a key with several rows.

#include <array>
#include <span>
#include <vector>

#include "symbolic/eval/relation.h"

namespace entail::eval {

class Index {
public:
    Index(const Relation& relation, Columns columns);

    Columns columns() const { return columns_; }
    /// Takes in the rows below `end`.
    void catch_up(Row end);
    /// The rows with `key` (in column order) in their columns, ascending. Valid until catch_up().
    std::span<const Row> rows(std::span<const Value> key) const;
    std::size_t bytes() const { return slots_.bytes() + lists_.bytes() + pool_.bytes(); }

private:
    static constexpr std::uint32_t kEmpty = 0xFFFFFFFF;
    struct Slot {
        std::uint32_t tag;   // the key of one column, or the hash of several
        std::uint32_t list;  // kEmpty: none
    };
    struct List {
        std::uint32_t begin;  // in the pool, or the row itself if it is the only one
        std::uint32_t size;
    };

    std::uint32_t tag_of(std::span<const Value> key) const;
    std::size_t home(std::uint32_t tag) const { return tag * 0x9E3779B97F4A7C15ULL >> shift_; }
    std::size_t find_slot(std::uint32_t tag, std::span<const Value> key) const;
    bool holds(std::uint32_t list, std::span<const Value> key) const;
    std::span<const Row> rows_of(const List& list) const;
    void add(List& list, Row row);
    std::uint32_t allocate(unsigned size_class);
    void grow();

    const Relation& relation_;
    Columns columns_;
    std::vector<std::uint32_t> column_list_;
    GrowingArray<Slot> slots_;  // open addressing, a power of two
    GrowingArray<List> lists_;
    GrowingArray<Row> pool_;
    std::array<std::vector<std::uint32_t>, 33> free_;  // places in the pool, by size class
    unsigned shift_ = 64;
    Row end_ = 0;  // the rows below are in
    std::vector<Value> key_;
};

}  // namespace entail::eval
