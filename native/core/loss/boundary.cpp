#include "core/loss/boundary.h"

#include "core/error.h"
#include "core/ops/distance.h"

namespace acinus {

Tensor signed_distance_map(const Tensor& target, torch::ScalarType type) {
  if (target.dim() != 4) {
    throw Error("ACINUS_INVALID_ARGUMENT",
                "The boundary term needs a target of shape [B, 1, H, W]; got " + c10::str(target.sizes()) + ".");
  }
  const torch::NoGradGuard no_grad;
  const Tensor masks = (target >= 0.5).to(torch::kCPU, torch::kUInt8).contiguous();
  const int64_t height = masks.size(2), width = masks.size(3), pixels = height * width;
  Tensor map = torch::empty(masks.sizes(), torch::kFloat64);
  const uint8_t* in = masks.const_data_ptr<uint8_t>();
  double* out = map.mutable_data_ptr<double>();
  for (int64_t i = 0; i < masks.size(0) * masks.size(1); ++i) {
    signed_distance(in + i * pixels, height, width, out + i * pixels);
  }
  return map.to(target.device(), type);
}

Tensor boundary_loss(const Tensor& logits, const Tensor& target) {
  return (logits.sigmoid() * signed_distance_map(target, logits.scalar_type())).mean();
}

}  // namespace acinus
