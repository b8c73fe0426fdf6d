// Colour: luma and ImageNet normalisation.
#pragma once

#include "core/torch.h"

namespace acinus {

// rgb: uint8 or float [B, 3, H, W] in 0…255. Returns float [B, 1, H, W] in [0, 1], ITU-R BT.601 weights.
Tensor luma(const Tensor& rgb);

// rgb: uint8 or float [B, 3, H, W] in 0…255. Returns float [B, 3, H, W]: (rgb / 255 − mean) / std of ImageNet.
Tensor imagenet_normalized(const Tensor& rgb);

}  // namespace acinus
