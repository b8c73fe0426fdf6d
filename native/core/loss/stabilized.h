// The stabilized combined loss (paper Algorithm 1, METHOD section 4).
#pragma once

#include "core/torch.h"

namespace acinus {

struct StabilizedLossOptions {
  double dice_weight = 0.5;
  double bce_weight = 0.3;
  double tversky_weight = 0.2;
  double boundary_weight = 0.0;
  double tversky_alpha = 0.7;  // of false positives
  double tversky_beta = 0.3;   // of false negatives
  double logit_clamp = 10.0;
  double epsilon = 1e-7;
  double smooth = 1.0;
  double positive_weight_min = 1.0;
  double positive_weight_max = 50.0;
};

struct LossTerms {
  Tensor total;  // scalar, differentiable; the terms below are detached scalars
  Tensor dice;
  Tensor bce;
  Tensor tversky;
  Tensor boundary;  // undefined when its weight is 0: then it is not computed
  Tensor positive_weight;
};

// logits, target: [B, 1, H, W]; target in {0, 1}. Always computed in float32 (float64 stays float64, for gradient checks).
LossTerms stabilized_loss(const Tensor& logits, const Tensor& target, const StabilizedLossOptions& options);

namespace plain {
// By LibTorch's operators.
LossTerms stabilized_loss(const Tensor& logits, const Tensor& target, const StabilizedLossOptions& options);
}  // namespace plain

}  // namespace acinus
