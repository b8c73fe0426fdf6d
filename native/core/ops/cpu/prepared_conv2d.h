// A dense convolution prepared for inference on the CPU, with BatchNorm folded in and weights laid out once.
#pragma once

#include "core/cpu/kernels.h"
#include "core/ops/conv2d.h"

namespace acinus::ops::on_cpu {

// 1×1 or 3×3, stride 1, the size of the image kept; 3×3 goes through Winograd's F(4×4, 3×3). Products are made and added up in
// float32, for bfloat16 too. Holds copies.
class PreparedConv2d final : public PreparedWeights {
 public:
  // bias and norm may be missing; a norm takes part with its running statistics.
  PreparedConv2d(const Tensor& weight, const Tensor& bias, const BatchNorm* norm);

  // act(norm(conv(x))), plus `residual` where it is defined; x [B, C, H, W], channels-last, float32 or bfloat16. 1×1 alone: of
  // gate · x where a gate [B, C] is defined. 3×3 alone: of x upsampled (nearest, ×2), which is never stored.
  Tensor forward(const Tensor& x, cpu::Activation activation, const Tensor& residual = {}, const Tensor& gate = {}) const;
  Tensor forward_upsampled(const Tensor& x, cpu::Activation activation) const;

  // Of 1×1, for kernels that make it part of something larger.
  cpu::Expansion expansion() const;
  int64_t out_channels() const { return out_channels_; }

  // Was it made of these, as they are now?
  bool is_of(const Tensor& weight, const Tensor& bias, const BatchNorm* norm) const;

 private:
  Tensor pointwise(const Tensor& x, const Tensor& gate, cpu::Activation activation, const Tensor& residual) const;

  int64_t out_channels_, kernel_;
  Tensor weight_, bias_;  // float32: in panels of outputs, as the kernels want them, and [O]
  // The memory of each tensor that it was made of, and how often that had been written.
  std::vector<std::pair<const void*, uint32_t>> origin_;
};

// The copy in the convolution's place, made anew where it is missing or stale.
const PreparedConv2d& prepared_copy(const Conv2d& convolution, const BatchNorm* norm);

}  // namespace acinus::ops::on_cpu
