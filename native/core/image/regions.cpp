#include "core/image/regions.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/image/perimeter.h"
#include "core/ops/parts.h"

namespace acinus {

namespace {

// Sums over a cell's pixels. Coordinates count from its first pixel, so that sums of squares stay exact.
struct Sums {
  int64_t area = 0, first_x = 0, first_y = 0;
  int64_t x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  std::array<int64_t, 3> colour{};
};

double eccentricity(const Sums& s) {
  const auto area = static_cast<double>(s.area);
  const double x = static_cast<double>(s.x) / area, y = static_cast<double>(s.y) / area;
  const double xx = static_cast<double>(s.xx) / area - x * x, yy = static_cast<double>(s.yy) / area - y * y;
  const double xy = static_cast<double>(s.xy) / area - x * y;
  const double middle = (xx + yy) / 2, apart = std::hypot((xx - yy) / 2, xy);
  const double longest = middle + apart;
  return longest <= 0 ? 0 : std::sqrt(std::clamp(1 - (middle - apart) / longest, 0.0, 1.0));
}

}  // namespace

std::vector<Region> measure_regions(const int32_t* labels, const uint8_t* rgb, int64_t height, int64_t width, int32_t count) {
  std::vector<Sums> sums(static_cast<size_t>(count));
  for (int64_t y = 0, i = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x, ++i) {
      if (labels[i] == 0) continue;
      Sums& s = sums[static_cast<size_t>(labels[i]) - 1];
      if (s.area++ == 0) {
        s.first_x = x;
        s.first_y = y;
      }
      const int64_t dx = x - s.first_x, dy = y - s.first_y;
      s.x += dx;
      s.y += dy;
      s.xx += dx * dx;
      s.yy += dy * dy;
      s.xy += dx * dy;
      if (rgb == nullptr) continue;
      for (size_t channel = 0; channel < 3; ++channel) s.colour[channel] += rgb[3 * i + static_cast<int64_t>(channel)];
    }
  }
  const std::vector<double> perimeters = cell_perimeters(labels, height, width, count);
  std::vector<Region> out(sums.size());
  for (size_t cell = 0; cell < sums.size(); ++cell) {
    out[cell].perimeter = perimeters[cell];
    out[cell].eccentricity = sums[cell].area == 0 ? 0 : eccentricity(sums[cell]);
    for (size_t channel = 0; channel < 3; ++channel) {
      out[cell].intensity[channel] =
          rgb == nullptr ? std::numeric_limits<double>::quiet_NaN()
                         : static_cast<double>(sums[cell].colour[channel]) / static_cast<double>(sums[cell].area);
    }
  }
  return out;
}

void paint_outlines(const int32_t* labels, const uint8_t* rgb, int64_t height, int64_t width,
                    const std::array<uint8_t, 3>& colour, uint8_t* out) {
  ops::Parts(height).each([&](int64_t, ops::Range rows) {
    std::memcpy(out + 3 * rows.begin * width, rgb + 3 * rows.begin * width,
                static_cast<size_t>(3 * (rows.end - rows.begin) * width));
    for (int64_t y = rows.begin; y < rows.end; ++y) {
      for (int64_t x = 0; x < width; ++x) {
        const int64_t i = y * width + x;
        const int32_t label = labels[i];
        if (label == 0) continue;
        const bool edge = (x > 0 && labels[i - 1] != label) || (x + 1 < width && labels[i + 1] != label) ||
                          (y > 0 && labels[i - width] != label) || (y + 1 < height && labels[i + width] != label);
        if (edge) std::copy(colour.begin(), colour.end(), out + 3 * i);
      }
    }
  });
}

}  // namespace acinus
