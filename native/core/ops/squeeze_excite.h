// Squeeze-and-excitation of what BatchNorm and SiLU make of its input (Hu et al. 2018; EfficientNet's blocks).
#pragma once

#include "core/ops/channel_gate.h"

namespace acinus::ops {

// With s = silu(norm(x)): s · gate(mean over pixels of s). `statistics`: of x, where they are known. For inference: no gradient
// goes through it where kernels of ours run.
Tensor squeeze_excite(const Tensor& x, const BatchNorm& norm, const ChannelGateWeights& weights,
                      const std::optional<Statistics>& statistics);
// The convolution of that with projection [O, C, 1, 1], for training: what is gated is not kept for the backward pass.
Tensor squeeze_excite_conv1x1(const Tensor& x, const BatchNorm& norm, const ChannelGateWeights& weights,
                              const Tensor& projection, const std::optional<Statistics>& statistics);
namespace plain {
Tensor squeeze_excite(const Tensor& x, const BatchNorm& norm, const ChannelGateWeights& weights);
Tensor squeeze_excite_conv1x1(const Tensor& x, const BatchNorm& norm, const ChannelGateWeights& weights,
                              const Tensor& projection);
}  // namespace plain

}  // namespace acinus::ops
