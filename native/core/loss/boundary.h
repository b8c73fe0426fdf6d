// The boundary term (Kervadec et al. 2019, "Boundary loss for highly unbalanced segmentation"; METHOD sections 4 and 10): the
// mean of σ(z) times each pixel's signed distance to the true boundary. Below 0 where a prediction lies deep inside the cells.
#pragma once

#include "core/loss/term.h"

namespace acinus {

// Of unclamped logits, with distances as options.boundary_scale says; the mean over the pixels that count. Where a pixel does
// not count it is taken to lie outside of cells.
Tensor boundary_term(const LossInput& input);

// ops::signed_distance of a target [B, 1, H, W], in which at least 0.5 is a cell. Double, of its shape, on its device.
Tensor signed_distance_map(const Tensor& target);

}  // namespace acinus
