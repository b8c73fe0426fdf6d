// The soft Dice term (Milletari et al. 2016; METHOD section 4): 1 - (2 TP + smooth) / (Σp + Σt + smooth), the mean over images.
#pragma once

#include "core/loss/term.h"

namespace acinus {

Tensor dice_term(const LossInput& input);

}  // namespace acinus
