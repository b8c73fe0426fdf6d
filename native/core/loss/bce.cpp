#include "core/loss/bce.h"

namespace acinus {

Tensor positive_weight(const LossInput& input) {
  const Tensor share = input.share_of_cells();
  // A share of 0 divides to +∞, which the clamp makes the maximum.
  return ((1 - share) / share).clamp_(input.options().positive_weight_min, input.options().positive_weight_max);
}

Tensor bce_term(const LossInput& input) {
  const bool all = !input.options().ignoring && input.options().image_weights.empty();
  const Tensor value = torch::binary_cross_entropy_with_logits(input.logits(), input.target(), {}, positive_weight(input),
                                                               all ? at::Reduction::Mean : at::Reduction::None);
  return all ? value : input.mean(value);
}

}  // namespace acinus
