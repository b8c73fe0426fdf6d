#include "core/loss/boundary.h"

#include "core/error.h"
#include "core/ops/signed_distance.h"

namespace acinus {

Tensor signed_distance_map(const Tensor& target) {
  if (target.dim() == 4) return ops::signed_distance(target >= 0.5);
  throw Error("ACINUS_INVALID_ARGUMENT",
              "The boundary term needs a target of shape [B, 1, H, W]; got " + c10::str(target.sizes()) + ".");
}

Tensor boundary_term(const LossInput& input) {
  const Tensor& logits = input.logits();
  Tensor distances = signed_distance_map(input.target());
  if (input.options().boundary_scale == BoundaryScale::kImage) {
    distances = distances / distances.abs().amax({2, 3}, /*keepdim=*/true).clamp_min_(1);  // at least 1 px where not all are 0
  }
  return input.mean(logits.sigmoid() * distances.to(logits.scalar_type()));
}

}  // namespace acinus
