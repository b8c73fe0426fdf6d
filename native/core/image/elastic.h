// Elastic deformation (Simard et al. 2003): uniform noise in [−1, 1], Gaussian-smoothed, times α, as displacements.
#pragma once

#include "core/ops/random.h"
#include "core/ops/warp.h"

namespace acinus {

// float [2, H, W], px: how far to the right (0) and downwards (1) of itself each pixel is fetched from (ops::remap). The noise
// is drawn pixel by pixel, x before y, in raster order. The Gaussian reaches round(4σ) px, as scipy's gaussian_filter and
// OpenCV's GaussianBlur of floats do, with a reflect-101 border.
Tensor displacement_field(int64_t height, int64_t width, double alpha, double sigma, const RandomStream& random,
                          torch::Device device);

}  // namespace acinus
