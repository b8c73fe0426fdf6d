// The signed distance of each pixel to the boundary of a mask.
#pragma once

#include "core/torch.h"

namespace acinus::ops {

// The signed distance of Kervadec's reference (`one_hot2dist`), px: outside of the mask the distance to its nearest pixel;
// inside, 1 less than that to the nearest pixel outside, negative, so that a cell's rim is 0. Zeros for an image whose mask is
// empty or full: it has no boundary.
// mask: bool [B, 1, H, W]. Returns double, of its shape, on its device, without gradient.
Tensor signed_distance(const Tensor& mask);

namespace plain {
Tensor signed_distance(const Tensor& mask);
}

}  // namespace acinus::ops
