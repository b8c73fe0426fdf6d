#include "core/loss/dice.h"

namespace acinus {

Tensor dice_term(const LossInput& input) {
  const Overlap& sums = input.overlap();
  const double smooth = input.options().smooth;
  return input.mean_of_images(1 - (2 * sums.true_positives + smooth) / (sums.predicted + sums.truth + smooth));
}

}  // namespace acinus
