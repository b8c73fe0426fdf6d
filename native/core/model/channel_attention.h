// Squeeze-and-excitation by itself (Hu et al. 2018).
#pragma once

#include "core/model/plan.h"

namespace acinus {

constexpr int64_t kChannelReduction = 16;  // channels for each one inside of the gate; at least one

// x · σ(W₂ relu(W₁ mean(x) + b₁) + b₂), the mean over all pixels.
class ChannelAttentionImpl : public nn::Module {
 public:
  explicit ChannelAttentionImpl(int64_t channels);
  Tensor forward(const Tensor& x);
  Plan::Value describe(Plan& plan, Plan::Value x, const std::string& path) const;

 private:
  Convolution squeeze_{nullptr}, excite_{nullptr};
};
TORCH_MODULE(ChannelAttention);

}  // namespace acinus
