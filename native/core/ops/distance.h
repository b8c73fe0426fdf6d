// Exact Euclidean distance transform, and the signed distance to a mask's boundary.
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

// The signed distance of Kervadec's reference (`one_hot2dist`), px, into out[height · width]: outside of the mask the distance
// to its nearest pixel; inside, 1 less than that to the nearest pixel outside, negative, so that a cell's rim is 0. A mask that
// is empty or full has no boundary: zeros (the reference says so of an empty one, and asks SciPy for something undefined of a
// full one).
void signed_distance(const uint8_t* mask, int64_t height, int64_t width, double* out);

}  // namespace acinus
