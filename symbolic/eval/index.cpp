#include "symbolic/eval/index.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace entail::eval {

Index::Index(const Relation& relation, Columns columns) : relation_(relation), columns_(columns) {
    for (std::uint32_t c = 0; c < relation.arity(); ++c) {
        if ((columns >> c & 1U) != 0) column_list_.push_back(c);
    }
    key_.resize(column_list_.size());
}

std::uint32_t Index::tag_of(std::span<const Value> key) const {
    return key.size() == 1 ? key[0].bits() : static_cast<std::uint32_t>(hash_values(key));
}

std::span<const Row> Index::rows_of(const List& list) const {
    if (list.size == 1) return {&list.begin, 1};
    return {pool_.data() + list.begin, list.size};
}

bool Index::holds(std::uint32_t list, std::span<const Value> key) const {
    if (key.size() == 1) return true;  // the tag is the key
    auto tuple = relation_[rows_of(lists_[list]).front()];
    for (std::size_t i = 0; i < key.size(); ++i) {
        if (tuple[column_list_[i]] != key[i]) return false;
    }
    return true;
}

std::size_t Index::find_slot(std::uint32_t tag, std::span<const Value> key) const {
    std::size_t mask = slots_.size() - 1;
    for (std::size_t slot = home(tag);; slot = (slot + 1) & mask) {
        const Slot& here = slots_[slot];
        if (here.list == kEmpty || (here.tag == tag && holds(here.list, key))) return slot;
    }
}

std::span<const Row> Index::rows(std::span<const Value> key) const {
    if (slots_.empty()) return {};
    const Slot& slot = slots_[find_slot(tag_of(key), key)];
    if (slot.list == kEmpty) return {};
    return rows_of(lists_[slot.list]);
}

void Index::grow() {
    GrowingArray<Slot> old = std::move(slots_);
    std::size_t size = old.empty() ? 16 : old.size() * 2;
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(size));
    slots_.resize(size, {0, kEmpty});
    for (std::size_t i = 0; i < old.size(); ++i) {
        if (old[i].list == kEmpty) continue;
        std::size_t slot = home(old[i].tag);
        while (slots_[slot].list != kEmpty) slot = (slot + 1) & (size - 1);
        slots_[slot] = old[i];
    }
}

std::uint32_t Index::allocate(unsigned size_class) {
    auto& unused = free_[size_class];
    if (!unused.empty()) {
        std::uint32_t begin = unused.back();
        unused.pop_back();
        return begin;
    }
    std::size_t begin = pool_.size();
    if (begin + (std::size_t{1} << size_class) > kEmpty) {
        throw std::length_error("Index: more than 2^32 - 1 places for rows");
    }
    pool_.resize(begin + (std::size_t{1} << size_class), kNoRow);
    return static_cast<std::uint32_t>(begin);
}

void Index::add(List& list, Row row) {
    if (list.size == 0) {
        list = {row, 1};
        return;
    }
    // A list of n > 1 rows has room for the next power of two.
    if ((list.size & (list.size - 1)) == 0) {
        auto size_class = static_cast<unsigned>(std::countr_zero(list.size)) + 1;
        std::uint32_t begin = allocate(size_class);
        std::ranges::copy(rows_of(list), pool_.data() + begin);
        if (list.size > 1) free_[size_class - 1].push_back(list.begin);
        list.begin = begin;
    }
    pool_[list.begin + list.size++] = row;
}

void Index::catch_up(Row end) {
    for (; end_ < end; ++end_) {
        if (lists_.size() * 4 >= slots_.size() * 3) grow();
        auto tuple = relation_[end_];
        std::uint32_t tag;
        if (key_.size() == 1) {
            tag = tuple[column_list_[0]].bits();  // and the key is not looked at
        } else {
            for (std::size_t i = 0; i < key_.size(); ++i) key_[i] = tuple[column_list_[i]];
            tag = tag_of(key_);
        }
        Slot& slot = slots_[find_slot(tag, key_)];
        if (slot.list == kEmpty) {
            slot = {tag, static_cast<std::uint32_t>(lists_.size())};
            lists_.push_back({0, 0});
        }
        add(lists_[slot.list], end_);
    }
}

}  // namespace entail::eval
