#pragma once
// Sparse tables from values of variables to circuits, their natural join and their sums.
//
// A table has a row for every assignment of its scope that can be; the others count as false. Cost:
// hash joins, linear in the rows read and made.

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "symbolic/circuit/circuit.h"

namespace entail::circuit {

using VariableId = std::uint32_t;

struct Table {
    std::vector<VariableId> scope;
    std::vector<std::uint32_t> values;  ///< [rows x scope]
    std::vector<CircuitNode> nodes;     ///< by row

    std::size_t rows() const { return nodes.size(); }
    std::span<const std::uint32_t> row(std::size_t i) const {
        return {values.data() + i * scope.size(), scope.size()};
    }
};

/// Rows that agree with all joined tables; the factors of a row are a node of each.
struct Join {
    std::vector<VariableId> scope;
    std::vector<std::uint32_t> values;  ///< [rows x scope]
    std::vector<CircuitNode> factors;   ///< [rows x tables]
    std::size_t tables = 0, rows = 0;
};

/// The natural join of `tables`, in whatever order is cheapest; factors in the order given.
/// `on_rows` is told of rows that were made, and may throw.
Join join(std::span<const Table* const> tables, const std::function<void(std::size_t)>& on_rows);

/// Numbers the distinct values of some columns.
class RowIndex {
public:
    static constexpr std::uint32_t kMissing = 0xFFFFFFFF;
    explicit RowIndex(std::size_t width) : width_(width), table_(64, kMissing) {}
    std::uint32_t find(std::span<const std::uint32_t> key) const;
    std::uint32_t insert(std::span<const std::uint32_t> key);  ///< its number, new or known
    std::size_t size() const { return size_; }
    const std::vector<std::uint32_t>& keys() const { return keys_; }  ///< [size x width]

private:
    std::uint64_t hash(std::span<const std::uint32_t> key) const;
    bool is(std::uint32_t number, std::span<const std::uint32_t> key) const;
    void grow();

    std::size_t width_, size_ = 0;
    std::vector<std::uint32_t> keys_, table_;
};

}  // namespace entail::circuit
