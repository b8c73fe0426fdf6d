#include "core/eval/causes.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/eval/boundary.h"
#include "core/eval/objects.h"

namespace acinus {

namespace {

// Summed-area tables of luma and its square. Luma in thousandths of a grey level (299 R + 587 G + 114 B), so that the sums are
// exact.
class WindowContrast {
 public:
  WindowContrast(const uint8_t* channels, int64_t height, int64_t width)
      : height_(height), width_(width), sum_((height + 1) * (width + 1), 0), squares_(sum_.size(), 0) {
    const int64_t pixels = height * width;
    for (int64_t y = 0; y < height; ++y) {
      uint64_t row = 0, row_squares = 0;
      for (int64_t x = 0; x < width; ++x) {
        const uint8_t* p = channels + y * width + x;
        const uint64_t luma = 299u * p[0] + 587u * p[pixels] + 114u * p[2 * pixels];
        row += luma;
        row_squares += luma * luma;
        sum_[at(y + 1, x + 1)] = sum_[at(y, x + 1)] + row;
        squares_[at(y + 1, x + 1)] = squares_[at(y, x + 1)] + row_squares;
      }
    }
  }

  bool low(int64_t y, int64_t x) const {
    constexpr int64_t kHalf = kContrastWindow / 2;
    const int64_t y0 = std::max<int64_t>(y - kHalf, 0), y1 = std::min(y + kHalf + 1, height_);
    const int64_t x0 = std::max<int64_t>(x - kHalf, 0), x1 = std::min(x + kHalf + 1, width_);
    const auto count = static_cast<double>((y1 - y0) * (x1 - x0));
    const double mean = static_cast<double>(window(sum_, y0, y1, x0, x1)) / count;
    const double variance = static_cast<double>(window(squares_, y0, y1, x0, x1)) / count - mean * mean;
    constexpr double kLimit = kLowContrast * 255000.0;
    return variance < kLimit * kLimit;
  }

 private:
  size_t at(int64_t y, int64_t x) const { return static_cast<size_t>(y * (width_ + 1) + x); }
  // Unsigned: the differences are right even where the running sums have wrapped around.
  uint64_t window(const std::vector<uint64_t>& table, int64_t y0, int64_t y1, int64_t x0, int64_t x1) const {
    return table[at(y1, x1)] - table[at(y0, x1)] - table[at(y1, x0)] + table[at(y0, x0)];
  }

  int64_t height_, width_;
  std::vector<uint64_t> sum_, squares_;
};

std::vector<uint8_t> foreground(const Components& components) {
  std::vector<uint8_t> out(components.labels.size());
  std::transform(components.labels.begin(), components.labels.end(), out.begin(), [](int32_t l) { return l != 0 ? 1 : 0; });
  return out;
}

}  // namespace

CauseCounts& CauseCounts::operator+=(const CauseCounts& other) {
  small_component += other.small_component;
  boundary += other.boundary;
  low_contrast += other.low_contrast;
  elsewhere += other.elsewhere;
  contrast_known = contrast_known && other.contrast_known;
  return *this;
}

CauseCounts count_causes(const Components& predicted, const Components& truth, const uint8_t* channels, int64_t height,
                         int64_t width) {
  const std::vector<uint8_t> true_boundary = boundary_pixels(foreground(truth).data(), height, width);
  const std::vector<int64_t> to_boundary = squared_distance_to(true_boundary, height, width);
  std::vector<WindowContrast> contrast;
  if (channels != nullptr) contrast.emplace_back(channels, height, width);

  CauseCounts out;
  out.contrast_known = channels != nullptr;
  for (int64_t i = 0; i < height * width; ++i) {
    const int32_t t = truth.labels[i], p = predicted.labels[i];
    if ((t != 0) == (p != 0)) continue;
    const int64_t area = t != 0 ? truth.areas[t - 1] : predicted.areas[p - 1];
    if (area < kSmallObject) {
      ++out.small_component;
    } else if (to_boundary[i] >= 0 && static_cast<double>(to_boundary[i]) <= kBoundaryTolerance * kBoundaryTolerance) {
      ++out.boundary;
    } else if (!contrast.empty() && contrast.front().low(i / width, i % width)) {
      ++out.low_contrast;
    } else {
      ++out.elsewhere;
    }
  }
  return out;
}

ErrorCauses error_causes(const CauseCounts& c) {
  const int64_t errors = c.small_component + c.boundary + c.low_contrast + c.elsewhere;
  const double undefined = std::numeric_limits<double>::quiet_NaN();
  if (errors == 0) return {undefined, undefined, undefined, undefined};
  const auto share = [errors](int64_t count) { return static_cast<double>(count) / static_cast<double>(errors); };
  return {.small_component = share(c.small_component),
          .boundary = share(c.boundary),
          .low_contrast = c.contrast_known ? share(c.low_contrast) : undefined,
          .elsewhere = share(c.elsewhere)};
}

}  // namespace acinus
