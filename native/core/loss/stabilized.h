// The paper's stabilized loss (Algorithm 1, METHOD section 4) by CPU kernels: Dice, cross-entropy and Tversky, and the gradient
// of their weighted sum, in one pass over the pixels each.
#pragma once

#include "core/loss/term.h"

namespace acinus {

struct StabilizedWeights {
  double dice, bce, tversky;
};

struct StabilizedLoss {
  Tensor total;               // scalar, differentiable; a term whose weight is 0 has no part in it
  Tensor dice, bce, tversky;  // before their weights; detached
};

// logits, target: float32 [B, 1, H, W] on the CPU, where cpu::kernels_enabled().
StabilizedLoss stabilized_loss(const Tensor& logits, const Tensor& target, const StabilizedWeights& weights,
                               const LossOptions& options);

}  // namespace acinus
