#include "core/ops/signed_distance.h"

#include <algorithm>

namespace acinus::ops::plain {

namespace {

constexpr int64_t kNumbersAtOnce = int64_t{1} << 24;  // of the table of candidates

// For each pixel the distance along its column to the nearest pixel of `points`, H + W where the column has none. [B, 1, H, W].
Tensor column_distances(const Tensor& points) {
  const int64_t height = points.size(2), far = height + points.size(3);
  const Tensor row = at::arange(height, points.options().dtype(at::kLong)).view({1, 1, height, 1}).expand_as(points);
  const Tensor above = std::get<0>(at::where(points, row, -far).cummax(2));
  const Tensor below = std::get<0>(at::where(points, row, height + far).flip(2).cummin(2)).flip(2);
  return at::minimum(row - above, below - row).clamp_max(far);
}

// For each pixel the squared distance to the nearest pixel of `points`, exact; meaningless in an image without any.
Tensor squared_distances(const Tensor& points) {
  const int64_t height = points.size(2), width = points.size(3);
  const Tensor squares = column_distances(points).square();
  const Tensor column = at::arange(width, squares.options());
  const Tensor across = (column.unsqueeze(1) - column).square();  // [x, x']
  const int64_t rows = std::max<int64_t>(1, kNumbersAtOnce / (points.size(0) * points.size(1) * width * width));
  std::vector<Tensor> parts;
  for (int64_t begin = 0; begin < height; begin += rows) {
    const Tensor some = squares.slice(2, begin, std::min(begin + rows, height));
    parts.push_back((some.unsqueeze(3) + across).amin(4));
  }
  return at::cat(parts, 2);
}

}  // namespace

Tensor signed_distance(const Tensor& mask) {
  const torch::NoGradGuard no_grad;
  const Tensor outside = mask.logical_not();
  const Tensor to_cells = squared_distances(mask).to(at::kDouble).sqrt();
  const Tensor to_background = squared_distances(outside).to(at::kDouble).sqrt();
  const Tensor has_boundary = mask.flatten(2).any(2).logical_and(outside.flatten(2).any(2)).unsqueeze(2).unsqueeze(3);
  return at::where(has_boundary, at::where(mask, 1 - to_background, to_cells), 0.0);
}

}  // namespace acinus::ops::plain
