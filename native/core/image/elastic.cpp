#include "core/image/elastic.h"

#include <algorithm>

#include "core/cpu/image_kernels.h"
#include "core/image/bands.h"
#include "core/image/border.h"

namespace acinus {

namespace {

bool fast(const Tensor& x) { return cpu::kernels_enabled() && x.is_cpu() && x.scalar_type() == at::kFloat; }

// The weights of a Gaussian at the distances 0 … round(4σ), of sum 1 over both sides.
std::vector<double> gaussian(double sigma) {
  const auto reach = static_cast<size_t>(4 * sigma + 0.5);
  std::vector<double> weights(reach + 1);
  double sum = 0;
  for (size_t k = 0; k <= reach; ++k) {
    const double ratio = static_cast<double>(k) / sigma;
    weights[k] = std::exp(-0.5 * ratio * ratio);
    sum += (k == 0 ? 1 : 2) * weights[k];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

// A filter along an axis of `size` pixels, as the kernels take it.
class AxisFilter {
 public:
  AxisFilter(const std::vector<double>& weights, double factor, int64_t size) {
    for (const double weight : weights) weights_.push_back(static_cast<float>(factor * weight));
    for (int64_t i = -reach(); i < size + reach(); ++i) mirrored_.push_back(reflect_101(i, size));
  }
  int64_t reach() const { return static_cast<int64_t>(weights_.size()) - 1; }
  cpu::SymmetricFilter view() const { return {weights_.data(), static_cast<int>(reach()), mirrored_.data()}; }

 private:
  std::vector<float> weights_;
  std::vector<int64_t> mirrored_;
};

// Uniform in [−1, 1), float [2, H, W] on the CPU.
Tensor noise(int64_t height, int64_t width, const RandomStream& random) {
  Tensor out = torch::empty({2, height, width}, torch::kFloat32);
  auto* x = out.data_ptr<float>();
  auto* y = x + height * width;
  const int64_t pixels = height * width;
  constexpr int64_t kPart = 1 << 13;  // whole blocks of the stream
  cpu::parallel_parts((pixels + kPart - 1) / kPart, at::get_num_threads(), [&](int64_t part) {
    const int64_t begin = part * kPart;
    RandomStream own = random;
    own.skip(static_cast<uint64_t>(2 * begin));
    own.symmetric_pairs(std::min(kPart, pixels - begin), x + begin, y + begin);
  });
  return out;
}

// The matrix M [n, n] for which M·v is v smoothed along an axis: one dense product does the whole axis on any device.
Tensor smoothing_matrix(int64_t size, const std::vector<double>& weights) {
  const auto reach = static_cast<int64_t>(weights.size()) - 1;
  Tensor matrix = torch::zeros({size, size}, torch::kFloat64);
  auto* out = matrix.data_ptr<double>();
  for (int64_t row = 0; row < size; ++row) {
    for (int64_t k = -reach; k <= reach; ++k) {
      out[row * size + reflect_101(row + k, size)] += weights[static_cast<size_t>(std::abs(k))];
    }
  }
  return matrix;
}

// 0 … size − 1 to −1 … 1, in place.
void normalize(Tensor coordinates, int64_t size) {
  coordinates.mul_(2.0 / static_cast<double>(std::max<int64_t>(size - 1, 1))).sub_(1.0);
}

}  // namespace

Tensor displacement_field(int64_t height, int64_t width, double alpha, double sigma, const RandomStream& random,
                          torch::Device device) {
  return smoothed(noise(height, width, random).to(device), alpha, sigma);
}

Tensor smoothed(const Tensor& planes, double alpha, double sigma) {
  if (!fast(planes)) return plain::smoothed(planes, alpha, sigma);
  const int64_t count = planes.size(0), height = planes.size(1), width = planes.size(2);
  const auto weights = gaussian(sigma);
  const AxisFilter down(weights, 1, height), across(weights, alpha, width);
  const Tensor between = torch::empty(planes.sizes(), torch::kFloat32), out = torch::empty_like(between);
  const Tensor given = planes.contiguous();
  const auto* from = given.const_data_ptr<float>();
  auto *smoothed_down = between.data_ptr<float>(), *to = out.data_ptr<float>();
  constexpr int64_t kTall = 64;  // a band is read with the rows that its filter reaches above and below
  for_bands(
      count, height,
      [&](int64_t plane, int64_t begin, int64_t end) {
        const int64_t offset = plane * height * width;
        std::vector<float> scratch(static_cast<size_t>(cpu::filter_scratch(end - begin, down.view().reach)));
        cpu::image_kernels().filter_columns(from + offset, width, down.view(), begin, end, smoothed_down + offset,
                                            scratch.data());
      },
      kTall);
  for_bands(count, height, [&](int64_t plane, int64_t begin, int64_t end) {
    const int64_t offset = plane * height * width;
    std::vector<float> scratch(static_cast<size_t>(cpu::filter_scratch(width, across.view().reach)));
    cpu::image_kernels().filter_rows(smoothed_down + offset, width, across.view(), begin, end, to + offset, scratch.data());
  });
  return out;
}

Tensor remap(const Tensor& image, const Tensor& field, Interpolation interpolation) {
  if (!fast(image) || !fast(field)) return plain::remap(image, field, interpolation);
  const int64_t count = image.size(0), height = image.size(1), width = image.size(2);
  const Tensor from = image.contiguous(), moved = field.contiguous(), out = torch::empty(image.sizes(), torch::kFloat32);
  const auto* x = moved.const_data_ptr<float>();
  const cpu::Displacement displacement{x, x + height * width, height, width};
  for_bands(1, height, [&](int64_t, int64_t begin, int64_t end) {
    cpu::image_kernels().remap(from.const_data_ptr<float>(), count, displacement, interpolation == Interpolation::kNearest,
                               begin, end, out.data_ptr<float>());
  });
  return out;
}

namespace plain {

Tensor smoothed(const Tensor& planes, double alpha, double sigma) {
  const int64_t height = planes.size(1), width = planes.size(2);
  const auto weights = gaussian(sigma);
  const Tensor rows = smoothing_matrix(height, weights).to(planes.device(), planes.scalar_type());
  const Tensor columns = height == width ? rows : smoothing_matrix(width, weights).to(planes.device(), planes.scalar_type());
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

}  // namespace plain

}  // namespace acinus
