#include "core/cpu/kernels.h"

#include <algorithm>

#include "core/cpu/image_kernels.h"

namespace acinus::cpu {

namespace {

constexpr int64_t kPadding = kMostLanes;

// So that the next thread's scratch begins with a line of the cache, too.
int64_t whole_lines(int64_t floats) { return (floats + kRun - 1) / kRun * kRun; }

}  // namespace

template <class T>
const Kernels<T>& kernels() {
#if defined(__x86_64__)
  if (isa() == Isa::kAvx512) return avx512::kernels<T>();
  if (isa() == Isa::kAvx2) return avx2::kernels<T>();
#endif
  return baseline::kernels<T>();
}
template const Kernels<float>& kernels<float>();
template const Kernels<BFloat16>& kernels<BFloat16>();

const ImageKernels& image_kernels() {
#if defined(__x86_64__)
  if (isa() == Isa::kAvx512) return avx512::image_kernels();
  if (isa() == Isa::kAvx2) return avx2::image_kernels();
#endif
  return baseline::image_kernels();
}

int64_t gabor_stride(int64_t width, int radius) { return width + 2 * radius + 2 * kPadding; }

int64_t gabor_scratch(const GaborBank& bank) {
  constexpr int64_t kSignals = 7;  // six kernels, and the largest of their responses
  return 2 * bank.plan.length * (kGaborStrip + 2 * bank.radius + 2 * kPadding + kSignals * kMostLanes);
}

int64_t filter_scratch(int64_t size, int reach) { return (2 * size + 2 * reach + 2 * kPadding) * kMostLanes; }

int64_t depthwise_scratch(const WindowShape& shape) {
  const int64_t widest = (shape.width > shape.out_width ? shape.width : shape.out_width) + kPadding;
  return (shape.kernel + 2) * widest * kMostLanes;
}

int64_t expanded_scratch(const WindowShape& shape, const Expansion& expansion) {
  const int64_t widest = (shape.width > shape.out_width ? shape.width : shape.out_width) + kPadding;
  return (shape.kernel + 1) * widest * kDepthwiseGroup + (shape.width + kBlockRows) * pointwise_row(expansion.channels);
}

// A tile's two vectors of outputs at all places.
constexpr int64_t kOutputTile = winograd_place(kWinogradPlaces * 2 * kMostLanes);

int64_t winograd_block(const ConvolutionShape& shape) { return kBlockRows * winograd_tile(shape.channels); }

int64_t winograd_scratch(const ConvolutionShape& shape) {
  return winograd_block(shape) + kBlockRows * kOutputTile + whole_lines(shape.channels);
}

int64_t winograd_backward_scratch(const ConvolutionShape& shape, const ChannelBlock& block) {
  return kBlockRows * winograd_tile(block.c_end - block.c_begin) + kBlockRows * kOutputTile +
         whole_lines(std::max(shape.channels, shape.out_channels));
}

int64_t pointwise_rows(int64_t channels) {
  constexpr int64_t kFloats = 1 << 15, kMost = 10;  // a quarter of a small second-level cache; blocks of rows
  const int64_t blocks = kFloats / (channels * kBlockRows);
  return kBlockRows * std::clamp<int64_t>(blocks, 1, kMost);
}

int64_t pointwise_scratch(const PointwiseShape& shape) {
  return pointwise_rows(shape.channels) * pointwise_row(shape.channels);
}

int64_t pointwise_backward_scratch(const PointwiseShape& shape) {
  return pointwise_gradient_rows() * (pointwise_row(shape.channels) + 2 * kMostLanes);
}

}  // namespace acinus::cpu
