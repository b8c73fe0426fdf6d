#include "core/ops/depthwise_conv2d.h"

namespace acinus::ops::plain {

Depthwise depthwise_conv2d(const Tensor& x, const BatchNorm* norm, const Tensor& weight, const WindowOptions& windows) {
  const Tensor input = norm ? plain::batch_norm_act(x, *norm, Activation::kSilu) : x;
  return {ops::conv2d(input, Conv2d(weight, {}, windows, /*groups=*/weight.size(0))), {}};
}

Squeezed depthwise_conv2d_squeeze(const Tensor& x, const Conv2d* expansion, const BatchNorm* norm, const Tensor& weight,
                                  const WindowOptions& windows, const BatchNorm& after) {
  if (expansion) {
    return ops::depthwise_conv2d_squeeze(ops::conv2d(x, *expansion), nullptr, norm, weight, windows, after);
  }
  const Tensor s = plain::batch_norm_act(plain::depthwise_conv2d(x, norm, weight, windows).y, after, Activation::kSilu);
  return {s, s.mean({2, 3})};
}

}  // namespace acinus::ops::plain
