#include "core/ops/squeeze_excite.h"

namespace acinus::ops::plain {

Tensor squeeze_excite_conv1x1(const Tensor& x, const BatchNorm& norm, const ChannelGateWeights& weights,
                              const Tensor& projection, const Statistics&) {
  const Tensor s = plain::batch_norm_act(x, norm, Activation::kSilu);
  return at::conv2d(plain::gated(s, plain::excitation(s.mean({2, 3}), weights)), projection);
}

Tensor excitation(const Tensor& mean, const ChannelGateWeights& weights) {
  const Tensor pixel = mean.unsqueeze(-1).unsqueeze(-1);
  const Tensor hidden = at::silu(at::conv2d(pixel, weights.reduce, weights.reduce_bias));
  return at::sigmoid(at::conv2d(hidden, weights.expand, weights.expand_bias)).flatten(1);
}

Tensor gated(const Tensor& s, const Tensor& gate) { return gate.to(s.scalar_type()).unsqueeze(-1).unsqueeze(-1) * s; }

}  // namespace acinus::ops::plain
