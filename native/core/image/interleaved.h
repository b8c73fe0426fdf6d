// Images as other programs hold them: the channels of a pixel side by side, in bytes.
#pragma once

#include "core/torch.h"

namespace acinus {

// image: float [3, H, W]. Writes 3·H·W bytes: clamped to 0…255 and rounded, halves to the even integer.
void interleave_bytes(const Tensor& image, uint8_t* out);
namespace plain {
void interleave_bytes(const Tensor& image, uint8_t* out);
}

}  // namespace acinus
