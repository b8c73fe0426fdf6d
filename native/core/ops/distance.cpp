#include "core/ops/distance.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace acinus {

namespace {

// Distance along each column to the nearest zero pixel, `far` (larger than any real one) where the column has none.
std::vector<int64_t> column_distances(const uint8_t* mask, int64_t height, int64_t width, int64_t far) {
  std::vector<int64_t> g(static_cast<size_t>(height * width));
  for (int64_t x = 0; x < width; ++x) g[x] = mask[x] == 0 ? 0 : far;
  for (int64_t y = 1; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const int64_t i = y * width + x;
      g[i] = mask[i] == 0 ? 0 : std::min(g[i - width] + 1, far);
    }
  }
  for (int64_t y = height - 2; y >= 0; --y) {
    for (int64_t x = 0; x < width; ++x) {
      const int64_t i = y * width + x;
      g[i] = std::min(g[i], g[i + width] + 1);
    }
  }
  return g;
}

// Lower envelope of the parabolas (x − i)² + g[i]² of one row.
void row_distances(const int64_t* g, int64_t width, std::vector<int64_t>& sites, std::vector<int64_t>& starts, int64_t* out) {
  const auto value = [g](int64_t x, int64_t i) { return (x - i) * (x - i) + g[i] * g[i]; };
  int64_t top = 0;
  sites[0] = 0;
  starts[0] = 0;
  for (int64_t u = 1; u < width; ++u) {
    while (top >= 0 && value(starts[top], sites[top]) > value(starts[top], u)) --top;
    if (top < 0) {
      top = 0;
      sites[0] = u;
      continue;
    }
    // First column where u is nearer than the last site; the numerator may be negative only where the loop above has removed
    // it.
    const int64_t i = sites[top];
    const int64_t start = 1 + (u * u - i * i + g[u] * g[u] - g[i] * g[i]) / (2 * (u - i));
    if (start < width) {
      ++top;
      sites[top] = u;
      starts[top] = start;
    }
  }
  for (int64_t x = width - 1; x >= 0; --x) {
    out[x] = value(x, sites[top]);
    if (x == starts[top]) --top;
  }
}

}  // namespace

std::vector<int64_t> squared_distance_transform(const uint8_t* mask, int64_t height, int64_t width) {
  const int64_t pixels = height * width;
  if (std::find(mask, mask + pixels, uint8_t{0}) == mask + pixels) return std::vector<int64_t>(static_cast<size_t>(pixels), -1);
  const std::vector<int64_t> g = column_distances(mask, height, width, height + width);
  std::vector<int64_t> out(static_cast<size_t>(pixels));
  std::vector<int64_t> sites(static_cast<size_t>(width)), starts(static_cast<size_t>(width));
  for (int64_t y = 0; y < height; ++y) row_distances(g.data() + y * width, width, sites, starts, out.data() + y * width);
  return out;
}

std::vector<float> distance_transform(const uint8_t* mask, int64_t height, int64_t width) {
  const std::vector<int64_t> squared = squared_distance_transform(mask, height, width);
  std::vector<float> out(squared.size());
  std::transform(squared.begin(), squared.end(), out.begin(), [](int64_t d) {
    return d < 0 ? std::numeric_limits<float>::infinity() : static_cast<float>(std::sqrt(static_cast<double>(d)));
  });
  return out;
}

void signed_distance(const uint8_t* mask, int64_t height, int64_t width, double* out) {
  const std::vector<int64_t> inside = squared_distance_transform(mask, height, width);
  std::vector<uint8_t> background(inside.size());
  std::transform(mask, mask + inside.size(), background.begin(), [](uint8_t cell) { return static_cast<uint8_t>(cell == 0); });
  const std::vector<int64_t> outside = squared_distance_transform(background.data(), height, width);
  if (inside[0] < 0 || outside[0] < 0) {
    std::fill(out, out + inside.size(), 0.0);
    return;
  }
  for (size_t i = 0; i < inside.size(); ++i) {
    out[i] = mask[i] == 0 ? std::sqrt(static_cast<double>(outside[i])) : 1 - std::sqrt(static_cast<double>(inside[i]));
  }
}

}  // namespace acinus
