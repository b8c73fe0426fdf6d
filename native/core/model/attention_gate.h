// The additive attention gate (Oktay et al. 2018) on a skip.
#pragma once

#include "core/model/plain_unet.h"

namespace acinus {

// skip · σ(norm(ψ relu(norm(W_x skip) + norm(W_g gate)))), all convolutions 1×1, with half as many channels inside as the skip
// has (MONAI's `AttentionBlock`). Oktay's gate takes the coarser map and resizes the coefficients; here the gate is the
// decoder's map after the up-convolution, of the skip's size, as in the implementations in use.
std::shared_ptr<SkipGate> attention_gate(int64_t skip_channels, int64_t gate_channels);

}  // namespace acinus
