// EfficientNet as an encoder (Tan & Le 2019), entry for entry smp's `efficientnet-*`.
#pragma once

#include "core/model/counted_norm.h"
#include "core/model/registry.h"
#include "core/ops/depthwise_conv2d.h"

namespace acinus {

struct MBConvOptions {
  int64_t in_channels = 0, out_channels = 0, kernel = 3, stride = 1, expansion = 6;
  int64_t image_size = 0;  // nominal length of the block's input; fixes the padding
  bool lite = false;       // without squeeze-and-excitation, and with ReLU6 in place of SiLU
};

// Mobile inverted bottleneck with squeeze-and-excitation (lite: without):
// expand 1×1 → depthwise k×k → x·σ(SE(x)) → project 1×1, plus the input where the shape allows.
class MBConvImpl : public nn::Module {
 public:
  explicit MBConvImpl(const MBConvOptions& options);
  // branch_factors: what the block's own branch is multiplied by for each sample, float [B] (drop-connect); undefined: 1.
  Tensor forward(const Tensor& input, const Tensor& branch_factors);
  Plan::Value describe(Plan& plan, Plan::Value input, const std::string& path) const;

 private:
  bool joins() const { return options_.stride == 1 && options_.in_channels == options_.out_channels; }
  Tensor forward_lite(const Tensor& input, const Tensor& branch_factors);
  std::optional<ops::BatchNorm> expansion_norm();

  MBConvOptions options_;
  Convolution expand_conv_{nullptr}, depthwise_conv_{nullptr}, se_reduce_{nullptr}, se_expand_{nullptr}, project_conv_{nullptr};
  CountedNorm bn0_{nullptr}, bn1_{nullptr}, bn2_{nullptr};
};
TORCH_MODULE(MBConv);

// One size of the family.
struct EfficientNetSize {
  const char* name;
  double width, depth;
  int64_t image_size;                     // nominal; only the padding depends on it
  std::array<int64_t, 4> feature_blocks;  // the blocks whose outputs are features 2 … 5 (smp's `out_indexes`)
  bool lite = false;                      // stem and classifier are not scaled in width, the first and last stage not in depth
};

// What a size amounts to.
struct EfficientNetOptions {
  std::vector<MBConvOptions> blocks;
  std::array<int64_t, 4> feature_blocks;
  int64_t image_size, stem_channels, head_channels;
  bool lite;
};
EfficientNetOptions efficientnet_options(const EfficientNetSize& size);

class EfficientNet : public Encoder {
 public:
  EfficientNet(EfficientNetOptions size, const EncoderOptions& options);
  std::vector<Tensor> forward(const Tensor& image) override;
  std::vector<Plan::Value> describe(Plan& plan, Plan::Value image, const std::string& path) const override;

 private:
  bool is_feature(size_t block) const;
  Tensor through(MBConv& block, const Tensor& x, const Tensor& branch_factors);
  Tensor branch_factors(const Tensor& image) const;

  EfficientNetOptions size_;
  double drop_connect_rate_;
  Convolution conv_stem_{nullptr}, conv_head_{nullptr};
  CountedNorm bn0_{nullptr}, bn1_{nullptr};
  std::vector<MBConv> blocks_;
};

EncoderEntry efficientnet_entry(const EfficientNetSize& size);

}  // namespace acinus
