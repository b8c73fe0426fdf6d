#include "core/predict/empty_tile.h"

#include <algorithm>

namespace acinus {

double tile_contrast(const Tensor& rgb) {
  constexpr int64_t kBlock = 8;  // px
  const Tensor pixels = rgb.to(at::kFloat).unsqueeze(0);
  const int64_t block[] = {std::min(kBlock, rgb.size(1)), std::min(kBlock, rgb.size(2))};
  const Tensor means = at::avg_pool2d(pixels, block, block, 0, /*ceil_mode=*/true, /*count_include_pad=*/false).flatten(2);
  return (means.amax(2) - means.amin(2)).max().item<double>();
}

}  // namespace acinus
