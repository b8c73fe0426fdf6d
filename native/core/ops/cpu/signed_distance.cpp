#include "core/ops/cpu/implementations.h"
#include "core/ops/distance.h"

namespace acinus::ops::on_cpu {

Tensor signed_distance(const Tensor& mask) {
  const Tensor bytes = mask.to(at::kByte).contiguous();
  const int64_t height = bytes.size(2), width = bytes.size(3), pixels = height * width;
  Tensor map = at::empty(bytes.sizes(), at::kDouble);
  const auto* in = bytes.const_data_ptr<uint8_t>();
  auto* out = map.mutable_data_ptr<double>();
  for (int64_t i = 0; i < bytes.size(0) * bytes.size(1); ++i) {
    acinus::signed_distance(in + i * pixels, height, width, out + i * pixels);
  }
  return map;
}

}  // namespace acinus::ops::on_cpu
