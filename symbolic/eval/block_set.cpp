#include "symbolic/eval/block_set.h"

#include <bit>

namespace entail::eval {
namespace {

/// A value's kind is in its low bits; moved to the top, neighbours are neighbours.
std::uint32_t numbered(Value value) {
    return std::rotr(value.bits(), 3);
}

}  // namespace

BlockSet::Address BlockSet::address_of(std::span<const Value> tuple) {
    std::uint64_t first = tuple.size() == 2 ? tuple[0].bits() : 0;
    std::uint32_t last = numbered(tuple.back());
    return {first << 32U | last / kBlockBits, last % kBlockBits};
}

Value BlockSet::neighbour(Value last, std::uint32_t offset) {
    std::uint32_t first_of_block = numbered(last) & ~(kBlockBits - 1);
    return Value::from_bits(std::rotl(first_of_block | offset, 3));
}

std::size_t BlockSet::find_slot(std::uint64_t key) const {
    std::size_t mask = slots_.size() - 1;
    std::size_t slot = key * 0x9E3779B97F4A7C15ULL >> shift_;
    while (slots_[slot].key != key && slots_[slot].key != kEmpty) slot = (slot + 1) & mask;
    return slot;
}

std::size_t BlockSet::place(std::span<const Value> tuple) const {
    if (slots_.empty()) return kNowhere;
    auto [key, bit] = address_of(tuple);
    const Slot& slot = slots_[find_slot(key)];
    if (slot.key == kEmpty) return kNowhere;
    if ((blocks_[slot.block].words[bit / 64] >> (bit % 64) & 1U) == 0) return kNowhere;
    return std::size_t{slot.block} * kBlockBits + bit;
}

bool BlockSet::insert(std::span<const Value> tuple) {
    if (blocks_.size() * 2 >= slots_.size()) grow();
    auto [key, bit] = address_of(tuple);
    Slot& slot = slots_[find_slot(key)];
    if (slot.key == kEmpty) {
        slot = {key, static_cast<std::uint32_t>(blocks_.size())};
        blocks_.push_back({});
    }
    std::uint64_t& word = blocks_[slot.block].words[bit / 64];
    std::uint64_t mask = std::uint64_t{1} << (bit % 64);
    bool is_new = (word & mask) == 0;
    word |= mask;
    return is_new;
}

void BlockSet::erase(std::span<const Value> tuple) {
    if (slots_.empty()) return;
    auto [key, bit] = address_of(tuple);
    const Slot& slot = slots_[find_slot(key)];
    if (slot.key == kEmpty) return;
    blocks_[slot.block].words[bit / 64] &= ~(std::uint64_t{1} << (bit % 64));
}

void BlockSet::grow() {
    GrowingArray<Slot> old = std::move(slots_);
    std::size_t size = old.empty() ? 64 : old.size() * 2;
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(size));
    slots_.resize(size, {kEmpty, 0});
    for (std::size_t i = 0; i < old.size(); ++i) {
        if (old[i].key != kEmpty) slots_[find_slot(old[i].key)] = old[i];
    }
}

void BlockSet::release() {
    slots_.release();
    blocks_.release();
    shift_ = 64;
}

}  // namespace entail::eval
