// From augmented pixels to what the network sees: ImageNet-normalised RGB and, unless dropped, the edge channel as is.
#pragma once

#include "core/image/gabor.h"

namespace acinus {

// rgb: uint8 or float [B, 3, H, W] in 0…255, on any device. Returns float [B, 4, H, W], or [B, 3, H, W] when channels == 3.
Tensor network_input(const Tensor& rgb, const EdgeOptions& options, int64_t channels);

}  // namespace acinus
