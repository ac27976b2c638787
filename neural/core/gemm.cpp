#include "neural/core/gemm.h"

#include <algorithm>
#include <cassert>

// Matrix products for layers: short sums, few columns, left sides that are views of images. Eigen's
// product packs both sides for large matrices and is compiled for one instruction set; here the
// right side (the weights) is packed once per change, the left is read in place, and the
// instruction set is chosen at run time. Within a machine the result does not depend on anything
// but the operands: every output is one sum, in order of k. The scheme is that of Goto and van de
// Geijn (2008), without their cache blocking, which small layers do not need.

namespace entail::neural {

#define ENTAIL_TARGET
namespace portable {
constexpr int kVectorBytes = 16;
#include "neural/core/gemm_kernel.inc"
}  // namespace portable
#undef ENTAIL_TARGET

#if defined(__x86_64__)
#define ENTAIL_TARGET __attribute__((target("avx2,fma")))
namespace avx2 {
constexpr int kVectorBytes = 32;
#include "neural/core/gemm_kernel.inc"
}  // namespace avx2
#undef ENTAIL_TARGET

#define ENTAIL_TARGET __attribute__((target("avx512f,avx2,fma")))
namespace avx512 {
constexpr int kVectorBytes = 64;
#include "neural/core/gemm_kernel.inc"
}  // namespace avx512
#undef ENTAIL_TARGET

Simd widest_simd() {
    if (__builtin_cpu_supports("avx512f")) return Simd::avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Simd::avx2;
    return Simd::portable;
}
#else
Simd widest_simd() {
    return Simd::portable;
}
#endif

namespace {

int vector_bytes(Simd simd) {
    switch (simd) {
        case Simd::portable:
            return 16;
        case Simd::avx2:
            return 32;
        case Simd::avx512:
            return 64;
    }
    return 16;
}

}  // namespace

template <class Scalar>
void PackedMatrix<Scalar>::pack(const Scalar* data, int rows, int columns, Index row_stride,
                                Index column_stride, const Scalar* start, Simd simd) {
    const int size = static_cast<int>(sizeof(Scalar));
    // A register that is half padding is no better than a half as wide one.
    if (simd == Simd::avx512 && columns * size <= 32) simd = Simd::avx2;
    rows_ = rows;
    columns_ = columns;
    simd_ = simd;
    width_ = vector_bytes(simd) / size;
    const int padded = (columns + width_ - 1) / width_ * width_;
    panels_.assign(static_cast<std::size_t>(padded) * static_cast<std::size_t>(rows), Scalar(0));
    start_.assign(static_cast<std::size_t>(padded), Scalar(0));
    if (start != nullptr) std::copy(start, start + columns, start_.begin());

    for (int begin = 0; begin < padded; begin += 2 * width_) {
        const int panel = std::min(2 * width_, padded - begin);
        const int used = std::min(panel, columns - begin);
        Scalar* to = panels_.data() + Index{begin} * rows;
        for (int r = 0; r < rows; ++r, to += panel) {
            const Scalar* from = data + r * row_stride + begin * column_stride;
            if (column_stride == 1) {
                std::copy(from, from + used, to);
            } else {
                for (int c = 0; c < used; ++c) to[c] = from[c * column_stride];
            }
        }
    }
}

template <class Scalar>
void multiply(const StridedRows<Scalar>& left, const PackedMatrix<Scalar>& right, Scalar* out,
              const Index* out_row, bool add) {
    assert(left.outer * left.inner == right.rows());
    switch (right.simd()) {
#if defined(__x86_64__)
        case Simd::avx512:
            return avx512::product(left, right, out, out_row, add);
        case Simd::avx2:
            return avx2::product(left, right, out, out_row, add);
#endif
        default:
            return portable::product(left, right, out, out_row, add);
    }
}

template class PackedMatrix<float>;
template class PackedMatrix<double>;
template void multiply(const StridedRows<float>&, const PackedMatrix<float>&, float*, const Index*,
                       bool);
template void multiply(const StridedRows<double>&, const PackedMatrix<double>&, double*,
                       const Index*, bool);

}  // namespace entail::neural
