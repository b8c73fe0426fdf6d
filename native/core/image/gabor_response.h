// The strongest response of a Gabor bank at each pixel: on the CPU by a kernel of ours, elsewhere by convolution.
#pragma once

#include "core/image/gabor.h"

namespace acinus {

// gray: [B, 1, H, W] float or double. kernels: double [orientations · wavelengths, K, K], orientation-major, on the CPU.
// Returns the largest of the responses (correlation, reflect-101 border), at least 0: [B, 1, H, W] of gray's type.
Tensor strongest_response(const Tensor& gray, const Tensor& kernels, const EdgeOptions& options);

namespace plain {
Tensor strongest_response(const Tensor& gray, const Tensor& kernels);
}

}  // namespace acinus
