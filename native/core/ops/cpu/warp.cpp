#include "core/ops/warp.h"

#include "core/cpu/image_kernels.h"
#include "core/ops/border.h"
#include "core/ops/cpu/bands.h"
#include "core/ops/cpu/implementations.h"

namespace acinus::ops::on_cpu {

namespace {

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

}  // namespace

Tensor smoothed(const Tensor& planes, double alpha, double sigma) {
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

}  // namespace acinus::ops::on_cpu
