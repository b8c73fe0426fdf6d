#include "core/loss/focal.h"

namespace acinus {

Tensor focal_term(const LossInput& input) {
  const Tensor &z = input.logits(), &t = input.target();
  const double alpha = input.options().focal_alpha, gamma = input.options().focal_gamma;
  const Tensor cross_entropy = torch::binary_cross_entropy_with_logits(z, t, {}, {}, at::Reduction::None);
  // log(1 - p_t). The gradient of its exponential loses nothing to cancellation where p is near 0 or 1, and is 0 there for
  // powers below 1 too.
  const Tensor log_wrong = at::logaddexp(at::log_sigmoid(z) + (1 - t).log(), at::log_sigmoid(-z) + t.log());
  const Tensor weight = alpha * t + (1 - alpha) * (1 - t);
  return input.mean(weight * (gamma * log_wrong).exp() * cross_entropy);
}

}  // namespace acinus
