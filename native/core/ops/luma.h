// Colour to grey.
#pragma once

#include "core/torch.h"

namespace acinus::ops {

constexpr std::array<double, 3> kLuma{0.299, 0.587, 0.114};  // ITU-R BT.601

// rgb: uint8 or float [B, 3, H, W] in 0…255. Returns float [B, 1, H, W] in [0, 1]; double of doubles.
Tensor luma(const Tensor& rgb);

namespace plain {
Tensor luma(const Tensor& rgb);
}

}  // namespace acinus::ops
