#include "core/model/decoder_block.h"

#include "core/model/decoder.h"
#include "core/ops/recompute.h"

namespace acinus {

ConvNormReluImpl::ConvNormReluImpl(int64_t in_channels, int64_t out_channels) {
  conv_ = register_module("0", convolution3x3(in_channels, out_channels, false));
  norm_ = register_module("1", CountedNorm(nn::BatchNorm2dOptions(out_channels)));
}

Tensor ConvNormReluImpl::forward(const Tensor& x) {
  const ops::BatchNorm norm = norm_->view();
  return conv_->forward(x, {.norm = &norm, .activation = ops::Activation::kRelu});
}

Tensor ConvNormReluImpl::forward_upsampled(const Tensor& x) {
  const ops::BatchNorm norm = norm_->view();
  return conv_->forward(x, {.norm = &norm, .activation = ops::Activation::kRelu, .upsampled = true});
}

Tensor ConvNormReluImpl::forward_into(const Tensor& x, const Scse& attention) {
  return ops::batch_norm_relu_scse(conv_(x), norm_->view(), attention->weights());
}

Plan::Value ConvNormReluImpl::describe(Plan& plan, Plan::Value x, const std::string& path) const {
  return plan.apply("relu", plan.convolution(x, path + ".0", *conv_, path + ".1", *norm_));
}

DecoderBlockImpl::DecoderBlockImpl(int64_t in_channels, int64_t skip_channels, int64_t out_channels, bool attention) {
  conv1_ = register_module("conv1", ConvNormRelu(in_channels + skip_channels, out_channels));
  if (attention) attention1_ = register_module("attention1", Scse(in_channels + skip_channels));
  conv2_ = register_module("conv2", ConvNormRelu(out_channels, out_channels));
  if (attention) attention2_ = register_module("attention2", Scse(out_channels));
}

Tensor DecoderBlockImpl::forward(const Tensor& input, const std::vector<Tensor>& skips) {
  Tensor x;
  if (skips.empty()) {
    x = conv1_->forward_upsampled(input);
  } else if (attention1_) {
    x = conv1_(ops::upsample_cat_scse(input, skips, attention1_->weights()));
  } else {
    std::vector<Tensor> all{ops::plain::upsample_nearest2x(input)};
    all.insert(all.end(), skips.begin(), skips.end());
    x = conv1_(at::cat(all, 1));
  }
  return attention2_ ? conv2_->forward_into(x, attention2_) : conv2_(x);
}

Plan::Value DecoderBlockImpl::describe(Plan& plan, Plan::Value input, const std::vector<Plan::Value>& skips,
                                       const std::string& path) const {
  std::vector<Plan::Value> all{plan.apply("upsample", input, path)};
  all.insert(all.end(), skips.begin(), skips.end());
  Plan::Value x = plan.concatenate(all, path);
  if (attention1_ && skips.empty()) plan.leave_unused(path + ".attention1.");
  if (attention1_ && !skips.empty()) x = attention1_->describe(plan, x, path + ".attention1");
  x = conv2_->describe(plan, conv1_->describe(plan, x, path + ".conv1"), path + ".conv2");
  return attention2_ ? attention2_->describe(plan, x, path + ".attention2") : x;
}

Tensor Decoder::through(DecoderBlock block, const Tensor& input, const std::vector<Tensor>& skips) {
  if (!recompute_ || !is_training()) return block(input, skips);
  std::vector<Tensor> inputs{input};
  inputs.insert(inputs.end(), skips.begin(), skips.end());
  return ops::recomputed(inputs, block->parameters(), [block](const std::vector<Tensor>& given) mutable {
    return block(given[0], std::vector<Tensor>(given.begin() + 1, given.end()));
  });
}

}  // namespace acinus
