#pragma once
// A set of tuples of one arity, with indices made when they are first asked for.
//
// Rows are numbered in order of arrival, so "what is new since" is a range of rows. A row is
// certain or has a node of the derivation graph. Values lie flat, row after row; rounds never fall
// from row to row and are kept as runs. Membership is a hash table of rows (RowMap) or, for certain
// relations of one or two columns that are dense enough, bits (BlockSet); which one is decided by a
// sample each time the table would have to grow. The row of a tuple is only looked up where a
// node, a round or a window is wanted, and the table for it is then made.
// Cost: 4 bytes a value; 5 to 11 a row for a RowMap, or less than 9, often below 1, for bits.
//
// Several threads may read while none adds, after prepare_to_find().

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "symbolic/base/value.h"
#include "symbolic/eval/block_set.h"
#include "symbolic/eval/growing_array.h"
#include "symbolic/provenance/derivation_graph.h"

namespace entail::eval {

using Row = std::uint32_t;
inline constexpr Row kNoRow = 0xFFFFFFFF;
using Columns = std::uint64_t;  ///< a set of columns, as bits

class Index;

class Relation {
public:
    explicit Relation(std::uint32_t arity);
    Relation(Relation&&) noexcept;
    Relation& operator=(Relation&&) noexcept;
    ~Relation();

    std::uint32_t arity() const { return arity_; }
    Row size() const { return size_; }
    std::span<const Value> operator[](Row row) const {
        return {values_.data() + std::size_t{row} * arity_, arity_};
    }

    bool contains(std::span<const Value> tuple) const;
    Row find(std::span<const Value> tuple) const;  ///< kNoRow if it is not there
    /// Adds a tuple that is not there. `round`: when; premises of a certain row are of lower
    /// rounds. Rounds must not fall.
    Row add(std::span<const Value> tuple, provenance::NodeId node, std::uint32_t round);
    /// Adds a certain tuple to a relation of certain rows; false if it was there.
    bool insert(std::span<const Value> tuple, std::uint32_t round);

    /// No row has a node.
    bool all_certain() const { return nodes_.empty(); }
    bool is_certain(Row row) const { return node(row) == provenance::kNone; }
    provenance::NodeId node(Row row) const {
        return nodes_.empty() ? provenance::kNone : nodes_[row];
    }
    /// The rows of one round.
    struct RoundRows {
        std::uint32_t round;
        Row first, end;
    };
    RoundRows round_of(Row row) const;
    std::uint32_t round(Row row) const { return round_of(row).round; }
    std::uint32_t last_round() const { return runs_.empty() ? 0 : runs_.back().round; }
    /// The rows below it are those of rounds before `round`.
    Row first_row_since(std::uint32_t round) const;

    /// Takes a certain row out of the set. It keeps its number and its values, but is dead: whoever
    /// walks over rows passes it over.
    void erase(Row row);
    bool is_dead(Row row) const { return !dead_.empty() && row < dead_.size() && dead_[row]; }
    Row dead_count() const { return dead_count_; }
    /// Drops dead rows of a relation of certain rows: those that follow get other numbers. Indices
    /// are made anew when they are asked for.
    void compact();

    /// The index over `columns`, made on first use; the reference stays valid.
    Index& index(Columns columns);
    /// About how many values a column has; looks at some of the rows that it has not seen yet.
    double distinct(std::uint32_t column) const;
    /// Makes what find() looks into; find() does it where that has not been done.
    void prepare_to_find() const;
    std::size_t bytes() const;

private:
    /// Rows by tuple: open addressing over row numbers.
    struct RowMap {
        GrowingArray<Row> slots;  // a power of two; kDead where a row was
        Row end = 0;              // the rows below are in
    };
    static constexpr Row kDead = kNoRow - 1;
    class Sketch;
    struct Run {
        Row first;
        std::uint32_t round;
    };

    void append(std::span<const Value> tuple, std::uint32_t round);
    std::size_t slot_of(std::span<const Value> tuple) const;
    void catch_up_rows() const;
    void grow_rows(std::size_t tuples) const;
    void place_row(Row row) const;
    bool is_dense() const;
    void use_blocks();
    void use_rows();

    std::uint32_t arity_;
    Row size_ = 0;
    GrowingArray<Value> values_;
    GrowingArray<provenance::NodeId> nodes_;  // empty while all rows are certain
    std::vector<Run> runs_;
    std::vector<bool> dead_;  // shorter than size_ where all that follow live
    Row dead_count_ = 0;
    bool has_blocks_ = false;  // whether blocks_ holds the tuples
    BlockSet blocks_;
    std::size_t next_look_ = 0;  // at this many blocks: are they worth it?
    mutable RowMap rows_;        // holds all tuples unless has_blocks_
    /// Rows by place in blocks_, of well filled blocks: instead of rows_.
    mutable GrowingArray<Row> row_at_;
    mutable Row row_at_end_ = 0;  // the rows below are in
    mutable std::vector<Sketch> sketches_;
    std::vector<std::unique_ptr<Index>> indices_;
};

/// A hash of values, good in all bits.
inline std::uint64_t hash_values(std::span<const Value> values) {
    std::uint64_t h = 0x2545F4914F6CDD1DULL;
    for (Value value : values) {
        h = (h ^ value.bits()) * 0x9E3779B97F4A7C15ULL;
        h ^= h >> 32U;
    }
    return h;
}

}  // namespace entail::eval
