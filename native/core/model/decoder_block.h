// The block that smp's Unet and UnetPlusPlus are made of.
#pragma once

#include "core/model/attention.h"
#include "core/model/counted_norm.h"

namespace acinus {

// 3×3 convolution → BatchNorm → ReLU (smp `Conv2dReLU`).
class ConvNormReluImpl : public nn::Module {
 public:
  ConvNormReluImpl(int64_t in_channels, int64_t out_channels);
  Tensor forward(const Tensor& x);
  Tensor forward_upsampled(const Tensor& x);                    // nearest ×2 before it
  Tensor forward_into(const Tensor& x, const Scse& attention);  // and SCSE after it
  Plan::Value describe(Plan& plan, Plan::Value x, const std::string& path) const;

 private:
  Convolution conv_{nullptr};
  CountedNorm norm_{nullptr};
};
TORCH_MODULE(ConvNormRelu);

// Nearest ×2 → cat [x, skip] → attention1 → conv1 → conv2 → attention2. Without a skip attention1 is registered but unused;
// without attention there are only the convolutions.
class DecoderBlockImpl : public nn::Module {
 public:
  DecoderBlockImpl(int64_t in_channels, int64_t skip_channels, int64_t out_channels, bool attention);
  Tensor forward(const Tensor& input, const std::vector<Tensor>& skips);  // skip = cat(skips); empty: none
  Plan::Value describe(Plan& plan, Plan::Value input, const std::vector<Plan::Value>& skips, const std::string& path) const;

 private:
  ConvNormRelu conv1_{nullptr}, conv2_{nullptr};
  Scse attention1_{nullptr}, attention2_{nullptr};  // null without attention
};
TORCH_MODULE(DecoderBlock);

}  // namespace acinus
