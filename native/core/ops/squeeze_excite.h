// Squeeze-and-excitation of silu(batch norm(x)) (Hu et al. 2018; EfficientNet's blocks).
#pragma once

#include "core/ops/batch_norm.h"
#include "core/ops/channel_gate.h"

namespace acinus::ops {

// The convolution with projection [O, C, 1, 1] of s · gate(mean over pixels of s), s = silu(norm(x)), for training.
// `statistics`: of x.
Tensor squeeze_excite_conv1x1(const Tensor& x, const BatchNorm& norm, const ChannelGateWeights& weights,
                              const Tensor& projection, const Statistics& statistics);

// For inference, after depthwise_conv2d_squeeze; not differentiable. The gate [B, C] of means [B, C]:
Tensor excitation(const Tensor& mean, const ChannelGateWeights& weights);
// gate · s, where no convolution does that by itself (ops/conv2d.h).
Tensor gated(const Tensor& s, const Tensor& gate);

namespace plain {
Tensor squeeze_excite_conv1x1(const Tensor& x, const BatchNorm& norm, const ChannelGateWeights& weights,
                              const Tensor& projection, const Statistics& statistics);
Tensor excitation(const Tensor& mean, const ChannelGateWeights& weights);
Tensor gated(const Tensor& s, const Tensor& gate);
}  // namespace plain

}  // namespace acinus::ops
