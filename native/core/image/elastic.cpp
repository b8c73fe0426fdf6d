#include "core/image/elastic.h"

#include <algorithm>

#include "core/image/border.h"

namespace acinus {

namespace {

// The matrix M [n, n] for which M·v is v smoothed along an axis: one dense product does the whole axis on any device, and the
// border is exact however short the axis is.
Tensor smoothing_matrix(int64_t size, double sigma) {
  const auto reach = static_cast<int64_t>(4 * sigma + 0.5);
  std::vector<double> weights(static_cast<size_t>(2 * reach + 1));
  double sum = 0;
  for (int64_t k = -reach; k <= reach; ++k) {
    const double ratio = static_cast<double>(k) / sigma;
    sum += weights[static_cast<size_t>(k + reach)] = std::exp(-0.5 * ratio * ratio);
  }
  Tensor matrix = torch::zeros({size, size}, torch::kFloat64);
  auto* out = matrix.data_ptr<double>();
  for (int64_t row = 0; row < size; ++row) {
    for (int64_t k = -reach; k <= reach; ++k) {
      out[row * size + reflect_101(row + k, size)] += weights[static_cast<size_t>(k + reach)] / sum;
    }
  }
  return matrix.to(torch::kFloat32);
}

// 0 … size − 1 to −1 … 1, in place.
void normalize(Tensor coordinates, int64_t size) {
  coordinates.mul_(2.0 / static_cast<double>(std::max<int64_t>(size - 1, 1))).sub_(1.0);
}

}  // namespace

Tensor displacement_field(int64_t height, int64_t width, double alpha, double sigma, RandomStream random,
                          torch::Device device) {
  Tensor noise = torch::empty({2, height, width}, torch::kFloat32);
  auto* x = noise.data_ptr<float>();
  auto* y = x + height * width;
  for (int64_t i = 0; i < height * width; ++i) {
    x[i] = 2.0F * random.uniform_float() - 1.0F;
    y[i] = 2.0F * random.uniform_float() - 1.0F;
  }
  const Tensor rows = smoothing_matrix(height, sigma).to(device);
  const Tensor columns = height == width ? rows : smoothing_matrix(width, sigma).to(device);
  return torch::matmul(torch::matmul(rows, noise.to(device)), columns.t()).mul_(alpha);
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

}  // namespace acinus
