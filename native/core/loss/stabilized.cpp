#include "core/loss/stabilized.h"

#include <c10/core/impl/LocalDispatchKeySet.h>

#include "core/error.h"
#include "core/loss/boundary.h"

namespace acinus {

namespace {

void check(const Tensor& logits, const Tensor& target) {
  if (logits.dim() < 2 || logits.numel() == 0 || logits.sizes() != target.sizes()) {
    throw Error("ACINUS_INVALID_ARGUMENT", "The loss needs logits and a target of one shape [B, 1, H, W]; got " +
                                               c10::str(logits.sizes()) + " and " + c10::str(target.sizes()) + ".");
  }
}

// w⁺ = clamp((1 − r) / r, min, max) with r the share of cell pixels in the batch. r = 0 divides to +∞, which the clamp makes
// max.
Tensor positive_weight(const Tensor& target, const StabilizedLossOptions& options) {
  const Tensor share = target.mean();
  return ((1 - share) / share).clamp_(options.positive_weight_min, options.positive_weight_max);
}

}  // namespace

LossTerms stabilized_loss(const Tensor& logits, const Tensor& target, const StabilizedLossOptions& options) {
  check(logits, target);
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const auto type = logits.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  const Tensor z = logits.to(type);
  const Tensor t = target.to(type);

  const Tensor probability =
      z.clamp(-options.logit_clamp, options.logit_clamp).sigmoid().clamp(options.epsilon, 1 - options.epsilon).flatten(1);
  const Tensor truth = t.flatten(1);
  const Tensor predicted_sum = probability.sum(1), truth_sum = truth.sum(1);
  const Tensor tp = (probability * truth).sum(1);
  const Tensor fp = (probability * (1 - truth)).sum(1);
  const Tensor fn = ((1 - probability) * truth).sum(1);
  const Tensor dice = 1 - ((2 * tp + options.smooth) / (predicted_sum + truth_sum + options.smooth)).mean();
  const Tensor tversky =
      1 - ((tp + options.smooth) / (tp + options.tversky_alpha * fp + options.tversky_beta * fn + options.smooth)).mean();

  const Tensor weight = positive_weight(t, options);
  const Tensor bce = torch::binary_cross_entropy_with_logits(z, t, {}, weight);

  Tensor total = options.dice_weight * dice + options.bce_weight * bce + options.tversky_weight * tversky;
  Tensor boundary;
  if (options.boundary_weight != 0) {
    boundary = boundary_loss(z, t);
    total = total + options.boundary_weight * boundary;
    boundary = boundary.detach();
  }
  return {total, dice.detach(), bce.detach(), tversky.detach(), boundary, weight};
}

}  // namespace acinus
