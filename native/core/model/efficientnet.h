// EfficientNet b0–b7 as an encoder (Tan & Le 2019), entry for entry smp's `efficientnet-*`.
#pragma once

#include "core/model/convolution.h"
#include "core/model/model.h"
#include "core/ops/depthwise_conv2d.h"

namespace acinus {

struct MBConvOptions {
  int64_t in_channels = 0, out_channels = 0, kernel = 3, stride = 1, expansion = 6;
  int64_t image_size = 0;     // nominal length of the block's input; fixes the padding
  double drop_connect = 0.0;  // probability that a sample skips the block's own branch in training
  int64_t index = 0;          // of the block in the network; names its stream of drop-connect masks
};

// Drop-connect (stochastic depth; Huang et al. 2016): 1 for a sample whose branch of this block is kept in this step, 0
// otherwise; float [B, 1, 1, 1] on the CPU. A sample's fate depends on (seed, step, block, position in the batch) alone.
Tensor drop_connect_mask(const StepSeed& seed, int64_t block, int64_t batch, double probability);

// Mobile inverted bottleneck with squeeze-and-excitation:
// expand 1×1 → depthwise k×k → x·σ(SE(x)) → project 1×1, plus the input where the shape allows.
class MBConvImpl : public nn::Module {
 public:
  explicit MBConvImpl(const MBConvOptions& options);
  Tensor forward(const Tensor& input, const StepSeed& seed);

 private:
  ops::Squeezed squeezed(const Tensor& input);
  std::optional<ops::BatchNorm> expansion_norm();
  std::vector<float> branch_factors(int64_t batch, const StepSeed& seed) const;

  MBConvOptions options_;
  Convolution expand_conv_{nullptr}, depthwise_conv_{nullptr}, se_reduce_{nullptr}, se_expand_{nullptr}, project_conv_{nullptr};
  nn::BatchNorm2d bn0_{nullptr}, bn1_{nullptr}, bn2_{nullptr};
};
TORCH_MODULE(MBConv);

class EfficientNetImpl : public nn::Module {
 public:
  // name: "efficientnet-b0" … "efficientnet-b7", otherwise ACINUS_CONFIG.
  EfficientNetImpl(const std::string& name, int64_t in_channels, double drop_connect_rate);

  // [B, C, H, W], H and W multiples of 32 → five features at strides 2, 4, 8, 16, 32.
  std::vector<Tensor> forward(const Tensor& image);

  const std::vector<int64_t>& out_channels() const { return out_channels_; }  // of the five features
  void set_step_seed(const StepSeed& seed) { seed_ = seed; }
  void set_recompute(bool recompute) { recompute_ = recompute; }

 private:
  Tensor through(MBConv& block, const Tensor& x);

  Convolution conv_stem_{nullptr}, conv_head_{nullptr};
  nn::BatchNorm2d bn0_{nullptr}, bn1_{nullptr};
  std::vector<MBConv> blocks_;
  std::array<int64_t, 4> feature_blocks_{};  // the blocks whose outputs are features 2 … 5
  std::vector<int64_t> out_channels_;
  StepSeed seed_;
  bool recompute_ = false;
};
TORCH_MODULE(EfficientNet);

}  // namespace acinus
