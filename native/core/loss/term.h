// What a term of the loss is made from, and what every term is: a function of that to a scalar.
#pragma once

#include "core/torch.h"

namespace acinus {

// One weight per entry of loss_terms() (loss.h), in its order. A term whose weight is 0 is left out.
using LossWeights = std::vector<double>;

// What the boundary term's distances are divided by: nothing, as in Kervadec's reference, or the largest of each image.
enum class BoundaryScale { kPx, kImage };

struct LossOptions {
  LossWeights weights;
  double logit_clamp = 10;         // Dice and Tversky see logits clamped to ± this; 0: as they are
  double epsilon = 1e-7;           // Dice and Tversky see probabilities kept this far from 0 and 1
  double smooth = 1;               // added to the numerators and denominators of Dice and Tversky
  double tversky_alpha = 0.7;      // weight of false positives
  double tversky_beta = 0.3;       // weight of false negatives
  double positive_weight_min = 1;  // range of the cross-entropy's weight of cell pixels
  double positive_weight_max = 50;
  double focal_gamma = 2;
  double focal_alpha = 0.25;  // weight of cell pixels; that of the others is 1 - focal_alpha
  BoundaryScale boundary_scale = BoundaryScale::kPx;
  // Whether pixels of the target may be above 1 (kIgnored): these count nowhere, neither in sums nor as the pixels of a mean,
  // and have no gradient. A caller knows it from its data set; the target is not looked at. Without any pixel that counts, a
  // mean is 0.
  bool ignoring = false;
  std::optional<double> share_of_cells = std::nullopt;  // that the cross-entropy's weight is made from; none: that of the batch
  // How much each image of the batch counts, at least 0: what it adds to a term is multiplied by it, and what a mean is divided
  // by stays. Empty: all count 1.
  std::vector<double> image_weights = {};
};

// Sums over the pixels of each image, [B]: of the probabilities, of the target, and the soft counts.
struct Overlap {
  Tensor predicted, truth;
  Tensor true_positives, false_positives, false_negatives;
};

// A batch: logits and target, float32 or float64 [B, 1, H, W] on one device, target in [0, 1], or above 1 where
// options.ignoring says so.
class LossInput {
 public:
  LossInput(Tensor logits, Tensor target, const LossOptions& options);

  const Tensor& logits() const { return logits_; }       // 0 where a pixel does not count
  const Tensor& target() const { return target_; }       // 0 where a pixel does not count
  Tensor mean(const Tensor& of_pixels) const;            // over the pixels that count, times the weight of their image
  Tensor mean_of_images(const Tensor& of_images) const;  // of [B], each times its weight
  Tensor share_of_cells() const;                         // the options' or of the pixels that count
  const LossOptions& options() const { return options_; }
  const Overlap& overlap() const;  // of the clamped probabilities; computed by the first term that asks for it

 private:
  Tensor logits_, target_;
  Tensor counted_, count_;  // 1 where a pixel counts and 0 elsewhere, and how many do, at least 1; undefined where all do
  Tensor image_weights_;    // [B]; undefined where all are 1
  const LossOptions& options_;
  mutable std::optional<Overlap> overlap_;
};

// Differentiable by the logits; a scalar on their device and of their dtype.
using LossTermFunction = Tensor (*)(const LossInput&);

struct LossTerm {
  const char* name;
  LossTermFunction value;
};

}  // namespace acinus
