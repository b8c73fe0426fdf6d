#include "core/model/efficientnet.h"

#include <algorithm>

#include "core/error.h"
#include "core/ops/random.h"
#include "core/ops/recompute.h"
#include "core/ops/squeeze_excite.h"

namespace acinus {

namespace {

struct Variant {
  const char* name;
  double width, depth;
  int64_t image_size;                     // nominal; only the padding depends on it
  std::array<int64_t, 4> feature_blocks;  // smp's `out_indexes`; b0's third is the first block of its stage, not the last
};
constexpr Variant kVariants[] = {
    {"efficientnet-b0", 1.0, 1.0, 224, {2, 4, 8, 15}},   {"efficientnet-b1", 1.0, 1.1, 240, {4, 7, 15, 22}},
    {"efficientnet-b2", 1.1, 1.2, 260, {4, 7, 15, 22}},  {"efficientnet-b3", 1.2, 1.4, 300, {4, 7, 17, 25}},
    {"efficientnet-b4", 1.4, 1.8, 380, {5, 9, 21, 31}},  {"efficientnet-b5", 1.6, 2.2, 456, {7, 12, 26, 38}},
    {"efficientnet-b6", 1.8, 2.6, 528, {8, 14, 30, 44}}, {"efficientnet-b7", 2.0, 3.1, 600, {10, 17, 37, 54}},
};

struct Stage {
  int64_t repeats, kernel, stride, expansion, in_channels, out_channels;
};
constexpr Stage kStages[] = {{1, 3, 1, 1, 32, 16},  {2, 3, 2, 6, 16, 24},   {2, 5, 2, 6, 24, 40},  {3, 3, 2, 6, 40, 80},
                             {3, 5, 1, 6, 80, 112}, {4, 5, 2, 6, 112, 192}, {1, 3, 1, 6, 192, 320}};
constexpr int64_t kStemChannels = 32, kHeadChannels = 1280, kDivisor = 8;
constexpr double kSqueezeRatio = 0.25;

const Variant& variant_of(const std::string& name) {
  for (const auto& variant : kVariants) {
    if (name == variant.name) return variant;
  }
  throw Error("ACINUS_CONFIG", "There is no encoder \"" + name + "\"; known are efficientnet-b0 to efficientnet-b7.",
              {.value = name});
}

// Scaled by the width and rounded to a multiple of 8, never down by more than 10 %.
int64_t round_channels(int64_t channels, double width) {
  const double scaled = static_cast<double>(channels) * width;
  const auto rounded = std::max<int64_t>(kDivisor, static_cast<int64_t>(scaled + kDivisor / 2.0) / kDivisor * kDivisor);
  return static_cast<double>(rounded) < 0.9 * scaled ? rounded + kDivisor : rounded;
}

nn::BatchNorm2d batch_norm(int64_t channels) {
  return nn::BatchNorm2d(nn::BatchNorm2dOptions(channels).eps(1e-3).momentum(0.01));
}

ops::WindowOptions depthwise_options(const ConvolutionImpl& convolution) {
  const auto& [left, right, top, bottom] = convolution.options().padding;
  return {convolution.options().kernel, convolution.options().stride, left, right, top, bottom};
}

}  // namespace

Tensor drop_connect_mask(const StepSeed& seed, int64_t block, int64_t batch, double probability) {
  RandomStream random(seed.seed, Purpose::kDropConnect, seed.step, static_cast<uint64_t>(block));
  Tensor kept = at::empty({batch, 1, 1, 1});
  float* values = kept.data_ptr<float>();
  for (int64_t i = 0; i < batch; ++i) values[i] = std::floor(1.0F - static_cast<float>(probability) + random.uniform_float());
  return kept;
}

MBConvImpl::MBConvImpl(const MBConvOptions& options) : options_(options) {
  const int64_t expanded = options_.in_channels * options_.expansion;
  const int64_t squeezed =
      std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(options_.in_channels) * kSqueezeRatio));
  if (options_.expansion != 1) {
    expand_conv_ = convolution1x1(options_.in_channels, expanded, false);
    register_module("_expand_conv", expand_conv_);
    bn0_ = register_module("_bn0", batch_norm(expanded));
  }
  depthwise_conv_ =
      Convolution(ConvolutionOptions{.in_channels = expanded,
                                     .out_channels = expanded,
                                     .kernel = options_.kernel,
                                     .stride = options_.stride,
                                     .groups = expanded,
                                     .padding = same_padding(options_.image_size, options_.kernel, options_.stride)});
  register_module("_depthwise_conv", depthwise_conv_);
  bn1_ = register_module("_bn1", batch_norm(expanded));
  se_reduce_ = convolution1x1(expanded, squeezed, true);
  se_expand_ = convolution1x1(squeezed, expanded, true);
  project_conv_ = convolution1x1(expanded, options_.out_channels, false);
  register_module("_se_reduce", se_reduce_);
  register_module("_se_expand", se_expand_);
  register_module("_project_conv", project_conv_);
  bn2_ = register_module("_bn2", batch_norm(options_.out_channels));
}

