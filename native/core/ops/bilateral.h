// Sums over neighbours that are near in place and in colour.
#pragma once

#include <cmath>

#include "core/torch.h"

namespace acinus::ops {

struct BilateralKernel {
  double width;         // px: standard deviation in place
  double colour_width;  // grey levels: standard deviation in each channel

  // px. Beyond it a weight is below exp(−3.5²/2) = 0.0022 and counts as 0.
  int64_t reach() const { return static_cast<int64_t>(std::ceil(3.5 * width)); }
};

// values: float [H, W]; colours: float [3, H, W]. Of every pixel the sum over the others within `reach` of k · value, with k =
// exp(−|Δplace|²/2·width² − |Δcolour|²/2·colour_width²). Outside of the image there is nothing. Returns [H, W].
Tensor bilateral_sum(const Tensor& values, const Tensor& colours, const BilateralKernel& kernel);

// In float or double.
namespace plain {
Tensor bilateral_sum(const Tensor& values, const Tensor& colours, const BilateralKernel& kernel);
}

}  // namespace acinus::ops
