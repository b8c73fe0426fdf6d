// Concurrent spatial and channel squeeze-and-excitation (Roy et al. 2018; smp `SCSEModule`): v·c(v) + v·s(v), fused with what
// stands in front of it in UNet++'s blocks.
#pragma once

#include "core/ops/batch_norm.h"
#include "core/ops/channel_gate.h"

namespace acinus::ops {

struct ScseWeights {
  ChannelGateWeights channel;
  Tensor pixel, pixel_bias;  // [1, C, 1, 1], [1]

  template <class Visit>
  void visit_tensors(Visit visit) const {
    channel.visit_tensors(visit);
    visit(pixel);
    visit(pixel_bias);
  }
};

// Of v = cat([nearest ×2 of `low`, skips …]).
Tensor upsample_cat_scse(const Tensor& low, at::TensorList skips, const ScseWeights& weights);
// Of v = relu(norm(x)).
Tensor batch_norm_relu_scse(const Tensor& x, const BatchNorm& norm, const ScseWeights& weights);

namespace plain {
Tensor scse(const Tensor& x, const ScseWeights& weights);
Tensor upsample_nearest2x(const Tensor& x);
Tensor upsample_cat_scse(const Tensor& low, at::TensorList skips, const ScseWeights& weights);
Tensor batch_norm_relu_scse(const Tensor& x, const BatchNorm& norm, const ScseWeights& weights);
}  // namespace plain

}  // namespace acinus::ops
