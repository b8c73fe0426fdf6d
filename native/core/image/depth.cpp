#include "core/image/depth.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "core/ops/parts.h"

namespace acinus {

namespace {

// Along each column to the nearest pixel outside; `far` where the column has none.
void column_depths(const uint8_t* mask, int64_t height, int64_t width, ops::Range columns, int32_t far, int32_t* out) {
  for (int64_t y = 0; y < height; ++y) {
    const uint8_t* inside = mask + y * width;
    int32_t* row = out + y * width;
    for (int64_t x = columns.begin; x < columns.end; ++x) {
      const int32_t above = y > 0 ? row[x - width] : far;
      row[x] = inside[x] == 0 ? 0 : std::min(above + 1, far);
    }
  }
  for (int64_t y = height - 2; y >= 0; --y) {
    int32_t* row = out + y * width;
    for (int64_t x = columns.begin; x < columns.end; ++x) row[x] = std::min(row[x], row[x + width] + 1);
  }
}

// The lower envelope of the parabolas (x − i)² + g[i]² over a run of pixels inside the mask (Meijster et al. 2000). The pixels
// beside the run are outside of the mask: nothing beyond them is nearer.
class RunEnvelope {
 public:
  explicit RunEnvelope(int64_t width) : sites_(static_cast<size_t>(width + 2)), starts_(static_cast<size_t>(width + 2)) {}

  void measure(const int32_t* g, int64_t first_site, int64_t last_site, int64_t begin, int64_t end, float* out) {
    const auto value = [g](int64_t x, int64_t i) { return (x - i) * (x - i) + int64_t{g[i]} * g[i]; };
    int64_t top = 0;
    sites_[0] = first_site;
    starts_[0] = begin;
    for (int64_t u = first_site + 1; u <= last_site; ++u) {
      while (top >= 0 && value(starts_[top], sites_[top]) > value(starts_[top], u)) --top;
      if (top < 0) {
        top = 0;
        sites_[0] = u;
        continue;
      }
      const int64_t i = sites_[top];
      const int64_t start = 1 + (u * u - i * i + int64_t{g[u]} * g[u] - int64_t{g[i]} * g[i]) / (2 * (u - i));
      if (start >= end) continue;
      ++top;
      sites_[top] = u;
      starts_[top] = std::max(start, begin);
    }
    for (int64_t x = end - 1; x >= begin; --x) {
      out[x] = static_cast<float>(std::sqrt(static_cast<double>(value(x, sites_[top]))));
      if (x == starts_[top]) --top;
    }
  }

 private:
  std::vector<int64_t> sites_, starts_;
};

}  // namespace

void depth_inside(const uint8_t* mask, int64_t height, int64_t width, float* out) {
  const int64_t pixels = height * width;
  if (std::find(mask, mask + pixels, uint8_t{0}) == mask + pixels) {
    std::fill(out, out + pixels, 0.0F);
    return;
  }
  const auto columns = std::make_unique_for_overwrite<int32_t[]>(static_cast<size_t>(pixels));
  const auto far = static_cast<int32_t>(height + width);
  ops::Parts(width, 64).each([&](int64_t, ops::Range band) { column_depths(mask, height, width, band, far, columns.get()); });
  ops::Parts(height).each([&](int64_t, ops::Range rows) {
    RunEnvelope envelope(width);
    for (int64_t y = rows.begin; y < rows.end; ++y) {
      const uint8_t* inside = mask + y * width;
      float* row = out + y * width;
      for (int64_t x = 0; x < width;) {
        if (inside[x] == 0) {
          row[x++] = 0;
          continue;
        }
        int64_t end = x + 1;
        while (end < width && inside[end] != 0) ++end;
        envelope.measure(columns.get() + y * width, std::max<int64_t>(x - 1, 0), std::min(end, width - 1), x, end, row);
        x = end;
      }
    }
  });
}

}  // namespace acinus
