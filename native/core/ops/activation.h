// What stands behind a BatchNorm in the networks.
#pragma once

#include "core/torch.h"

namespace acinus::ops {

enum class Activation { kIdentity, kRelu, kRelu6, kSilu };

// act(z); may write into z, which must be a result that nothing else needs.
inline Tensor activated(Tensor z, Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return z.relu_();
    case Activation::kRelu6:
      return at::relu6_(z);
    case Activation::kSilu:
      return at::silu(z);
    default:
      return z;
  }
}

}  // namespace acinus::ops
