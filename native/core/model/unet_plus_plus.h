// UNet++ with SCSE attention (Zhou et al. 2018; paper eq. 3 and Fig. 1), entry for entry smp's `UnetPlusPlus`.
#pragma once

#include "core/model/attention.h"
#include "core/model/efficientnet.h"
#include "core/model/input_projection.h"

namespace acinus {

// 3×3 convolution → BatchNorm → ReLU (smp `Conv2dReLU`).
class ConvNormReluImpl : public nn::Module {
 public:
  ConvNormReluImpl(int64_t in_channels, int64_t out_channels);
  Tensor forward(const Tensor& x);
  Tensor forward_upsampled(const Tensor& x);                    // nearest ×2 before it
  Tensor forward_into(const Tensor& x, const Scse& attention);  // and SCSE after it

 private:
  Convolution conv_{nullptr};
  nn::BatchNorm2d norm_{nullptr};
};
TORCH_MODULE(ConvNormRelu);

// Nearest ×2 → cat [x, skip] → attention1 → conv1 → conv2 → attention2. Without a skip attention1 is registered but unused.
class DecoderBlockImpl : public nn::Module {
 public:
  DecoderBlockImpl(int64_t in_channels, int64_t skip_channels, int64_t out_channels);
  Tensor forward(const Tensor& input, const std::vector<Tensor>& skips);  // skip = cat(skips); empty: none

 private:
  ConvNormRelu conv1_{nullptr}, conv2_{nullptr};
  Scse attention1_{nullptr}, attention2_{nullptr};
};
TORCH_MODULE(DecoderBlock);

// The grid of blocks x_{depth}_{layer}: x_d_l takes x_d_{l−1} (or feature d) and, as its skip, x_{d+1}_l … x_l_l and feature l
// + 1.
class UnetPlusPlusDecoderImpl : public nn::Module {
 public:
  // Both deepest first: channels of the five features; channels of the five blocks x_0_0 … x_0_4.
  UnetPlusPlusDecoderImpl(const std::vector<int64_t>& encoder_channels, const std::vector<int64_t>& decoder_channels);
  Tensor forward(const std::vector<Tensor>& features);  // deepest first
  void set_recompute(bool recompute) { recompute_ = recompute; }

 private:
  Tensor through(size_t depth, size_t layer, const Tensor& input, const std::vector<Tensor>& skips);

  std::vector<std::vector<DecoderBlock>> grid_;  // [depth][layer]
  bool recompute_ = false;
};
TORCH_MODULE(UnetPlusPlusDecoder);

class UnetPlusPlus : public SegmentationModel {
 public:
  explicit UnetPlusPlus(const ModelConfig& config);
  Tensor forward(const Tensor& input) override;
  std::vector<Tensor> features(const Tensor& input) override;
  int64_t input_channels() const override { return input_channels_; }
  void set_step_seed(StepSeed seed) override { encoder_->set_step_seed(seed); }
  void set_recompute(bool recompute) override {
    encoder_->set_recompute(recompute);
    decoder_->set_recompute(recompute);
  }

 private:
  int64_t input_channels_;
  InputProjection projection_{nullptr};  // only in input mode "projection"
  EfficientNet encoder_{nullptr};
  UnetPlusPlusDecoder decoder_{nullptr};
  Convolution head_{nullptr};
};

}  // namespace acinus
