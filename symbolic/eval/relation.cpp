#include "symbolic/eval/relation.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <stdexcept>

#include "symbolic/eval/index.h"

namespace entail::eval {
namespace {

/// Tuples a block must hold on average: a block of 64 bytes and its slot cost as much as the rows
/// of a RowMap at ten tuples.
constexpr std::size_t kDenseBlock = 10;
constexpr std::size_t kSparseBlock = 5;  // below this, bits are given up again
/// From here on a row number for each bit costs as much as a RowMap, and is found faster.
constexpr std::size_t kCrowdedBlock = BlockSet::kBlockBits / 4;
constexpr Row kSampledRows = 512;  // for the estimate of density
constexpr std::uint32_t kSampledBits = 16;
constexpr Row kLooks = 1U << 15U;  // at new rows, for the estimate of different values

}  // namespace

/// How many different values a column has: HyperLogLog with 256 registers (Flajolet et al., 2007),
/// off by about 7 %.
class Relation::Sketch {
public:
    void add(Value value) {
        std::uint64_t hash = hash_values({&value, 1}) * 0xD6E8FEB86659FD93ULL;
        auto rank = static_cast<std::uint8_t>(std::countl_zero(hash << 8U | 1U) + 1);
        std::uint8_t& known = registers_[hash >> 56U];
        known = std::max(known, rank);
    }
    double estimate() const {
        double sum = 0, zeros = 0;
        for (std::uint8_t rank : registers_) {
            sum += std::ldexp(1.0, -rank);
            zeros += rank == 0 ? 1 : 0;
        }
        double size = registers_.size();
        double raw = 0.7182725932495458 * size * size / sum;
        // Linear counting is better while registers are free.
        return raw <= 2.5 * size && zeros > 0 ? size * std::log(size / zeros) : raw;
    }
    Row end = 0;     // the rows below are in
    Row looked = 0;  // at so many of them

private:
    std::array<std::uint8_t, 256> registers_{};
};

Relation::Relation(std::uint32_t arity) : arity_(arity) {}
Relation::Relation(Relation&&) noexcept = default;
Relation& Relation::operator=(Relation&&) noexcept = default;
Relation::~Relation() = default;

std::size_t Relation::slot_of(std::span<const Value> tuple) const {
    std::size_t mask = rows_.slots.size() - 1;
    for (std::size_t slot = hash_values(tuple) & mask;; slot = (slot + 1) & mask) {
        Row row = rows_.slots[slot];
        if (row == kNoRow || (row != kDead && std::ranges::equal((*this)[row], tuple))) return slot;
    }
}

bool Relation::contains(std::span<const Value> tuple) const {
    if (has_blocks_) return blocks_.contains(tuple);
    return !rows_.slots.empty() && rows_.slots[slot_of(tuple)] != kNoRow;
}

Row Relation::find(std::span<const Value> tuple) const {
    if (has_blocks_) {
        std::size_t place = blocks_.place(tuple);
        if (place == BlockSet::kNowhere) return kNoRow;
        prepare_to_find();
        if (!row_at_.empty()) return row_at_[place];
    }
    return rows_.slots.empty() ? kNoRow : rows_.slots[slot_of(tuple)];
}

void Relation::append(std::span<const Value> tuple, std::uint32_t round) {
    assert(tuple.size() == arity_);
    if (size_ == kDead) throw std::length_error("Relation: more than 2^32 - 2 tuples");
    if (runs_.empty() || runs_.back().round != round) {
        assert(runs_.empty() || runs_.back().round < round);
        runs_.push_back({size_, round});
    }
    values_.append(tuple);
    ++size_;
}

Row Relation::add(std::span<const Value> tuple, provenance::NodeId node, std::uint32_t round) {
    if (node == provenance::kNone && nodes_.empty()) {
        insert(tuple, round);
        return size_ - 1;
    }
    if (has_blocks_) use_rows();
    if (nodes_.empty()) nodes_.resize(size_, provenance::kNone);
    append(tuple, round);
    nodes_.push_back(node);
    catch_up_rows();
    return size_ - 1;
}

bool Relation::insert(std::span<const Value> tuple, std::uint32_t round) {
    if (!has_blocks_ && std::size_t{size_} * 4 >= rows_.slots.size() * 3) {
        if (is_dense()) {
            use_blocks();
        } else {
            grow_rows(size_ + std::size_t{1});
        }
    }
    if (has_blocks_) {
        if (!blocks_.insert(tuple)) return false;
        append(tuple, round);
        if (blocks_.block_count() >= next_look_) {
            next_look_ = blocks_.block_count() * 2;
            if (size_ < blocks_.block_count() * kSparseBlock) use_rows();
        }
        return true;
    }
    std::size_t slot = slot_of(tuple);
    if (rows_.slots[slot] != kNoRow) return false;
    rows_.slots[slot] = size_;
    append(tuple, round);
    rows_.end = size_;
    return true;
}

Relation::RoundRows Relation::round_of(Row row) const {
    auto after =
        std::ranges::upper_bound(runs_, row, std::less{}, [](const Run& run) { return run.first; });
    auto run = std::prev(after);
    return {run->round, run->first, after == runs_.end() ? size_ : after->first};
}

Row Relation::first_row_since(std::uint32_t round) const {
    auto run = std::ranges::lower_bound(runs_, round, std::less{}, &Run::round);
    return run == runs_.end() ? size_ : run->first;
}

void Relation::erase(Row row) {
    assert(is_certain(row) && !is_dead(row));
    auto tuple = (*this)[row];
    if (row < row_at_end_) row_at_[blocks_.place(tuple)] = kNoRow;
    if (has_blocks_) blocks_.erase(tuple);
    if (row < rows_.end) {
        std::size_t mask = rows_.slots.size() - 1, slot = hash_values(tuple) & mask;
        while (rows_.slots[slot] != row) slot = (slot + 1) & mask;
        rows_.slots[slot] = kDead;
    }
    if (dead_.size() < size_) dead_.resize(size_);
    dead_[row] = true;
    ++dead_count_;
}

void Relation::compact() {
    Relation living(arity_);
    for (Row row = 0; row < size_; ++row) {
        if (!is_dead(row)) living.insert((*this)[row], round(row));
    }
    *this = std::move(living);
}

void Relation::prepare_to_find() const {
    bool crowded = has_blocks_ && size_ >= blocks_.block_count() * kCrowdedBlock;
    if (row_at_.empty() && !crowded) return catch_up_rows();
    if (row_at_end_ == size_) return;
    rows_.slots.release();
    rows_.end = 0;
    row_at_.resize(blocks_.block_count() * BlockSet::kBlockBits, kNoRow);
    for (; row_at_end_ < size_; ++row_at_end_) {
        if (!is_dead(row_at_end_)) row_at_[blocks_.place((*this)[row_at_end_])] = row_at_end_;
    }
}

void Relation::catch_up_rows() const {
    if (rows_.end == size_) return;
    if (std::size_t{size_} * 4 > rows_.slots.size() * 3) grow_rows(size_);
    for (; rows_.end < size_; ++rows_.end) {
        if (!is_dead(rows_.end)) place_row(rows_.end);
    }
}

/// Makes room for so many tuples.
void Relation::grow_rows(std::size_t tuples) const {
    std::size_t size = std::bit_ceil(std::max<std::size_t>(16, tuples * 4 / 3 + 1));
    rows_.slots.release();
    rows_.slots.resize(size, kNoRow);
    for (Row row = 0; row < rows_.end; ++row) {
        if (!is_dead(row)) place_row(row);
    }
}

/// `row` holds a tuple that is not in the map.
void Relation::place_row(Row row) const {
    std::size_t mask = rows_.slots.size() - 1, slot = hash_values((*this)[row]) & mask;
    while (rows_.slots[slot] != kNoRow) slot = (slot + 1) & mask;
    rows_.slots[slot] = row;
}

bool Relation::is_dense() const {
    if (arity_ == 0 || arity_ > 2 || !nodes_.empty() || size_ < 1024) return false;
    std::size_t hits = 0;
    std::array<Value, 2> tuple;
    for (Row i = 0; i < kSampledRows; ++i) {
        auto known = (*this)[static_cast<Row>(std::uint64_t{size_} * i / kSampledRows)];
        std::ranges::copy(known, tuple.begin());
        for (std::uint32_t bit = 0; bit < kSampledBits; ++bit) {
            std::uint32_t offset = bit * (BlockSet::kBlockBits / kSampledBits) + i % 32;
            tuple[arity_ - 1] = BlockSet::neighbour(known.back(), offset);
            if (contains({tuple.data(), arity_})) ++hits;
        }
    }
    return hits * BlockSet::kBlockBits >= kDenseBlock * kSampledRows * kSampledBits;
}

void Relation::use_blocks() {
    rows_.slots.release();
    rows_.end = 0;
    for (Row row = 0; row < size_; ++row) {
        if (!is_dead(row)) blocks_.insert((*this)[row]);
    }
    has_blocks_ = true;
    next_look_ = blocks_.block_count() * 2;
}

void Relation::use_rows() {
    blocks_.release();
    row_at_.release();
    row_at_end_ = 0;
    has_blocks_ = false;
    catch_up_rows();
}

Index& Relation::index(Columns columns) {
    for (auto& known : indices_) {
        if (known->columns() == columns) return *known;
    }
    indices_.push_back(std::make_unique<Index>(*this, columns));
    return *indices_.back();
}

double Relation::distinct(std::uint32_t column) const {
    if (sketches_.empty()) sketches_.resize(arity_);
    Sketch& sketch = sketches_[column];
    if (sketch.end < size_) {
        Row step = 1 + (size_ - sketch.end) / kLooks;
        for (Row row = sketch.end; row < size_ && row >= sketch.end; row += step) {
            sketch.add((*this)[row][column]);
            ++sketch.looked;
        }
        sketch.end = size_;
    }
    double estimate = sketch.estimate();
    // Where most rows that were looked at differ, the others will.
    if (estimate > sketch.looked * 0.5) estimate *= static_cast<double>(size_) / sketch.looked;
    return std::clamp(estimate, 1.0, std::max(1.0, static_cast<double>(size_)));
}

std::size_t Relation::bytes() const {
    std::size_t bytes = values_.bytes() + nodes_.bytes() + runs_.capacity() * sizeof(Run) +
                        dead_.capacity() / 8 + blocks_.bytes() + rows_.slots.bytes() +
                        row_at_.bytes() + sketches_.capacity() * sizeof(Sketch);
    for (const auto& index : indices_) bytes += index->bytes();
    return bytes;
}

}  // namespace entail::eval
