#pragma once
// An array of plain values that grows without a second copy of itself.
//
// std::vector moves to a new place when it grows, so for a moment it takes three times its content.
// realloc extends large arrays by remapping their pages: the peak is the content, and pages that
// were never touched cost nothing. That is what makes bytes per tuple small.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace entail::eval {

template <typename T>
class GrowingArray {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    GrowingArray() = default;
    GrowingArray(GrowingArray&& other) noexcept
        : data_(std::move(other.data_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    GrowingArray& operator=(GrowingArray&& other) noexcept {
        data_ = std::move(other.data_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }
    ~GrowingArray() = default;

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    T& operator[](std::size_t i) { return data_.get()[i]; }
    const T& operator[](std::size_t i) const { return data_.get()[i]; }
    T& back() { return data_.get()[size_ - 1]; }
    const T& back() const { return data_.get()[size_ - 1]; }

    void push_back(T value) {
        if (size_ == capacity_) grow(size_ + 1);
        data_.get()[size_++] = value;
    }
    /// `more` must not lie inside this array.
    void append(std::span<const T> more) {
        if (size_ + more.size() > capacity_) grow(size_ + more.size());
        for (T value : more) data_.get()[size_++] = value;
    }
    /// Adds elements, or drops the last ones.
    void resize(std::size_t size, T value) {
        if (size > capacity_) grow(size);
        while (size_ < size) data_.get()[size_++] = value;
        size_ = size;
    }
    void clear() { size_ = 0; }
    void release() {
        data_.reset();
        size_ = capacity_ = 0;
    }
    /// Bytes in use; what growth has set aside beyond is address space.
    std::size_t bytes() const { return size_ * sizeof(T); }

private:
    void grow(std::size_t at_least) {
        std::size_t capacity = capacity_ * 2 > at_least ? capacity_ * 2 : at_least;
        if (capacity < 16) capacity = 16;
        void* moved = std::realloc(data_.get(), capacity * sizeof(T));
        if (moved == nullptr) throw std::bad_alloc();
        (void)data_.release();
        data_.reset(static_cast<T*>(moved));
        capacity_ = capacity;
    }
    struct Free {
        void operator()(T* pointer) const { std::free(pointer); }
    };

    std::unique_ptr<T[], Free> data_;
    std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace entail::eval
