#include "core/image/color.h"

namespace acinus {

namespace {

constexpr double kLuma[] = {0.299, 0.587, 0.114};
constexpr float kMean[] = {0.485F, 0.456F, 0.406F};
constexpr float kStd[] = {0.229F, 0.224F, 0.225F};

}  // namespace

Tensor luma(const Tensor& rgb) {
  const Tensor pixels = rgb.scalar_type() == torch::kFloat64 ? rgb : rgb.to(torch::kFloat32);
  Tensor out = pixels.narrow(1, 0, 1) * (kLuma[0] / 255.0);
  for (int64_t c = 1; c < 3; ++c) out.add_(pixels.narrow(1, c, 1), kLuma[c] / 255.0);
  return out;
}

Tensor imagenet_normalized(const Tensor& rgb) {
  Tensor out = torch::empty(rgb.sizes(), rgb.options().dtype(torch::kFloat32));
  out.copy_(rgb);
  for (int64_t c = 0; c < 3; ++c) out.select(1, c).mul_(1.0F / (255.0F * kStd[c])).sub_(kMean[c] / kStd[c]);
  return out;
}

}  // namespace acinus
