#include "symbolic/eval/relation.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>

namespace entail::eval {

std::size_t Relation::hash(std::span<const Value> tuple) {
    std::uint64_t h = 0x2545F4914F6CDD1DULL;
    for (Value value : tuple) h = (h ^ value.bits()) * 0x9E3779B97F4A7C15ULL;
    return h ^ h >> 32U;
}

Row Relation::find(std::span<const Value> tuple) const {
    if (set_.empty()) return kNoRow;
    std::size_t mask = set_.size() - 1;
    for (std::size_t slot = hash(tuple) & mask;; slot = (slot + 1) & mask) {
        Row row = set_[slot];
        if (row == kNoRow || std::ranges::equal((*this)[row], tuple)) return row;
    }
}

Row Relation::add(std::span<const Value> tuple, provenance::NodeId node, std::uint32_t round) {
    assert(tuple.size() == arity_);
    if (size_ == kNoRow) throw std::length_error("Relation: more than 2^32 - 1 tuples");
    if (std::size_t{size_} * 2 >= set_.size()) grow_set();
    if (node != provenance::kNone && nodes_.empty()) nodes_.assign(size_, provenance::kNone);
    Row row = size_++;
    values_.insert(values_.end(), tuple.begin(), tuple.end());
    if (node != provenance::kNone || !nodes_.empty()) nodes_.push_back(node);
    rounds_.push_back(round);
    std::size_t mask = set_.size() - 1;
    std::size_t slot = hash(tuple) & mask;
    while (set_[slot] != kNoRow) slot = (slot + 1) & mask;
    set_[slot] = row;
    return row;
}

void Relation::grow_set() {
    set_.assign(std::max<std::size_t>(16, set_.size() * 2), kNoRow);
    std::size_t mask = set_.size() - 1;
    for (Row row = 0; row < size_; ++row) {
        std::size_t slot = hash((*this)[row]) & mask;
        while (set_[slot] != kNoRow) slot = (slot + 1) & mask;
        set_[slot] = row;
    }
}

Relation::Index& Relation::index(Columns columns) {
    for (auto& known : indices_) {
        if (known->columns() == columns) return *known;
    }
    indices_.push_back(std::make_unique<Index>(*this, columns));
    return *indices_.back();
}

Relation::Index::Index(const Relation& relation, Columns columns)
    : relation_(relation), columns_(columns) {
    for (std::uint32_t c = 0; c < relation.arity(); ++c) {
        if ((columns >> c & 1U) != 0) column_list_.push_back(c);
    }
    scratch_.resize(column_list_.size());
}

bool Relation::Index::matches(Row row, std::span<const Value> key) const {
    auto tuple = relation_[row];
    for (std::size_t i = 0; i < column_list_.size(); ++i) {
        if (tuple[column_list_[i]] != key[i]) return false;
    }
    return true;
}

std::size_t Relation::Index::slot_of(std::span<const Value> key) const {
    std::size_t mask = heads_.size() - 1;
    std::size_t slot = hash(key) & mask;
    while (heads_[slot] != kNoRow && !matches(heads_[slot], key)) slot = (slot + 1) & mask;
    return slot;
}

void Relation::Index::grow() {
    std::vector<Row> old = std::move(heads_);
    heads_.assign(std::max<std::size_t>(16, old.size() * 2), kNoRow);
    for (Row head : old) {
        if (head == kNoRow) continue;
        auto tuple = relation_[head];
        for (std::size_t i = 0; i < column_list_.size(); ++i) scratch_[i] = tuple[column_list_[i]];
        heads_[slot_of(scratch_)] = head;
    }
}

void Relation::Index::catch_up() {
    for (Row row = static_cast<Row>(next_.size()); row < relation_.size(); ++row) {
        if (keys_ * 2 >= heads_.size()) grow();
        auto tuple = relation_[row];
        for (std::size_t i = 0; i < column_list_.size(); ++i) scratch_[i] = tuple[column_list_[i]];
        std::size_t slot = slot_of(scratch_);
        if (heads_[slot] == kNoRow) ++keys_;
        next_.push_back(heads_[slot]);
        heads_[slot] = row;
    }
}

Row Relation::Index::first(std::span<const Value> key) {
    catch_up();
    if (heads_.empty()) return kNoRow;
    return heads_[slot_of(key)];
}

}  // namespace entail::eval
