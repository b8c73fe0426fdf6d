#include "core/loss/boundary.h"

#include "core/error.h"
#include "core/ops/distance.h"

namespace acinus {

namespace {

constexpr int64_t kNumbersAtOnce = int64_t{1} << 24;  // of the plain version's table of candidates

Tensor mask_of(const Tensor& target) {
  if (target.dim() == 4) return target >= 0.5;
  throw Error("ACINUS_INVALID_ARGUMENT",
              "The boundary term needs a target of shape [B, 1, H, W]; got " + c10::str(target.sizes()) + ".");
}

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

namespace plain {

Tensor signed_distance_map(const Tensor& target, torch::ScalarType type) {
  const torch::NoGradGuard no_grad;
  const Tensor inside = mask_of(target), outside = inside.logical_not();
  const Tensor to_cells = squared_distances(inside).to(at::kDouble).sqrt();
  const Tensor to_background = squared_distances(outside).to(at::kDouble).sqrt();
  const Tensor has_boundary = inside.flatten(2).any(2).logical_and(outside.flatten(2).any(2)).unsqueeze(2).unsqueeze(3);
  return at::where(has_boundary, at::where(inside, 1 - to_background, to_cells), 0.0).to(type);
}

}  // namespace plain

Tensor signed_distance_map(const Tensor& target, torch::ScalarType type) {
  if (!target.is_cpu()) return plain::signed_distance_map(target, type);
  const torch::NoGradGuard no_grad;
  const Tensor masks = mask_of(target).to(torch::kUInt8).contiguous();
  const int64_t height = masks.size(2), width = masks.size(3), pixels = height * width;
  Tensor map = torch::empty(masks.sizes(), torch::kFloat64);
  const uint8_t* in = masks.const_data_ptr<uint8_t>();
  double* out = map.mutable_data_ptr<double>();
  for (int64_t i = 0; i < masks.size(0) * masks.size(1); ++i) {
    signed_distance(in + i * pixels, height, width, out + i * pixels);
  }
  return map.to(type);
}

Tensor boundary_term(const LossInput& input) {
  const Tensor& logits = input.logits();
  return (logits.sigmoid() * signed_distance_map(input.target(), logits.scalar_type())).mean();
}

}  // namespace acinus
