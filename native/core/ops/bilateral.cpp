#include "core/ops/bilateral.h"

#include <algorithm>

namespace acinus::ops::plain {

// One neighbour of all pixels at a time.
Tensor bilateral_sum(const Tensor& values, const Tensor& colours, const BilateralKernel& kernel) {
  const int64_t height = values.size(0), width = values.size(1), reach = kernel.reach();
  Tensor out = at::zeros_like(values);
  const double place = -0.5 / (kernel.width * kernel.width), colour = -0.5 / (kernel.colour_width * kernel.colour_width);
  for (int64_t dy = -reach; dy <= reach; ++dy) {
    for (int64_t dx = -reach; dx <= reach; ++dx) {
      if ((dy == 0 && dx == 0) || dy * dy + dx * dx > reach * reach) continue;
      const int64_t top = std::max<int64_t>(0, -dy), left = std::max<int64_t>(0, -dx);
      const int64_t rows = height - std::abs(dy), columns = width - std::abs(dx);
      if (rows <= 0 || columns <= 0) continue;
      const auto here = [&](const Tensor& x) { return x.narrow(-2, top, rows).narrow(-1, left, columns); };
      const auto there = [&](const Tensor& x) { return x.narrow(-2, top + dy, rows).narrow(-1, left + dx, columns); };
      const Tensor difference = (here(colours) - there(colours)).square_().sum(0);
      const double near = place * static_cast<double>(dy * dy + dx * dx);
      here(out).add_(difference.mul_(colour).add_(near).exp_().mul_(there(values)));
    }
  }
  return out;
}

}  // namespace acinus::ops::plain
