// Colour: ImageNet normalisation.
#pragma once

#include "core/torch.h"

namespace acinus {

constexpr double kImagenetMean[] = {0.485, 0.456, 0.406};
constexpr double kImagenetDeviation[] = {0.229, 0.224, 0.225};

// rgb: uint8 or float [B, 3, H, W] in 0…255. Returns float [B, 3, H, W]: (rgb / 255 − mean) / std of ImageNet.
Tensor imagenet_normalized(const Tensor& rgb);

}  // namespace acinus
