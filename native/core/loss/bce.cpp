#include "core/loss/bce.h"

namespace acinus {

Tensor positive_weight(const Tensor& target, const LossOptions& options) {
  const Tensor share = target.mean();
  // A share of 0 divides to +∞, which the clamp makes the maximum.
  return ((1 - share) / share).clamp_(options.positive_weight_min, options.positive_weight_max);
}

Tensor bce_term(const LossInput& input) {
  return torch::binary_cross_entropy_with_logits(input.logits(), input.target(), {},
                                                 positive_weight(input.target(), input.options()));
}

}  // namespace acinus
