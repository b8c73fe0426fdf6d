// The cross-entropy of the unclamped logits, in which cell pixels weigh the more the fewer there are (METHOD section 4).
#pragma once

#include "core/loss/term.h"

namespace acinus {

// The mean over the pixels that count; their weights are not divided out.
Tensor bce_term(const LossInput& input);

// The weight of cell pixels, a scalar on the input's device: clamp((1 - r) / r, min, max) with r the share of cell pixels in
// the batch; the largest allowed where there are none.
Tensor positive_weight(const LossInput& input);

}  // namespace acinus
