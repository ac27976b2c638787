#pragma once

#include <cstddef>
#include <new>
#include <vector>

#include "neural/core/shape.h"

namespace entail::neural {

/// The vector instructions a product uses. Chosen at run time, so one portable build is fast
/// everywhere.
enum class Simd { portable, avx2, avx512 };

/// The widest that this processor has.
Simd widest_simd();

template <class T>
struct CacheLineAllocator {
    using value_type = T;
    CacheLineAllocator() = default;
    template <class U>
    CacheLineAllocator(const CacheLineAllocator<U>&) {}
    T* allocate(std::size_t n) {
        return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t(64)));
    }
    void deallocate(T* p, std::size_t) { ::operator delete(p, std::align_val_t(64)); }
    bool operator==(const CacheLineAllocator&) const { return true; }
};

/// The right-hand side of a product, cut into panels as wide as one or two SIMD registers, each
/// panel contiguous and padded with zeros; with a row that the product starts from (a bias).
template <class Scalar>
class PackedMatrix {
public:
    /// Element (r, c) is read from data[r * row_stride + c * column_stride]. `start` has `columns`
    /// elements, or is null for zeros. Keeps its memory when packed again.
    void pack(const Scalar* data, int rows, int columns, Index row_stride, Index column_stride,
              const Scalar* start = nullptr, Simd simd = widest_simd());

    int rows() const { return rows_; }
    int columns() const { return columns_; }
    Simd simd() const { return simd_; }
    int width() const { return width_; }  ///< columns of one register
    const Scalar* panels() const { return panels_.data(); }
    const Scalar* start() const { return start_.data(); }

private:
    int rows_ = 0;
    int columns_ = 0;
    int width_ = 1;
    Simd simd_ = Simd::portable;
    std::vector<Scalar, CacheLineAllocator<Scalar>> panels_;
    std::vector<Scalar, CacheLineAllocator<Scalar>> start_;
};

/// The left-hand side: row i, column q * inner + p is data[row[i] + q * outer_stride + p *
/// inner_stride] for q < outer, p < inner. Rows may overlap: in an image with channels last, the
/// patch under a convolution window is `kernel` runs of kernel·channels numbers, so the im2col
/// matrix is a view and never built.
template <class Scalar>
struct StridedRows {
    const Scalar* data;
    const Index* row;
    int rows;
    int outer;
    Index outer_stride;
    int inner;
    Index inner_stride;
};

/// out[out_row[i] + j] = start[j] + Σ_k left(i, k) · right(k, j), or the sum without start added to
/// what is in out (`add`). Output rows may overlap when adding: they are updated in order of i.
/// Needs left.outer * left.inner == right.rows().
template <class Scalar>
void multiply(const StridedRows<Scalar>& left, const PackedMatrix<Scalar>& right, Scalar* out,
              const Index* out_row, bool add);

}  // namespace entail::neural
