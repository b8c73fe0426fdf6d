// Depthwise convolution of what BatchNorm and SiLU make of its input, which is never stored.
#pragma once

#include "core/ops/prepared_conv2d.h"
#include "core/ops/windows.h"

namespace acinus::ops {

// conv(silu(norm(x))), or conv(x) without a norm; x [B, C, H, W], weight [C, 1, k, k]. Fast for k 3 or 5 and stride 1 or 2.
struct Depthwise {
  Tensor y;
  std::optional<Statistics> statistics;  // of y, where they came for free
};
Depthwise depthwise_conv2d(const Tensor& x, const BatchNorm* norm, const Tensor& weight, const WindowOptions& options);

// For inference, what squeeze-and-excitation gates: s = silu(after(conv(…))), and its mean [B, C] over the pixels, float32. The
// norms take part with their running statistics; no gradient goes through it.
struct Squeezed {
  Tensor s, mean;
};
Squeezed depthwise_conv2d_squeeze(const Tensor& x, const BatchNorm* norm, const Tensor& weight, const WindowOptions& options,
                                  const BatchNorm& after);
// The same of silu(expansion(x)), a 1×1 convolution with its norm.
Squeezed depthwise_conv2d_squeeze(const Tensor& x, const PreparedConv2d& expansion, const Tensor& weight,
                                  const WindowOptions& options, const BatchNorm& after);
namespace plain {
Tensor depthwise_conv2d(const Tensor& x, const BatchNorm* norm, const Tensor& weight, const WindowOptions& options);
Squeezed depthwise_conv2d_squeeze(const Tensor& x, const BatchNorm* norm, const Tensor& weight, const WindowOptions& options,
                                  const BatchNorm& after);
}  // namespace plain

}  // namespace acinus::ops
