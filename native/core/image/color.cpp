#include "core/image/color.h"

namespace acinus {

Tensor imagenet_normalized(const Tensor& rgb) {
  Tensor out = torch::empty(rgb.sizes(), rgb.options().dtype(torch::kFloat32));
  out.copy_(rgb);
  for (int64_t c = 0; c < 3; ++c) {
    const auto mean = static_cast<float>(kImagenetMean[c]), deviation = static_cast<float>(kImagenetDeviation[c]);
    out.select(1, c).mul_(1.0F / (255.0F * deviation)).sub_(mean / deviation);
  }
  return out;
}

}  // namespace acinus
