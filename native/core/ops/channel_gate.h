// The gate per channel of squeeze-and-excitation.
#pragma once

#include "core/torch.h"

namespace acinus::ops {

// σ(W₂ f(W₁ m + b₁) + b₂) of means m [B, C], by two 1×1 convolutions: reduce [R, C, 1, 1] and expand [C, R, 1, 1].
struct ChannelGateWeights {
  Tensor reduce, reduce_bias, expand, expand_bias;

  template <class Visit>
  void visit_tensors(Visit visit) const {
    for (const Tensor* tensor : {&reduce, &reduce_bias, &expand, &expand_bias}) visit(*tensor);
  }
};

}  // namespace acinus::ops
