#pragma once

#include "neural/core/gemm.h"
#include "neural/core/row_module.h"
#include "neural/layers/initialise.h"

namespace entail::neural {

struct Conv2dOptions {
    int channels;  ///< of the output
    int kernel;    ///< height and width of the window
    int stride = 1;
    int padding = 0;  ///< zeros around the image
};

/// Cross-correlation of an image {h, w, c}: the output is {(h + 2·padding − kernel) / stride + 1,
/// likewise w, channels}. weight: {kernel, kernel, c, channels}; bias: {channels}, zero at the
/// start.
template <class Scalar>
class Conv2d final : public RowModule<Scalar> {
public:
    /// Throws std::invalid_argument if the input is no image or the window does not fit in it.
    Conv2d(Shape input, Conv2dOptions options, Random& random, Start start = Start::he);

    std::string describe() const override;
    std::vector<NamedParameter<Scalar>> parameters() override;
    ModulePtr<Scalar> clone() const override { return ModulePtr<Scalar>(new Conv2d(*this)); }

    void prepare(const RowShards& shards, Mode mode, std::uint64_t noise) override;
    void forward_rows(RowBlock block, const Scalar* in, Scalar* out, Mode mode) override;
    void backward_rows(RowBlock block, const Scalar* in, const Scalar* out,
                       const Scalar* out_gradient, Scalar* in_gradient) override;

private:
    struct Scratch {
        std::vector<Scalar> image;           // one padded image
        std::vector<Scalar> image_gradient;  // likewise
        PackedMatrix<Scalar> gradient;       // one image's output gradient
    };

    const Scalar* padded(const Scalar* image, Scratch& scratch) const;
    void add_weight_gradient(const Scalar* image, const Scalar* gradient, int shard,
                             Scratch& scratch);
    void set_input_gradient(const Scalar* gradient, Scalar* image_gradient, Scratch& scratch) const;

    Conv2dOptions options_;
    int padded_height_;
    int padded_width_;
    Parameter<Scalar> weight_;
    Parameter<Scalar> bias_;
    std::uint64_t packed_version_ = 0;
    PackedMatrix<Scalar> packed_;                   // W as [kernel·kernel·c x channels], b
    std::vector<PackedMatrix<Scalar>> transposed_;  // per row of the window, [channels x kernel·c]
    std::vector<Scratch> scratch_;                  // per shard
    std::vector<Index> patch_rows_;                 // where the window of each output pixel starts
    std::vector<Index> pixel_rows_;                 // where each output pixel is
    std::vector<Index> window_rows_;  // where each element of a window is, from its start
    std::vector<Index> weight_rows_;
};

}  // namespace entail::neural
