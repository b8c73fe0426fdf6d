#include "core/data/complexity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/image/components.h"
#include "core/image/perimeter.h"

namespace acinus {

namespace {

// The border pixels, in a frame of zeros one pixel wide: (H + 2)·(W + 2) bytes.
std::vector<uint8_t> framed_border(const uint8_t* mask, int64_t height, int64_t width) {
  const int64_t stride = width + 2;
  std::vector<uint8_t> framed(static_cast<size_t>((height + 2) * stride), 0);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) framed[static_cast<size_t>((y + 1) * stride + x + 1)] = mask[y * width + x] != 0;
  }
  std::vector<uint8_t> border(framed.size(), 0);
  for (int64_t y = 1; y <= height; ++y) {
    for (int64_t x = 1; x <= width; ++x) {
      const uint8_t* at = &framed[static_cast<size_t>(y * stride + x)];
      const uint8_t inside = at[-1] & at[1] & at[-stride] & at[stride];
      border[static_cast<size_t>(y * stride + x)] = at[0] & ~inside;
    }
  }
  return border;
}

double perimeter(const uint8_t* mask, int64_t height, int64_t width) {
  const std::vector<uint8_t> border = framed_border(mask, height, width);
  const int64_t stride = width + 2;
  std::array<int64_t, 50> histogram{};
  for (int64_t y = 1; y <= height; ++y) {
    for (int64_t x = 1; x <= width; ++x) {
      const uint8_t* at = &border[static_cast<size_t>(y * stride + x)];
      if (at[0] == 0) continue;
      const int code = 1 + 2 * (at[-1] + at[1] + at[-stride] + at[stride]) +
                       10 * (at[-stride - 1] + at[-stride + 1] + at[stride - 1] + at[stride + 1]);
      ++histogram[static_cast<size_t>(code)];
    }
  }
  const std::array<double, 50> weights = perimeter_weights();
  double total = 0;
  for (size_t code = 0; code < weights.size(); ++code) total += weights[code] * static_cast<double>(histogram[code]);
  return total;
}

}  // namespace

MaskStatistics mask_statistics(const uint8_t* mask, int64_t height, int64_t width) {
  const Components components = connected_components(mask, height, width);
  MaskStatistics statistics;
  statistics.components = components.count;
  if (components.count == 0) return statistics;
  for (const int64_t area : components.areas) statistics.area += area;
  statistics.smallest_component = *std::min_element(components.areas.begin(), components.areas.end());
  statistics.perimeter = perimeter(mask, height, width);
  return statistics;
}

double complexity_weight(const MaskStatistics& statistics, const ComplexityOptions& options) {
  if (statistics.area == 0) return options.empty_weight;
  const double compact = 4 * std::sqrt(std::numbers::pi * static_cast<double>(statistics.area));
  const double boundary = std::min(1.0, statistics.perimeter / compact / options.boundary_scale);
  const double density = std::min(1.0, static_cast<double>(statistics.components) / options.crowded_components);
  const double weight = options.cell_weight * (1 + options.boundary_gain * boundary + options.density_gain * density);
  return static_cast<double>(statistics.smallest_component) < options.small_area ? weight * options.small_factor : weight;
}

}  // namespace acinus
