#include "core/image/border.h"

namespace acinus {

int64_t reflect_101(int64_t p, int64_t size) {
  if (size == 1) return 0;
  const int64_t period = 2 * (size - 1);
  const int64_t phase = ((p % period) + period) % period;
  return phase < size ? phase : period - phase;
}

Tensor reflected_indices(int64_t start, int64_t count, int64_t size, torch::Device device) {
  Tensor indices = torch::empty({count}, torch::kInt64);
  auto* out = indices.data_ptr<int64_t>();
  for (int64_t i = 0; i < count; ++i) out[i] = reflect_101(start + i, size);
  return indices.to(device);
}

Tensor pad_reflect_101(const Tensor& image, int64_t border) {
  const int64_t height = image.size(-2), width = image.size(-1);
  return image.index_select(-2, reflected_indices(-border, height + 2 * border, height, image.device()))
      .index_select(-1, reflected_indices(-border, width + 2 * border, width, image.device()));
}

}  // namespace acinus
