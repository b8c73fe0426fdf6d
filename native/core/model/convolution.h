// A convolution whose padding is fixed at construction, and the two paddings the networks use.
#pragma once

#include "core/ops/prepared_conv2d.h"

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
};

// Same state entries as torch.nn.Conv2d (`weight`, `bias`). The weights start undefined in value: initialise.h sets them, so
// that building a network draws from no generator but its own.
//
// In eval mode and without gradients a prepared copy (ops/prepared_conv2d.h) does the work where that pays. It is
// made at the first call, again when a weight has changed, and dropped by a call with gradients. A convolution is always called
// with the same norm, or always without.
class ConvolutionImpl : public nn::Module {
 public:
  explicit ConvolutionImpl(const ConvolutionOptions& options);
  Tensor forward(const Tensor& x);
  // act(norm(conv(x)))
  Tensor forward_norm_act(const Tensor& x, const ops::BatchNorm& norm, ops::Activation activation);
  // The same of x upsampled (nearest, ×2); 3×3 convolutions of the same size.
  Tensor forward_upsampled_norm_act(const Tensor& x, const ops::BatchNorm& norm, ops::Activation activation);
  // For inference: norm(conv(gate · x)), plus `residual` where it is defined; gate [B, C].
  Tensor forward_gated(const Tensor& x, const Tensor& gate, const ops::BatchNorm& norm, const Tensor& residual);
  // The copy prepared for inference, for an operation that convolves by itself; null where the plain way is to be taken.
  const ops::PreparedConv2d* prepared(const Tensor& x, const ops::BatchNorm* norm);
  const ConvolutionOptions& options() const { return options_; }
  // The weight, for an operation that convolves by itself and wants its gradient.
  const Tensor& learning_weight();

  Tensor weight, bias;

 private:
  Tensor forward_plain(const Tensor& x) const;
  ConvolutionOptions options_;
  bool pads_apart_;  // asymmetric: the convolution itself cannot pad so
  std::optional<ops::PreparedConv2d> prepared_;
  // What the prepared copy was made of: the memory of each tensor and how often it had been written.
  std::vector<std::pair<const void*, uint32_t>> origin_;
};
TORCH_MODULE(Convolution);

Convolution convolution1x1(int64_t in_channels, int64_t out_channels, bool bias);
Convolution convolution3x3(int64_t in_channels, int64_t out_channels, bool bias);  // pads by 1

// [.., H, W] → the next multiples of `multiple`, at the bottom and right: reflect-101, or the edge repeated along an axis that
// is too short for it. The tensor itself when nothing is missing.
Tensor pad_to_multiple(const Tensor& x, int64_t multiple);

}  // namespace acinus
