// The gate per channel of squeeze-and-excitation, in float32, with what its gradient needs.
#pragma once

#include "core/cpu/kernels.h"
#include "core/ops/channel_gate.h"

namespace acinus::ops::on_cpu {

class ChannelGate {
 public:
  // inner: kSilu or kRelu.
  ChannelGate(const Tensor& mean, const ChannelGateWeights& weights, cpu::Activation inner);

  const Tensor& gate() const { return gate_; }  // [B, C]
  struct Gradient {
    Tensor mean;
    ChannelGateWeights weights;  // in their shapes
  };
  Gradient gradient(const Tensor& of_gate) const;

 private:
  template <class Body>
  void parallel_images(Body body) const;
  cpu::GateWeights view() const;

  cpu::Activation inner_;
  Tensor mean_, reduce_, reduce_bias_, expand_, expand_bias_;  // weights as matrices
  Tensor before_, hidden_, gate_;
};

}  // namespace acinus::ops::on_cpu
