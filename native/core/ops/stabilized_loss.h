// The paper's stabilized loss (Algorithm 1, METHOD section 4): Dice, cross-entropy and Tversky together, and the gradient of
// their weighted sum, in one pass over the pixels each.
#pragma once

#include <span>

#include "core/torch.h"

namespace acinus::ops {

struct StabilizedLossOptions {
  double dice_weight = 0, bce_weight = 0, tversky_weight = 0;
  double logit_clamp = 0;  // 0: none
  double epsilon = 0, smooth = 0;
  double tversky_alpha = 0, tversky_beta = 0;
  double positive_weight_min = 0, positive_weight_max = 0;
  std::optional<double> share_of_cells = std::nullopt;  // none: that of the target
  // What each image adds is multiplied by its own; empty: all are 1. Looked at during the call alone.
  std::span<const double> image_weights = {};
  bool ignoring = false;  // pixels whose target is above 1 count nowhere; otherwise there are none
};

struct StabilizedLoss {
  Tensor total;               // scalar, differentiable; a term whose weight is 0 has no part in it
  Tensor dice, bce, tversky;  // before their weights; detached
};

// logits, target: [B, 1, H, W]. Nothing where the device has no such pass: then the terms of core/loss are computed one by one.
std::optional<StabilizedLoss> stabilized_loss(const Tensor& logits, const Tensor& target, const StabilizedLossOptions& options);

namespace plain {
inline std::optional<StabilizedLoss> stabilized_loss(const Tensor&, const Tensor&, const StabilizedLossOptions&) { return {}; }
}  // namespace plain

}  // namespace acinus::ops
