#include "core/predict/rescaled.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/ops/parts.h"

namespace acinus {

namespace {

int64_t scaled(int64_t length, double scale) { return std::max<int64_t>(1, std::llround(static_cast<double>(length) * scale)); }

// float [B, C, H, W]
Tensor resized(const Tensor& values, int64_t height, int64_t width) {
  return at::_upsample_bilinear2d_aa(values, {height, width}, /*align_corners=*/false);
}

// Of each of `to` pixels the nearest of `from`, by their centres.
std::vector<int64_t> nearest(int64_t from, int64_t to) {
  std::vector<int64_t> out(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) out[static_cast<size_t>(i)] = std::min((2 * i + 1) * from / (2 * to), from - 1);
  return out;
}

}  // namespace

Tensor rescaled_image(const Tensor& rgb, double scale) {
  const int64_t height = scaled(rgb.size(2), scale), width = scaled(rgb.size(3), scale);
  if (height == rgb.size(2) && width == rgb.size(3)) return rgb;
  return resized(rgb.to(at::kFloat), height, width).round_().clamp_(0, 255).to(at::kByte);
}

int32_t separate_rescaled(const Tensor& found, int64_t height, int64_t width, double threshold,
                          const SeparationOptions& options, float* probability, uint8_t* mask, int32_t* labels) {
  const Tensor seen = found.contiguous();
  const int64_t rows = seen.size(0), columns = seen.size(1), pixels = height * width;
  std::vector<uint8_t> small_mask(static_cast<size_t>(rows * columns));
  std::vector<int32_t> small(small_mask.size());
  const int32_t count =
      separate(seen.const_data_ptr<float>(), rows, columns, threshold, options, small_mask.data(), small.data());

  const Tensor own = resized(seen.view({1, 1, rows, columns}), height, width).clamp_(0, 1).contiguous();
  std::copy_n(own.const_data_ptr<float>(), pixels, probability);
  const auto from_row = nearest(rows, height), from_column = nearest(columns, width);
  ops::Parts(height).each([&](int64_t, ops::Range range) {
    for (int64_t y = range.begin; y < range.end; ++y) {
      const int32_t* from = small.data() + from_row[static_cast<size_t>(y)] * columns;
      for (int64_t x = 0; x < width; ++x) labels[y * width + x] = from[from_column[static_cast<size_t>(x)]];
    }
  });
  std::vector<int32_t> number(static_cast<size_t>(count) + 1);
  int32_t kept = 0;
  for (int64_t i = 0; i < pixels; ++i) {
    int32_t& label = labels[i];
    mask[i] = label != 0 ? 1 : 0;
    if (label == 0) continue;
    int32_t& of = number[static_cast<size_t>(label)];
    if (of == 0) of = ++kept;
    label = of;
  }
  return kept;
}

}  // namespace acinus
