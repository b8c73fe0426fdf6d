#include "core/image/interleaved.h"

#include "core/cpu/image_kernels.h"
#include "core/image/bands.h"

namespace acinus {

void interleave_bytes(const Tensor& image, uint8_t* out) {
  if (!cpu::kernels_enabled() || !image.is_cpu() || image.scalar_type() != at::kFloat) {
    return plain::interleave_bytes(image, out);
  }
  const Tensor planes = image.contiguous();
  const int64_t height = planes.size(1), width = planes.size(2);
  const auto* from = planes.const_data_ptr<float>();
  for_bands(1, height, [&](int64_t, int64_t begin, int64_t end) {
    cpu::image_kernels().interleave(from, height * width, begin * width, end * width, out);
  });
}

void plain::interleave_bytes(const Tensor& image, uint8_t* out) {
  const auto [height, width] = std::pair(image.size(1), image.size(2));
  torch::from_blob(out, {height, width, 3}, at::kByte).copy_(image.clamp(0, 255).round().permute({1, 2, 0}));
}

}  // namespace acinus
