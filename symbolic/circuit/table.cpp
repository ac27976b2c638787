#include "symbolic/circuit/table.h"

#include <algorithm>

namespace entail::circuit {

std::uint64_t RowIndex::hash(std::span<const std::uint32_t> key) const {
    std::uint64_t hash = 0x9E3779B97F4A7C15ULL;
    for (std::uint32_t word : key) {
        hash = (hash ^ word) * 0xD6E8FEB86659FD93ULL;
        hash ^= hash >> 32U;
    }
    return hash;
}

bool RowIndex::is(std::uint32_t number, std::span<const std::uint32_t> key) const {
    return std::equal(key.begin(), key.end(),
                      keys_.begin() + static_cast<std::ptrdiff_t>(number * width_));
}

std::uint32_t RowIndex::find(std::span<const std::uint32_t> key) const {
    const std::size_t mask = table_.size() - 1;
    for (std::size_t place = hash(key) & mask;; place = (place + 1) & mask) {
        if (table_[place] == kMissing || is(table_[place], key)) return table_[place];
    }
}

void RowIndex::grow() {
    table_.assign(table_.size() * 2, kMissing);
    const std::size_t mask = table_.size() - 1;
    for (std::uint32_t i = 0; i < size_; ++i) {
        std::size_t place = hash({keys_.data() + i * width_, width_}) & mask;
        while (table_[place] != kMissing) place = (place + 1) & mask;
        table_[place] = i;
    }
}

std::uint32_t RowIndex::insert(std::span<const std::uint32_t> key) {
    if (2 * (size_ + 1) > table_.size()) grow();
    const std::size_t mask = table_.size() - 1;
    std::size_t place = hash(key) & mask;
    for (; table_[place] != kMissing; place = (place + 1) & mask) {
        if (is(table_[place], key)) return table_[place];
    }
    table_[place] = static_cast<std::uint32_t>(size_);
    keys_.insert(keys_.end(), key.begin(), key.end());
    return static_cast<std::uint32_t>(size_++);
}

namespace {

std::size_t shared_columns(const std::vector<VariableId>& a, const std::vector<VariableId>& b) {
    return static_cast<std::size_t>(
        std::ranges::count_if(b, [&](VariableId v) { return std::ranges::find(a, v) != a.end(); }));
}

/// `left` joined with `table`, whose nodes become factor `place`.
Join join_with(const Join& left, const Table& table, std::size_t place,
               const std::function<void(std::size_t)>& on_rows) {
    std::vector<std::size_t> left_columns, table_columns, new_columns;
    Join result;
    result.scope = left.scope;
    result.tables = left.tables;
    for (std::size_t c = 0; c < table.scope.size(); ++c) {
        const auto at = std::ranges::find(left.scope, table.scope[c]);
        if (at == left.scope.end()) {
            new_columns.push_back(c);
            result.scope.push_back(table.scope[c]);
        } else {
            left_columns.push_back(static_cast<std::size_t>(at - left.scope.begin()));
            table_columns.push_back(c);
        }
    }
    // Rows of the table by what they share with the left, as chains.
    constexpr std::uint32_t kEnd = 0xFFFFFFFF;
    RowIndex index(table_columns.size());
    std::vector<std::uint32_t> first, next(table.rows(), kEnd);
    std::vector<std::uint32_t> key(table_columns.size());
    for (std::size_t i = table.rows(); i-- > 0;) {
        for (std::size_t c = 0; c < key.size(); ++c) key[c] = table.row(i)[table_columns[c]];
        const std::uint32_t number = index.insert(key);
        if (number == first.size()) first.push_back(kEnd);
        next[i] = first[number];
        first[number] = static_cast<std::uint32_t>(i);
    }
    for (std::size_t i = 0; i < left.rows; ++i) {
        const std::uint32_t* values = left.values.data() + i * left.scope.size();
        for (std::size_t c = 0; c < key.size(); ++c) key[c] = values[left_columns[c]];
        const std::uint32_t number = index.find(key);
        if (number == RowIndex::kMissing) continue;
        std::size_t made = 0;
        for (std::uint32_t t = first[number]; t != kEnd; t = next[t]) {
            result.values.insert(result.values.end(), values, values + left.scope.size());
            for (std::size_t c : new_columns) result.values.push_back(table.row(t)[c]);
            const auto factors =
                left.factors.begin() + static_cast<std::ptrdiff_t>(i * left.tables);
            result.factors.insert(result.factors.end(), factors,
                                  factors + static_cast<std::ptrdiff_t>(left.tables));
            result.factors[result.factors.size() - left.tables + place] = table.nodes[t];
            ++made;
        }
        result.rows += made;
        on_rows(made);
    }
    return result;
}

}  // namespace

Join join(std::span<const Table* const> tables, const std::function<void(std::size_t)>& on_rows) {
    Join result;
    result.tables = tables.size();
    result.rows = 1;
    result.factors.assign(tables.size(), kTrue);
    std::vector<char> done(tables.size(), 0);
    for (std::size_t step = 0; step < tables.size(); ++step) {
        // The one that shares most; of those, the one that adds least; the smallest.
        std::size_t best = tables.size();
        const auto better = [&](std::size_t a, std::size_t b) {
            const std::size_t x = shared_columns(result.scope, tables[a]->scope);
            const std::size_t y = shared_columns(result.scope, tables[b]->scope);
            const std::size_t more_x = tables[a]->scope.size() - x;
            const std::size_t more_y = tables[b]->scope.size() - y;
            if ((more_x == 0) != (more_y == 0)) return more_x == 0;
            if (x != y) return x > y;
            return tables[a]->rows() < tables[b]->rows();
        };
        for (std::size_t t = 0; t < tables.size(); ++t) {
            if (done[t] == 0 && (best == tables.size() || better(t, best))) best = t;
        }
        done[best] = 1;
        result = join_with(result, *tables[best], best, on_rows);
    }
    return result;
}

}  // namespace entail::circuit
