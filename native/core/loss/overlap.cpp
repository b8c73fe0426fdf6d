#include "core/loss/term.h"

namespace acinus {

const Overlap& LossInput::overlap() const {
  if (overlap_) return *overlap_;
  const double limit = options_.logit_clamp, epsilon = options_.epsilon;
  const Tensor clamped = limit > 0 ? logits_.clamp(-limit, limit) : logits_;
  const Tensor probability = clamped.sigmoid().clamp(epsilon, 1 - epsilon).flatten(1);
  const Tensor truth = target_.flatten(1);
  overlap_ = {.predicted = probability.sum(1),
              .truth = truth.sum(1),
              .true_positives = (probability * truth).sum(1),
              .false_positives = (probability * (1 - truth)).sum(1),
              .false_negatives = ((1 - probability) * truth).sum(1)};
  return *overlap_;
}

}  // namespace acinus
