#include "core/ops/channel_gate.h"

#include "core/ops/nhwc.h"

namespace acinus::ops {

namespace {

// A 1×1 convolution's weight as a matrix.
Tensor matrix(const Tensor& weight) { return weight.detach().to(at::kFloat).flatten(1).contiguous(); }
Tensor vector(const Tensor& bias) { return bias.detach().to(at::kFloat); }

}  // namespace

ChannelGate::ChannelGate(const Tensor& mean, const ChannelGateWeights& weights, Activation inner)
    : inner_(inner),
      mean_(mean),
      reduce_(matrix(weights.reduce)),
      reduce_bias_(vector(weights.reduce_bias)),
      expand_(matrix(weights.expand)),
      expand_bias_(vector(weights.expand_bias)) {
  const auto [images, channels, squeezed] = shape();
  before_ = floats({images, squeezed});
  hidden_ = floats({images, squeezed});
  gate_ = floats({images, channels});
  cpu::kernels<float>().channel_gate[inner](shape(), view(), values(mean_), before_.data_ptr<float>(),
                                            hidden_.data_ptr<float>(), gate_.data_ptr<float>());
}

cpu::GateShape ChannelGate::shape() const { return {mean_.size(0), mean_.size(1), reduce_.size(0)}; }

cpu::GateWeights ChannelGate::view() const {
  return {values(reduce_), values(reduce_bias_), values(expand_), values(expand_bias_)};
}

ChannelGate::Gradient ChannelGate::gradient(const Tensor& of_gate) const {
  const auto [images, channels, squeezed] = shape();
  Gradient out{
      floats({images, channels}),
      {floats({squeezed, channels, 1, 1}), floats({squeezed}), floats({channels, squeezed, 1, 1}), floats({channels})}};
  const auto pointer = [](const Tensor& tensor) { return tensor.data_ptr<float>(); };
  const auto& w = out.weights;
  const Tensor scratch = floats({channels + squeezed});
  cpu::kernels<float>().channel_gate_backward[inner_](
      shape(), view(), {values(mean_), values(before_), values(hidden_), values(gate_)}, values(of_gate),
      {pointer(out.mean), pointer(w.reduce), pointer(w.reduce_bias), pointer(w.expand), pointer(w.expand_bias)},
      pointer(scratch));
  return out;
}

}  // namespace acinus::ops
