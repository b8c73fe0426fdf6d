#include "core/image/row_scaler.h"

#include <algorithm>
#include <cmath>

#include "core/ops/parts.h"

namespace acinus {

// As PyTorch's `_upsample_bilinear2d_aa` without aligned corners, with positions in double.
std::vector<AxisPart> axis_parts(int64_t from, int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to), support = std::max(scale, 1.0);
  std::vector<AxisPart> out;
  out.reserve(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) {
    const double centre = scale * (static_cast<double>(i) + 0.5);
    const int64_t first = std::max<int64_t>(static_cast<int64_t>(centre - support + 0.5), 0);
    const int64_t end = std::min<int64_t>(static_cast<int64_t>(centre + support + 0.5), from);
    std::vector<double> weights;
    double sum = 0;
    for (int64_t j = first; j < end; ++j) {
      weights.push_back(std::max(0.0, 1 - std::abs(static_cast<double>(j) - centre + 0.5) / support));
      sum += weights.back();
    }
    AxisPart part{first, {}};
    for (const double weight : weights) part.weights.push_back(static_cast<float>(weight / sum));
    out.push_back(std::move(part));
  }
  return out;
}

RowScaler::RowScaler(int64_t channels, int64_t from_height, int64_t from_width, int64_t to_height, int64_t to_width)
    : channels_(channels),
      from_width_(from_width),
      vertical_(axis_parts(from_height, to_height)),
      horizontal_(axis_parts(from_width, to_width)),
      waiting_(at::empty({channels, 0, to_width})) {}

int64_t RowScaler::needed(int64_t rows) const {
  if (rows == 0) return 0;
  const AxisPart& last = vertical_[static_cast<size_t>(rows) - 1];
  return last.first + static_cast<int64_t>(last.weights.size());
}

Tensor RowScaler::add(const Tensor& rows) {
  const int64_t count = rows.size(1), width = static_cast<int64_t>(horizontal_.size());
  const Tensor given = rows.contiguous(), across = at::empty({channels_, count, width});
  const float* from = given.const_data_ptr<float>();
  float* to = across.mutable_data_ptr<float>();
  ops::Parts(channels_ * count).each([&](int64_t, ops::Range range) {
    for (int64_t row = range.begin; row < range.end; ++row) {
      const float* line = from + row * from_width_;
      for (int64_t x = 0; x < width; ++x) {
        const AxisPart& part = horizontal_[static_cast<size_t>(x)];
        float sum = 0;
        for (size_t j = 0; j < part.weights.size(); ++j) sum += part.weights[j] * line[part.first + static_cast<int64_t>(j)];
        to[row * width + x] = sum;
      }
    }
  });
  waiting_ = waiting_.size(1) == 0 ? across : at::cat({waiting_, across}, 1);
  given_ += count;

  int64_t end = done_;
  while (end < static_cast<int64_t>(vertical_.size()) && needed(end + 1) <= given_) ++end;
  const int64_t held = waiting_.size(1), made = end - done_;
  const Tensor out = at::empty({channels_, made, width});
  const float* lines = waiting_.const_data_ptr<float>();
  float* result = out.mutable_data_ptr<float>();
  ops::Parts(channels_ * made).each([&](int64_t, ops::Range range) {
    for (int64_t row = range.begin; row < range.end; ++row) {
      const AxisPart& part = vertical_[static_cast<size_t>(done_ + row % made)];
      const float* first = lines + (row / made * held + part.first - top_) * width;
      float* line = result + row * width;
      std::fill_n(line, width, 0.0F);
      for (size_t j = 0; j < part.weights.size(); ++j) {
        const float* source = first + static_cast<int64_t>(j) * width;
        for (int64_t x = 0; x < width; ++x) line[x] += part.weights[j] * source[x];
      }
    }
  });
  done_ = end;
  const int64_t keep = end == static_cast<int64_t>(vertical_.size()) ? given_ : vertical_[static_cast<size_t>(end)].first;
  waiting_ = waiting_.slice(1, std::min(keep, given_) - top_).contiguous();
  top_ = std::min(keep, given_);
  return out;
}

Tensor scaled_rows(const Tensor& values, int64_t height, int64_t width) {
  return RowScaler(values.size(0), values.size(1), values.size(2), height, width).add(values);
}

}  // namespace acinus
