// What elastic deformation is made of: smoothing, and fetching pixels from elsewhere.
#pragma once

#include "core/torch.h"

namespace acinus::ops {

// planes: float [N, H, W]. Smoothed by a Gaussian that reaches round(4σ) px, with a reflect-101 border, times alpha.
Tensor smoothed(const Tensor& planes, double alpha, double sigma);

enum class Interpolation { kBilinear, kNearest };

// image: float [C, H, W]; field: float [2, H, W], px. Fetches each pixel from where the field says: so far to the right (0) and
// downwards (1) of itself, reflect-101 outside.
Tensor remap(const Tensor& image, const Tensor& field, Interpolation interpolation);

// In float or double.
namespace plain {
Tensor smoothed(const Tensor& planes, double alpha, double sigma);
Tensor remap(const Tensor& image, const Tensor& field, Interpolation interpolation);
}  // namespace plain

}  // namespace acinus::ops
