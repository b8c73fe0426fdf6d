#include "core/model/efficientnet.h"

#include <algorithm>

#include "core/error.h"
#include "core/ops/draws.h"
#include "core/ops/recompute.h"
#include "core/ops/squeeze_excite.h"

namespace acinus {

namespace {

struct Stage {
  int64_t repeats, kernel, stride, expansion, in_channels, out_channels;
};
constexpr Stage kStages[] = {{1, 3, 1, 1, 32, 16},  {2, 3, 2, 6, 16, 24},   {2, 5, 2, 6, 24, 40},  {3, 3, 2, 6, 40, 80},
                             {3, 5, 1, 6, 80, 112}, {4, 5, 2, 6, 112, 192}, {1, 3, 1, 6, 192, 320}};
constexpr int64_t kStemChannels = 32, kHeadChannels = 1280, kDivisor = 8, kStemStride = 2;
constexpr double kSqueezeRatio = 0.25;

// Scaled by the width and rounded to a multiple of 8, never down by more than 10 %.
int64_t round_channels(int64_t channels, double width) {
  const double scaled = static_cast<double>(channels) * width;
  const auto rounded = std::max<int64_t>(kDivisor, static_cast<int64_t>(scaled + kDivisor / 2.0) / kDivisor * kDivisor);
  return static_cast<double>(rounded) < 0.9 * scaled ? rounded + kDivisor : rounded;
}

CountedNorm batch_norm(int64_t channels) { return CountedNorm(nn::BatchNorm2dOptions(channels).eps(1e-3).momentum(0.01)); }

std::vector<FeatureShape> features_of(const EfficientNetOptions& options) {
  std::vector<FeatureShape> out{{options.stem_channels, kStemStride}};
  int64_t stride = kStemStride;
  const auto& at = options.feature_blocks;
  for (int64_t i = 0; i < static_cast<int64_t>(options.blocks.size()); ++i) {
    const auto& block = options.blocks[static_cast<size_t>(i)];
    stride *= block.stride;
    if (std::find(at.begin(), at.end(), i) != at.end()) out.push_back({block.out_channels, stride});
  }
  return out;
}

// Told by the number of blocks, their widths and whether they squeeze.
bool are_entries_of(const EfficientNetOptions& options, const EntryShapes& shapes) {
  const auto output_is = [&](const std::string& name, int64_t channels) {
    const auto found = shapes.find(name);
    return found != shapes.end() && !found->second.empty() && found->second[0] == channels;
  };
  const auto block = [](size_t i) { return "_blocks." + std::to_string(i); };
  for (size_t i = 0; i < options.blocks.size(); ++i) {
    if (!output_is(block(i) + "._project_conv.weight", options.blocks[i].out_channels)) return false;
  }
  return output_is("_conv_stem.weight", options.stem_channels) && output_is("_conv_head.weight", options.head_channels) &&
         !shapes.contains(block(options.blocks.size()) + "._project_conv.weight") &&
         shapes.contains(block(0) + "._se_reduce.weight") != options.lite;
}

}  // namespace

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
  if (!options_.lite) {
    se_reduce_ = register_module("_se_reduce", convolution1x1(expanded, squeezed, true));
    se_expand_ = register_module("_se_expand", convolution1x1(squeezed, expanded, true));
  }
  project_conv_ = register_module("_project_conv", convolution1x1(expanded, options_.out_channels, false));
  bn2_ = register_module("_bn2", batch_norm(options_.out_channels));
}

Tensor MBConvImpl::forward(const Tensor& input, const Tensor& branch_factors) {
  if (options_.lite) return forward_lite(input, branch_factors);
  const ops::ChannelGateWeights gate{se_reduce_->weight, se_reduce_->bias, se_expand_->weight, se_expand_->bias};
  const auto norm = expansion_norm();
  const ops::BatchNorm gated = bn1_->view(), projected = bn2_->view();
  const ops::BatchNorm* before = norm ? &*norm : nullptr;
  const ops::WindowOptions windows = depthwise_conv_->windows();
  if (!is_training() && !at::GradMode::is_enabled()) {
    const auto expansion = expand_conv_ ? std::optional(expand_conv_->view()) : std::nullopt;
    const auto [s, mean] = ops::depthwise_conv2d_squeeze(input, expansion ? &*expansion : nullptr, before,
                                                         depthwise_conv_->weight, windows, gated);
    return project_conv_->forward(
        s, {.norm = &projected, .gate = ops::excitation(mean, gate), .residual = joins() ? input : Tensor()});
  }
  const auto [y, statistics] =
      ops::depthwise_conv2d(expand_conv_ ? expand_conv_(input) : input, before, depthwise_conv_->weight, windows);
  const Tensor branch = ops::squeeze_excite_conv1x1(y, gated, gate, project_conv_->view().weight, statistics);
  if (!joins()) return ops::batch_norm_act(branch, projected, ops::Activation::kIdentity);
  return ops::batch_norm_add(branch, projected, input, branch_factors);
}

