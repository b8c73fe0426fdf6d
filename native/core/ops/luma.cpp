#include "core/ops/luma.h"

namespace acinus::ops::plain {

Tensor luma(const Tensor& rgb) {
  const Tensor pixels = rgb.scalar_type() == torch::kFloat64 ? rgb : rgb.to(torch::kFloat32);
  Tensor out = pixels.narrow(1, 0, 1) * (kLuma[0] / 255.0);
  for (int64_t c = 1; c < 3; ++c) out.add_(pixels.narrow(1, c, 1), kLuma[static_cast<size_t>(c)] / 255.0);
  return out;
}

}  // namespace acinus::ops::plain
