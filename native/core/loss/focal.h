// The focal term (Lin et al. 2017; METHOD section 10): a cross-entropy that pixels which are right already hardly enter. As
// torchvision.ops.sigmoid_focal_loss.
#pragma once

#include "core/loss/term.h"

namespace acinus {

// The mean over the pixels that count of α_t (1 - p_t)^γ (-log p_t), p_t the probability of what a pixel is, of unclamped
// logits.
Tensor focal_term(const LossInput& input);

}  // namespace acinus
