// The reflect-101 border (dcb|abcd|cba), for any distance: OpenCV's `borderInterpolate(p, n, BORDER_REFLECT_101)`.
#pragma once

#include "core/torch.h"

namespace acinus {

// The pixel in [0, size) that position `p`, inside or outside, stands for. A single pixel reflects to itself.
int64_t reflect_101(int64_t p, int64_t size);

// The pixels that positions start … start + count − 1 of an axis stand for: int64 [count], for index_select.
Tensor reflected_indices(int64_t start, int64_t count, int64_t size, torch::Device device);

// [.., H, W] grown by `border` pixels on all four sides.
Tensor pad_reflect_101(const Tensor& image, int64_t border);

}  // namespace acinus