Tensor MBConvImpl::forward(const Tensor& input, const StepSeed& seed) {
  const ops::ChannelGateWeights gate{se_reduce_->weight, se_reduce_->bias, se_expand_->weight, se_expand_->bias};
  const ops::BatchNorm gated(*bn1_), projected(*bn2_);
  const bool joins = options_.stride == 1 && options_.in_channels == options_.out_channels;
  if (!is_training() && !at::GradMode::is_enabled()) {
    const auto [s, mean] = squeezed(input);
    return project_conv_->forward_gated(s, ops::excitation(mean, gate), projected, joins ? input : Tensor());
  }
  const auto norm = expansion_norm();
  const auto [y, statistics] = ops::depthwise_conv2d(expand_conv_ ? expand_conv_(input) : input, norm ? &*norm : nullptr,
                                                     depthwise_conv_->weight, depthwise_options(*depthwise_conv_));
  const Tensor branch = ops::squeeze_excite_conv1x1(y, gated, gate, project_conv_->learning_weight(), statistics);
  if (!joins) return ops::batch_norm_act(branch, projected, cpu::kIdentity);
  return ops::batch_norm_add(branch, projected, input, branch_factors(input.size(0), seed));
}

// For inference: what is gated.
ops::Squeezed MBConvImpl::squeezed(const Tensor& input) {
  const auto norm = expansion_norm();
  const auto options = depthwise_options(*depthwise_conv_);
  if (expand_conv_) {
    if (const auto* ready = expand_conv_->prepared(input, &*norm))
      return ops::depthwise_conv2d_squeeze(input, *ready, depthwise_conv_->weight, options, ops::BatchNorm(*bn1_));
  }
  return ops::depthwise_conv2d_squeeze(expand_conv_ ? expand_conv_(input) : input, norm ? &*norm : nullptr,
                                       depthwise_conv_->weight, options, ops::BatchNorm(*bn1_));
}

std::optional<ops::BatchNorm> MBConvImpl::expansion_norm() {
  return expand_conv_ ? std::optional(ops::BatchNorm(*bn0_)) : std::nullopt;
}

// What each sample's branch is multiplied by: 1/(1 − p) where it is kept, 0 where it is not. Empty: all 1.
std::vector<float> MBConvImpl::branch_factors(int64_t batch, const StepSeed& seed) const {
  if (!is_training() || options_.drop_connect <= 0.0) return {};
  const Tensor kept = drop_connect_mask(seed, options_.index, batch, options_.drop_connect) / (1.0 - options_.drop_connect);
  return {kept.const_data_ptr<float>(), kept.const_data_ptr<float>() + batch};
}

EfficientNetImpl::EfficientNetImpl(const std::string& name, int64_t in_channels, double drop_connect_rate) {
  const Variant& variant = variant_of(name);
  feature_blocks_ = variant.feature_blocks;
  int64_t size = variant.image_size;
  int64_t channels = round_channels(kStemChannels, variant.width);
  conv_stem_ = Convolution(ConvolutionOptions{
      .in_channels = in_channels, .out_channels = channels, .kernel = 3, .stride = 2, .padding = same_padding(size, 3, 2)});
  register_module("_conv_stem", conv_stem_);
  bn0_ = register_module("_bn0", batch_norm(channels));
  out_channels_.push_back(channels);
  size = same_output_size(size, 2);

  std::vector<MBConvOptions> plan;
  for (const Stage& stage : kStages) {
    const int64_t out = round_channels(stage.out_channels, variant.width);
    const auto repeats = static_cast<int64_t>(std::ceil(static_cast<double>(stage.repeats) * variant.depth));
    for (int64_t i = 0; i < repeats; ++i) {
      const int64_t stride = i == 0 ? stage.stride : 1;
      plan.push_back({.in_channels = channels,
                      .out_channels = out,
                      .kernel = stage.kernel,
                      .stride = stride,
                      .expansion = stage.expansion,
                      .image_size = size,
                      .index = static_cast<int64_t>(plan.size())});
      channels = out;
      size = same_output_size(size, stride);
    }
  }
  auto list = std::make_shared<nn::Module>();
  for (auto& options : plan) {
    options.drop_connect = drop_connect_rate * static_cast<double>(options.index) / static_cast<double>(plan.size());
    blocks_.emplace_back(options);
    list->register_module(std::to_string(options.index), blocks_.back().ptr());
  }
  register_module("_blocks", list);
  for (const int64_t block : feature_blocks_) out_channels_.push_back(plan[static_cast<size_t>(block)].out_channels);

  // Of the classifier; registered for the sake of smp's state entries, used by no segmentation network.
  const int64_t head = round_channels(kHeadChannels, variant.width);
  conv_head_ = convolution1x1(channels, head, false);
  register_module("_conv_head", conv_head_);
  bn1_ = register_module("_bn1", batch_norm(head));
}

Tensor EfficientNetImpl::through(MBConv& block, const Tensor& x) {
  if (!recompute_ || !is_training()) return block(x, seed_);
  return ops::recomputed({x}, block->parameters(),
                         [block, seed = seed_](const std::vector<Tensor>& inputs) mutable { return block(inputs[0], seed); });
}

std::vector<Tensor> EfficientNetImpl::forward(const Tensor& image) {
  Tensor x = conv_stem_->forward_norm_act(image, ops::BatchNorm(*bn0_), cpu::kSilu);
  std::vector<Tensor> features{x};
  for (size_t i = 0; i < blocks_.size(); ++i) {
    x = through(blocks_[i], x);
    if (std::find(feature_blocks_.begin(), feature_blocks_.end(), static_cast<int64_t>(i)) != feature_blocks_.end()) {
      features.push_back(x);
    }
  }
  return features;
}

}  // namespace acinus
