#pragma once
// A set of tuples of one arity that only grows, with indices made when they are first asked for.
//
// Rows are numbered in order of arrival, so "what is new since" is a range of rows. A row is
// certain or has a node of the derivation graph. Indices are hash tables from the values of some
// columns to a chain of rows, newest first; they catch up with new rows when they are used. Cost: 4
// bytes a value, 8 a row for the set, 8 a row and index.

#include <memory>
#include <span>
#include <vector>

#include "symbolic/base/value.h"
#include "symbolic/provenance/derivation_graph.h"

namespace entail::eval {

using Row = std::uint32_t;
inline constexpr Row kNoRow = 0xFFFFFFFF;
using Columns = std::uint64_t;  ///< a set of columns, as bits

class Relation {
public:
    explicit Relation(std::uint32_t arity) : arity_(arity) {}

    std::uint32_t arity() const { return arity_; }
    Row size() const { return size_; }
    std::span<const Value> operator[](Row row) const {
        return {values_.data() + std::size_t{row} * arity_, arity_};
    }

    Row find(std::span<const Value> tuple) const;  ///< kNoRow if it is not there
    /// Adds a tuple that is not there. `round`: when; premises of a certain row are of lower
    /// rounds.
    Row add(std::span<const Value> tuple, provenance::NodeId node, std::uint32_t round);

    bool is_certain(Row row) const { return node(row) == provenance::kNone; }
    provenance::NodeId node(Row row) const {
        return nodes_.empty() ? provenance::kNone : nodes_[row];
    }
    std::uint32_t round(Row row) const { return rounds_[row]; }

    class Index;  // a hash table over some columns
    /// The index over `columns`, made on first use; the reference stays valid.
    Index& index(Columns columns);

private:
    void grow_set();
    static std::size_t hash(std::span<const Value> tuple);

    std::uint32_t arity_;
    Row size_ = 0;
    std::vector<Value> values_;
    std::vector<provenance::NodeId> nodes_;  // empty while all rows are certain
    std::vector<std::uint32_t> rounds_;
    std::vector<Row> set_;  // open addressing, a power of two
    std::vector<std::unique_ptr<Index>> indices_;
};

class Relation::Index {
public:
    Index(const Relation& relation, Columns columns);
    Columns columns() const { return columns_; }
    /// The newest row whose columns hold `key` (in column order), and the next older one.
    Row first(std::span<const Value> key);
    Row next(Row row) const { return next_[row]; }

private:
    void catch_up();
    void grow();
    std::size_t slot_of(std::span<const Value> key) const;
    bool matches(Row row, std::span<const Value> key) const;

    const Relation& relation_;
    Columns columns_;
    std::vector<std::uint32_t> column_list_;
    std::vector<Row> heads_;  // open addressing: the newest row of a chain
    std::vector<Row> next_;
    std::size_t keys_ = 0;
    std::vector<Value> scratch_;
};

}  // namespace entail::eval
