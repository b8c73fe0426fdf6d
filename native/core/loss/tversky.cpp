#include "core/loss/tversky.h"

namespace acinus {

Tensor tversky_term(const LossInput& input) {
  const Overlap& sums = input.overlap();
  const LossOptions& options = input.options();
  const Tensor wrong = options.tversky_alpha * sums.false_positives + options.tversky_beta * sums.false_negatives;
  return input.mean_of_images(1 - (sums.true_positives + options.smooth) / (sums.true_positives + wrong + options.smooth));
}

}  // namespace acinus
