// Exact Euclidean distance transform.
#pragma once

#include <cstdint>
#include <vector>

namespace acinus {

// For every pixel the distance (px) between its centre and that of the nearest zero pixel of the mask; 0 on zero pixels. As
// scipy.ndimage.distance_transform_edt(mask). A mask without a zero pixel gives infinity everywhere (scipy leaves that
// undefined). Meijster, Roerdink, Hesselink 2000: linear time, integer arithmetic until the last square root.
std::vector<float> distance_transform(const uint8_t* mask, int64_t height, int64_t width);

// The same, squared and exact; -1 everywhere when there is no zero pixel.
std::vector<int64_t> squared_distance_transform(const uint8_t* mask, int64_t height, int64_t width);

}  // namespace acinus
