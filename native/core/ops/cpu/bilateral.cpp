#include "core/ops/bilateral.h"

#include "core/cpu/image_kernels.h"
#include "core/ops/cpu/bands.h"
#include "core/ops/cpu/implementations.h"

namespace acinus::ops::on_cpu {

// Colours are scaled so that the square of their distance is the exponent.
Tensor bilateral_sum(const Tensor& values, const Tensor& colours, const BilateralKernel& kernel) {
  const int64_t height = values.size(0), width = values.size(1), reach = kernel.reach();
  const int64_t stride = width + 2 * reach + cpu::kMostLanes;  // whole vectors are read
  const Tensor padded = at::zeros({4, height + 2 * reach + 1, stride}, at::kFloat);
  const auto inner = [&](const Tensor& plane) { return plane.narrow(-2, reach, height).narrow(-1, reach, width); };
  inner(padded.narrow(0, 0, 3)).copy_(colours).mul_(std::sqrt(0.5) / kernel.colour_width);
  inner(padded[3]).copy_(values);
  std::vector<int64_t> offsets;
  std::vector<float> exponents;
  for (int64_t dy = -reach; dy <= reach; ++dy) {
    for (int64_t dx = -reach; dx <= reach; ++dx) {
      const int64_t distance = dy * dy + dx * dx;
      if (distance == 0 || distance > reach * reach) continue;
      offsets.push_back(dy * stride + dx);
      exponents.push_back(static_cast<float>(-0.5 * static_cast<double>(distance) / (kernel.width * kernel.width)));
    }
  }
  const auto first = [&](int64_t plane) { return padded[plane].const_data_ptr<float>() + reach * stride + reach; };
  const cpu::BilateralPlanes planes{{first(0), first(1), first(2)}, first(3), stride};
  const cpu::BilateralNeighbours neighbours{offsets.data(), exponents.data(), static_cast<int64_t>(offsets.size())};
  const Tensor out = at::empty({height, width}, at::kFloat);
  for_bands(
      1, height,
      [&](int64_t, int64_t begin, int64_t end) {
        cpu::image_kernels().bilateral(planes, neighbours, width, begin, end, out.data_ptr<float>());
      },
      4);
  return out;
}

}  // namespace acinus::ops::on_cpu
