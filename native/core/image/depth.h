// How deep each pixel of a mask lies in it.
#pragma once

#include <cstdint>

namespace acinus {

// The distances of distance_transform (core/ops/distance.h) on several threads; the time grows with the mask's own pixels. Into
// out[height · width], px; 0 outside of the mask, and everywhere where the mask has no pixel outside.
void depth_inside(const uint8_t* mask, int64_t height, int64_t width, float* out);

}  // namespace acinus