std::optional<ops::BatchNorm> MBConvImpl::expansion_norm() { return expand_conv_ ? std::optional(bn0_->view()) : std::nullopt; }

Tensor MBConvImpl::forward_lite(const Tensor& input, const Tensor& branch_factors) {
  const auto norm = expansion_norm();
  const ops::BatchNorm middle = bn1_->view(), projected = bn2_->view();
  constexpr auto kRelu6 = ops::Activation::kRelu6;
  const Tensor expanded = norm ? expand_conv_->forward(input, {.norm = &*norm, .activation = kRelu6}) : input;
  const Tensor y = ops::depthwise_conv2d(expanded, nullptr, depthwise_conv_->weight, depthwise_conv_->windows()).y;
  const Tensor x = ops::batch_norm_act(y, middle, kRelu6);
  if (!joins()) return project_conv_->forward(x, {.norm = &projected});
  if (!branch_factors.defined()) return project_conv_->forward(x, {.norm = &projected, .residual = input});
  return ops::batch_norm_add(project_conv_(x), projected, input, branch_factors);
}

Plan::Value MBConvImpl::describe(Plan& plan, Plan::Value input, const std::string& path) const {
  const char* const activation = options_.lite ? "relu6" : "silu";
  const std::string at = path + ".";
  Plan::Value x = input;
  if (expand_conv_) {
    x = plan.apply(activation, plan.convolution(x, at + "_expand_conv", *expand_conv_, at + "_bn0", *bn0_));
  }
  x = plan.apply(activation, plan.convolution(x, at + "_depthwise_conv", *depthwise_conv_, at + "_bn1", *bn1_));
  if (!options_.lite) {
    const Plan::Value reduced = plan.apply(activation, plan.convolution(plan.apply("mean", x), at + "_se_reduce", *se_reduce_));
    x = plan.multiply(x, plan.apply("sigmoid", plan.convolution(reduced, at + "_se_expand", *se_expand_)));
  }
  x = plan.convolution(x, at + "_project_conv", *project_conv_, at + "_bn2", *bn2_);
  return joins() ? plan.add(x, input) : x;
}

EfficientNetOptions efficientnet_options(const EfficientNetSize& size) {
  EfficientNetOptions out{.blocks = {},
                          .feature_blocks = size.feature_blocks,
                          .image_size = size.image_size,
                          .stem_channels = round_channels(kStemChannels, size.lite ? 1.0 : size.width),
                          .head_channels = round_channels(kHeadChannels, size.lite ? 1.0 : size.width),
                          .lite = size.lite};
  int64_t channels = out.stem_channels, length = same_output_size(size.image_size, kStemStride);
  for (const Stage& stage : kStages) {
    const bool fixed = size.lite && (&stage == std::begin(kStages) || &stage == std::end(kStages) - 1);
    const int64_t out_channels = round_channels(stage.out_channels, size.width);
    const auto repeats =
        fixed ? stage.repeats : static_cast<int64_t>(std::ceil(static_cast<double>(stage.repeats) * size.depth));
    for (int64_t i = 0; i < repeats; ++i) {
      const int64_t stride = i == 0 ? stage.stride : 1;
      out.blocks.push_back({.in_channels = channels,
                            .out_channels = out_channels,
                            .kernel = stage.kernel,
                            .stride = stride,
                            .expansion = stage.expansion,
                            .image_size = length,
                            .lite = size.lite});
      channels = out_channels;
      length = same_output_size(length, stride);
    }
  }
  return out;
}

EfficientNet::EfficientNet(EfficientNetOptions size, const EncoderOptions& options)
    : size_(std::move(size)), drop_connect_rate_(options.drop_connect_rate) {
  features_ = features_of(size_);
  const int64_t stem = size_.stem_channels;
  conv_stem_ =
      register_module("_conv_stem", Convolution(ConvolutionOptions{.in_channels = options.in_channels,
                                                                   .out_channels = stem,
                                                                   .kernel = 3,
                                                                   .stride = kStemStride,
                                                                   .padding = same_padding(size_.image_size, 3, kStemStride)}));
  bn0_ = register_module("_bn0", batch_norm(stem));
  const auto list = register_module("_blocks", std::make_shared<nn::Module>());
  for (const MBConvOptions& block : size_.blocks) {
    blocks_.push_back(list->register_module(std::to_string(blocks_.size()), MBConv(block)));
  }
  // Of the classifier; registered for the sake of smp's state entries, used by no segmentation network.
  conv_head_ = register_module("_conv_head", convolution1x1(size_.blocks.back().out_channels, size_.head_channels, false));
  bn1_ = register_module("_bn1", batch_norm(size_.head_channels));
}

