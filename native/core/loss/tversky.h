// The Tversky term (Salehi et al. 2017; METHOD section 4): 1 - (TP + smooth) / (TP + α FP + β FN + smooth), the mean over
// images.
#pragma once

#include "core/loss/term.h"

namespace acinus {

Tensor tversky_term(const LossInput& input);

}  // namespace acinus
