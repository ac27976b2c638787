#include "tests/neural/count_allocations.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

thread_local long count = 0;

void* count_and_allocate(std::size_t size, std::size_t alignment) {
    ++count;
    void* block = nullptr;
    if (posix_memalign(&block, alignment, std::max<std::size_t>(size, 1)) != 0) {
        throw std::bad_alloc();
    }
    return block;
}

}  // namespace

long entail::tests::allocations() {
    return count;
}

void* operator new(std::size_t size) {
    return count_and_allocate(size, 16);
}
void* operator new[](std::size_t size) {
    return count_and_allocate(size, 16);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return count_and_allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept {
    std::free(block);
}
void operator delete[](void* block) noexcept {
    std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
    std::free(block);
}
void operator delete[](void* block, std::size_t) noexcept {
    std::free(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
    std::free(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
    std::free(block);
}
