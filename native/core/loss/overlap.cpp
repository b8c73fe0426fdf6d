#include "core/loss/term.h"

namespace acinus {

LossInput::LossInput(Tensor logits, Tensor target, const LossOptions& options)
    : logits_(std::move(logits)), target_(std::move(target)), options_(options) {
  if (!options.image_weights.empty()) image_weights_ = at::tensor(options.image_weights).to(target_.options());
  if (!options.ignoring) return;
  const Tensor left_out = target_ > 1;
  counted_ = left_out.logical_not().to(target_.scalar_type());
  count_ = counted_.sum().clamp_min_(1);
  logits_ = logits_.masked_fill(left_out, 0);
  target_ = target_.masked_fill(left_out, 0);
}

Tensor LossInput::mean(const Tensor& of_pixels) const {
  const Tensor weighted = image_weights_.defined() ? of_pixels.flatten(1) * image_weights_.unsqueeze(1) : of_pixels.flatten(1);
  return counted_.defined() ? (weighted * counted_.flatten(1)).sum() / count_ : weighted.mean();
}

Tensor LossInput::mean_of_images(const Tensor& of_images) const {
  return (image_weights_.defined() ? of_images * image_weights_ : of_images).mean();
}

Tensor LossInput::share_of_cells() const {
  if (options_.share_of_cells) return at::full({}, *options_.share_of_cells, target_.options());
  return counted_.defined() ? target_.sum() / count_ : target_.mean();
}

const Overlap& LossInput::overlap() const {
  if (overlap_) return *overlap_;
  const double limit = options_.logit_clamp, epsilon = options_.epsilon;
  const Tensor clamped = limit > 0 ? logits_.clamp(-limit, limit) : logits_;
  Tensor probability = clamped.sigmoid().clamp(epsilon, 1 - epsilon);
  if (counted_.defined()) probability = probability * counted_;
  probability = probability.flatten(1);
  const Tensor truth = target_.flatten(1);
  overlap_ = {.predicted = probability.sum(1),
              .truth = truth.sum(1),
              .true_positives = (probability * truth).sum(1),
              .false_positives = (probability * (1 - truth)).sum(1),
              .false_negatives = ((1 - probability) * truth).sum(1)};
  return *overlap_;
}

}  // namespace acinus
