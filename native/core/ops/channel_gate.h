// The gate per channel of squeeze-and-excitation: σ(W₂ f(W₁ m + b₁) + b₂) of the means m [B, C], in float32.
#pragma once

#include "core/ops/batch_norm.h"

namespace acinus::ops {

// Of two 1×1 convolutions: reduce [R, C, 1, 1] and expand [C, R, 1, 1].
struct ChannelGateWeights {
  Tensor reduce, reduce_bias, expand, expand_bias;
};

class ChannelGate {
 public:
  // inner: kSilu or kRelu.
  ChannelGate(const Tensor& mean, const ChannelGateWeights& weights, Activation inner);

  const Tensor& gate() const { return gate_; }  // [B, C]
  struct Gradient {
    Tensor mean;
    ChannelGateWeights weights;  // in their shapes
  };
  Gradient gradient(const Tensor& of_gate) const;

 private:
  template <class Body>
  void parallel_images(Body body) const;
  cpu::GateShape shape() const;
  cpu::GateWeights view() const;

  Activation inner_;
  Tensor mean_, reduce_, reduce_bias_, expand_, expand_bias_;  // weights as matrices
  Tensor before_, hidden_, gate_;
};

}  // namespace acinus::ops
