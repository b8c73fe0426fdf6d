// Depthwise convolution of what BatchNorm and SiLU make of its input.
#pragma once

#include "core/ops/conv2d.h"

namespace acinus::ops {

// conv(silu(norm(x))), or conv(x) without a norm; x [B, C, H, W], weight [C, 1, k, k].
struct Depthwise {
  Tensor y;
  Statistics statistics;  // of y, if the kernel computed them on the way
};
Depthwise depthwise_conv2d(const Tensor& x, const BatchNorm* norm, const Tensor& weight, const WindowOptions& windows);

// For inference, what squeeze-and-excitation gates: s = silu(after(conv(silu(norm(e))))) with e = expansion(x), a 1×1
// convolution, or x without one; and its mean [B, C] over the pixels, float32. Without a norm the convolution is of e itself.
// The norms take part with their running statistics; no gradient goes through it.
struct Squeezed {
  Tensor s, mean;
};
Squeezed depthwise_conv2d_squeeze(const Tensor& x, const Conv2d* expansion, const BatchNorm* norm, const Tensor& weight,
                                  const WindowOptions& windows, const BatchNorm& after);

namespace plain {
Depthwise depthwise_conv2d(const Tensor& x, const BatchNorm* norm, const Tensor& weight, const WindowOptions& windows);
Squeezed depthwise_conv2d_squeeze(const Tensor& x, const Conv2d* expansion, const BatchNorm* norm, const Tensor& weight,
                                  const WindowOptions& windows, const BatchNorm& after);
}  // namespace plain

}  // namespace acinus::ops
