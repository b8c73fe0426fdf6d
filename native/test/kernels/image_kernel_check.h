// Holds each fast image operation against its plain version on random input, as kernel_check.h does those of the network.
#pragma once

#include "test/kernels/kernel_check.h"

namespace acinus {

// request.operation: gabor_response (of kernels `kernel` wide, `channels[0]` wavelengths), smoothed (σ = kernel / 4),
// bilateral_sum, remap_bilinear, remap_nearest; of `channels[0]` planes; of images transform; noise. Empty for any other. The
// plain version is computed in float64, except of the last two, which are exact.
std::vector<ops::KernelDifference> compare_image_kernels(const ops::KernelCase& request);

}  // namespace acinus
