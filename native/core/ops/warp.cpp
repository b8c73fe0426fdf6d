#include "core/ops/warp.h"

#include <algorithm>

#include "core/ops/border.h"

namespace acinus::ops::plain {

namespace {

// The matrix M [n, n] for which M·v is v smoothed along an axis: one dense product does the whole axis on any device.
Tensor smoothing_matrix(int64_t size, double sigma, torch::Device device) {
  const auto reach = static_cast<int64_t>(4 * sigma + 0.5), taps = 2 * reach + 1;
  const Tensor distances = torch::arange(-reach, reach + 1, torch::TensorOptions(torch::kFloat64).device(device)) / sigma;
  const Tensor weights = (distances * distances * -0.5).exp_();
  // Row r takes its taps from the pixels r − reach … r + reach.
  const Tensor pixels = reflected_indices(-reach, size + 2 * reach, size, device).unfold(0, taps, 1);
  return torch::zeros({size, size}, weights.options()).scatter_add_(1, pixels, (weights / weights.sum()).expand({size, taps}));
}

// 0 … size − 1 to −1 … 1, in place.
void normalize(Tensor coordinates, int64_t size) {
  coordinates.mul_(2.0 / static_cast<double>(std::max<int64_t>(size - 1, 1))).sub_(1.0);
}

}  // namespace

Tensor smoothed(const Tensor& planes, double alpha, double sigma) {
  const int64_t height = planes.size(1), width = planes.size(2);
  const Tensor rows = smoothing_matrix(height, sigma, planes.device()).to(planes.scalar_type());
  const Tensor columns = height == width ? rows : smoothing_matrix(width, sigma, planes.device()).to(planes.scalar_type());
  return torch::matmul(torch::matmul(rows, planes), columns.t()).mul_(alpha);
}

Tensor remap(const Tensor& image, const Tensor& field, Interpolation interpolation) {
  const int64_t height = image.size(1), width = image.size(2);
  Tensor grid = torch::empty({height, width, 2}, field.options());
  Tensor x = grid.select(2, 0), y = grid.select(2, 1);
  torch::add_out(x, field[0], torch::arange(width, field.options()));
  torch::add_out(y, field[1], torch::arange(height, field.options()).unsqueeze(1));
  normalize(x, width);
  normalize(y, height);
  constexpr int64_t kReflect = 2;  // at::native::GridSamplerPadding::Reflection; about pixel centres with align_corners
  const int64_t mode = interpolation == Interpolation::kBilinear ? 0 : 1;
  return torch::grid_sampler(image.unsqueeze(0), grid.unsqueeze(0), mode, kReflect, /*align_corners=*/true).squeeze(0);
}

}  // namespace acinus::ops::plain