bool EfficientNet::is_feature(size_t block) const {
  const auto& all = size_.feature_blocks;
  return std::find(all.begin(), all.end(), static_cast<int64_t>(block)) != all.end();
}

Tensor EfficientNet::through(MBConv& block, const Tensor& x, const Tensor& branch_factors) {
  if (!recompute_ || !is_training()) return block(x, branch_factors);
  return ops::recomputed({x}, block->parameters(), [block, branch_factors](const std::vector<Tensor>& inputs) mutable {
    return block(inputs[0], branch_factors);
  });
}

// Of each block and sample: drop-connect's probability grows with depth. Undefined where nothing is dropped.
Tensor EfficientNet::branch_factors(const Tensor& image) const {
  if (!is_training() || drop_connect_rate_ <= 0.0) return {};
  const auto depth = static_cast<int64_t>(blocks_.size());
  return ops::drop_connect_factors({.seed = source_.seed.seed,
                                    .step = source_.seed.step,
                                    .blocks = depth,
                                    .batch = image.size(0),
                                    .rate = drop_connect_rate_,
                                    .depth = depth},
                                   image.device());
}

std::vector<Tensor> EfficientNet::forward(const Tensor& image) {
  const ops::BatchNorm norm = bn0_->view();
  const auto activation = size_.lite ? ops::Activation::kRelu6 : ops::Activation::kSilu;
  Tensor x = conv_stem_->forward(image, {.norm = &norm, .activation = activation});
  const Tensor factors = branch_factors(image);
  std::vector<Tensor> features{x};
  for (size_t i = 0; i < blocks_.size(); ++i) {
    x = through(blocks_[i], x, factors.defined() ? factors[static_cast<int64_t>(i)] : Tensor());
    if (is_feature(i)) features.push_back(x);
  }
  return features;
}

std::vector<Plan::Value> EfficientNet::describe(Plan& plan, Plan::Value image, const std::string& path) const {
  Plan::Value x = plan.convolution(image, path + "._conv_stem", *conv_stem_, path + "._bn0", *bn0_);
  x = plan.apply(size_.lite ? "relu6" : "silu", x);
  std::vector<Plan::Value> features{x};
  for (size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i]->describe(plan, x, path + "._blocks." + std::to_string(i));
    if (is_feature(i)) features.push_back(x);
  }
  plan.leave_unused(path + "._conv_head.");
  plan.leave_unused(path + "._bn1.");
  return features;
}

EncoderEntry efficientnet_entry(const EfficientNetSize& size) {
  const EfficientNetOptions options = efficientnet_options(size);
  return {.name = size.name,
          .features = features_of(options),
          .stem = "_conv_stem.weight",
          .classifier = "_fc.",
          .create = [options](const EncoderOptions& given) -> std::shared_ptr<Encoder> {
            return std::make_shared<EfficientNet>(options, given);
          },
          .matches = [options](const EntryShapes& shapes) { return are_entries_of(options, shapes); }};
}

std::vector<EncoderEntry> efficientnet() {
  std::vector<EncoderEntry> out;
  // b0's third feature is the first block of its stage, not the last.
  for (const EfficientNetSize& size : {
           EfficientNetSize{"efficientnet-b0", 1.0, 1.0, 224, {2, 4, 8, 15}},
           EfficientNetSize{"efficientnet-b1", 1.0, 1.1, 240, {4, 7, 15, 22}},
           EfficientNetSize{"efficientnet-b2", 1.1, 1.2, 260, {4, 7, 15, 22}},
           EfficientNetSize{"efficientnet-b3", 1.2, 1.4, 300, {4, 7, 17, 25}},
           EfficientNetSize{"efficientnet-b4", 1.4, 1.8, 380, {5, 9, 21, 31}},
           EfficientNetSize{"efficientnet-b5", 1.6, 2.2, 456, {7, 12, 26, 38}},
           EfficientNetSize{"efficientnet-b6", 1.8, 2.6, 528, {8, 14, 30, 44}},
           EfficientNetSize{"efficientnet-b7", 2.0, 3.1, 600, {10, 17, 37, 54}},
       }) {
    out.push_back(efficientnet_entry(size));
  }
  return out;
}

}  // namespace acinus
