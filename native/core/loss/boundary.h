// The boundary term (Kervadec et al. 2019, "Boundary loss for highly unbalanced segmentation"; METHOD sections 4 and 10): the
// mean of σ(z) times each pixel's signed distance to the true boundary.
#pragma once

#include "core/torch.h"

namespace acinus {

// target: [B, 1, H, W]; at least 0.5 is a cell. Returns a tensor of its shape, on its device, of `type`: `signed_distance` of
// each image. Computed on the CPU.
Tensor signed_distance_map(const Tensor& target, torch::ScalarType type);

// logits: [B, 1, H, W], unclamped; differentiable scalar, below 0 where a prediction lies deep inside the cells.
Tensor boundary_loss(const Tensor& logits, const Tensor& target);

}  // namespace acinus
