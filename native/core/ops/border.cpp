#include "core/ops/border.h"

namespace acinus {

int64_t reflect_101(int64_t p, int64_t size) {
  if (size == 1) return 0;
  const int64_t period = 2 * (size - 1);
  const int64_t phase = ((p % period) + period) % period;
  return phase < size ? phase : period - phase;
}

Tensor reflected_indices(int64_t start, int64_t count, int64_t size, torch::Device device) {
  const auto options = torch::TensorOptions(torch::kInt64).device(device);
  if (size == 1) return torch::zeros({count}, options);
  const int64_t period = 2 * (size - 1);
  const Tensor phase = torch::arange(start, start + count, options).remainder(period);
  return at::minimum(phase, period - phase);
}

Tensor pad_reflect_101(const Tensor& image, int64_t border) {
  const int64_t height = image.size(-2), width = image.size(-1);
  return image.index_select(-2, reflected_indices(-border, height + 2 * border, height, image.device()))
      .index_select(-1, reflected_indices(-border, width + 2 * border, width, image.device()));
}

}  // namespace acinus
