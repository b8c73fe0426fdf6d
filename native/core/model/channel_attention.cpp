#include "core/model/channel_attention.h"

#include <algorithm>

namespace acinus {

ChannelAttentionImpl::ChannelAttentionImpl(int64_t channels) {
  const int64_t squeezed = std::max<int64_t>(1, channels / kChannelReduction);
  squeeze_ = register_module("squeeze", convolution1x1(channels, squeezed, true));
  excite_ = register_module("excite", convolution1x1(squeezed, channels, true));
}

Tensor ChannelAttentionImpl::forward(const Tensor& x) {
  const Tensor hidden = at::relu(squeeze_(at::adaptive_avg_pool2d(x, {1, 1})));
  return x * at::sigmoid(excite_(hidden));
}

Plan::Value ChannelAttentionImpl::describe(Plan& plan, Plan::Value x, const std::string& path) const {
  const Plan::Value hidden = plan.apply("relu", plan.convolution(plan.apply("mean", x), path + ".squeeze", *squeeze_));
  return plan.multiply(x, plan.apply("sigmoid", plan.convolution(hidden, path + ".excite", *excite_)));
}

}  // namespace acinus
