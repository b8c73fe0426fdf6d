#include "core/ops/channel_gate.h"

#include "core/ops/nhwc.h"

namespace acinus::ops {

namespace {

Tensor matrix(const Tensor& weight) { return weight.detach().to(at::kFloat).flatten(1).contiguous(); }
Tensor vector(const Tensor& bias) { return bias.detach().to(at::kFloat); }

}  // namespace

ChannelGate::ChannelGate(const Tensor& mean, const ChannelGateWeights& weights, Activation inner)
    : inner_(inner), mean_(mean), reduce_(matrix(weights.reduce)), expand_(matrix(weights.expand)) {
  const torch::NoGradGuard no_grad;
  const NoAutocast no_autocast(c10::autocast_dispatch_keyset);
  before_ = at::addmm(vector(weights.reduce_bias), mean_, reduce_.t());
  hidden_ = inner == cpu::kSilu ? at::silu(before_) : at::relu(before_);
  gate_ = at::addmm(vector(weights.expand_bias), hidden_, expand_.t()).sigmoid_();
}

ChannelGate::Gradient ChannelGate::gradient(const Tensor& of_gate) const {
  const torch::NoGradGuard no_grad;
  const NoAutocast no_autocast(c10::autocast_dispatch_keyset);
  const Tensor after = of_gate * gate_ * (1 - gate_);
  Tensor before = at::mm(after, expand_);
  if (inner_ == cpu::kSilu) {
    const Tensor s = before_.sigmoid();
    before = before * s * (1 + before_ * (1 - s));
  } else {
    before = before * (before_ > 0);
  }
  const auto shaped = [](const Tensor& gradient) { return gradient.unsqueeze(2).unsqueeze(3); };
  return {at::mm(before, reduce_),
          {shaped(at::mm(before.t(), mean_)), before.sum(0), shaped(at::mm(after.t(), hidden_)), after.sum(0)}};
}

}  // namespace acinus::ops
