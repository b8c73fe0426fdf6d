#include "core/ops/scse.h"

namespace acinus::ops::plain {

Tensor scse(const Tensor& x, const ScseWeights& weights) {
  const auto& c = weights.channel;
  const Tensor hidden = at::conv2d(at::adaptive_avg_pool2d(x, {1, 1}), c.reduce, c.reduce_bias).relu_();
  const Tensor channel = at::sigmoid(at::conv2d(hidden, c.expand, c.expand_bias));
  return x * channel + x * at::sigmoid(at::conv2d(x, weights.pixel, weights.pixel_bias));
}

Tensor upsample_nearest2x(const Tensor& x) { return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}, 2.0, 2.0); }

Tensor upsample_cat_scse(const Tensor& low, at::TensorList skips, const ScseWeights& weights) {
  std::vector<Tensor> all{upsample_nearest2x(low)};
  all.insert(all.end(), skips.begin(), skips.end());
  return scse(at::cat(all, 1), weights);
}

Tensor batch_norm_relu_scse(const Tensor& x, const BatchNorm& norm, const ScseWeights& weights) {
  return scse(plain::batch_norm_act(x, norm, Activation::kRelu), weights);
}

}  // namespace acinus::ops::plain
