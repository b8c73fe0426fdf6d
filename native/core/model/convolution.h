// A convolution whose padding is fixed at construction, and the two paddings the networks use.
#pragma once

#include "core/ops/conv2d.h"

namespace acinus {

struct Padding {
  int64_t left = 0, right = 0, top = 0, bottom = 0;
};

// TensorFlow's "SAME" for a square input of `size`: what smp's Conv2dStaticSamePadding computes once, from the nominal size.
Padding same_padding(int64_t size, int64_t kernel, int64_t stride);
// Output length of such a convolution.
int64_t same_output_size(int64_t size, int64_t stride);

struct ConvolutionOptions {
  int64_t in_channels = 0, out_channels = 0, kernel = 1;
  int64_t stride = 1, groups = 1;
  bool bias = false;
  Padding padding{};
  int64_t dilation = 1;
};

// Same state entries as torch.nn.Conv2d (`weight`, `bias`). The weights start undefined in value: initialise.h sets them, so
// that building a network draws from no generator but its own.
class ConvolutionImpl : public nn::Module {
 public:
  explicit ConvolutionImpl(const ConvolutionOptions& options);
  Tensor forward(const Tensor& x, const ops::Conv2dSurroundings& around = {});
  // For operations that convolve by themselves. Outside of training it has a place for a prepared copy.
  ops::Conv2d view();
  ops::WindowOptions windows() const;
  const ConvolutionOptions& options() const { return options_; }

  Tensor weight, bias;

 private:
  ConvolutionOptions options_;
  std::unique_ptr<ops::PreparedWeights> prepared_;
};
TORCH_MODULE(Convolution);

Convolution convolution1x1(int64_t in_channels, int64_t out_channels, bool bias);
Convolution convolution3x3(int64_t in_channels, int64_t out_channels, bool bias);  // pads by 1

Convolution dilated_convolution3x3(int64_t in_channels, int64_t out_channels, int64_t dilation);  // keeps the size; no bias

// [.., H, W] → the next multiples of `multiple`, at the bottom and right: reflect-101, or the edge repeated along an axis that
// is too short for it. The tensor itself when nothing is missing.
Tensor pad_to_multiple(const Tensor& x, int64_t multiple);

}  // namespace acinus
