// The boundary term (Kervadec et al. 2019, "Boundary loss for highly unbalanced segmentation"; METHOD sections 4 and 10): the
// mean of σ(z) times each pixel's signed distance to the true boundary. Below 0 where a prediction lies deep inside the cells.
#pragma once

#include "core/loss/term.h"

namespace acinus {

// Of unclamped logits; the mean over pixels.
Tensor boundary_term(const LossInput& input);

// The signed distance of Kervadec's reference (`one_hot2dist`), px: outside of the mask the distance to its nearest pixel;
// inside, 1 less than that to the nearest pixel outside, negative, so that a cell's rim is 0. Zeros for an image whose mask is
// empty or full: it has no boundary.
// target: [B, 1, H, W] on any device; at least 0.5 is a cell. Returns `type`, of its shape, on its device.
Tensor signed_distance_map(const Tensor& target, torch::ScalarType type);

namespace plain {
// By LibTorch's operators on the target's device.
Tensor signed_distance_map(const Tensor& target, torch::ScalarType type);
}  // namespace plain

}  // namespace acinus
