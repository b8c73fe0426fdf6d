#include "core/data/complexity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/ignored.h"
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

using Codes = std::array<int64_t, 50>;  // how many border pixels have each code

double perimeter_of(const Codes& codes) {
  static const std::array<double, 50> weights = perimeter_weights();
  double total = 0;
  for (size_t code = 0; code < weights.size(); ++code) total += weights[code] * static_cast<double>(codes[code]);
  return total;
}

// Of each component. Those of 8-connected components do not touch, so that all foreground around a pixel is its own
// component's.
std::vector<Codes> border_codes(const uint8_t* mask, const Components& components, int64_t height, int64_t width) {
  const std::vector<uint8_t> border = framed_border(mask, height, width);
  const int64_t stride = width + 2;
  std::vector<Codes> out(components.areas.size(), Codes{});
  for (int64_t y = 1; y <= height; ++y) {
    for (int64_t x = 1; x <= width; ++x) {
      const uint8_t* at = &border[static_cast<size_t>(y * stride + x)];
      if (at[0] == 0) continue;
      const int code = 1 + 2 * (at[-1] + at[1] + at[-stride] + at[stride]) +
                       10 * (at[-stride - 1] + at[-stride + 1] + at[stride - 1] + at[stride + 1]);
      const int32_t label = components.labels[static_cast<size_t>((y - 1) * width + x - 1)];
      ++out[static_cast<size_t>(label - 1)][static_cast<size_t>(code)];
    }
  }
  return out;
}

double disc_perimeter(int64_t area) { return 2 * std::sqrt(std::numbers::pi * static_cast<double>(area)); }

// Which components have a pixel on the image's rim.
std::vector<bool> touching_rim(const std::vector<int32_t>& labels, size_t count, int64_t height, int64_t width) {
  std::vector<bool> touching(count + 1);
  for (int64_t x = 0; x < width; ++x) {
    for (const int64_t y : {int64_t{0}, height - 1})
      touching[static_cast<size_t>(labels[static_cast<size_t>(y * width + x)])] = true;
  }
  for (int64_t y = 0; y < height; ++y) {
    for (const int64_t x : {int64_t{0}, width - 1})
      touching[static_cast<size_t>(labels[static_cast<size_t>(y * width + x)])] = true;
  }
  touching.erase(touching.begin());  // of the background
  return touching;
}

// Marks the components beside pixels that do not count.
void add_touching_ignored(const uint8_t* mask, const Components& components, int64_t height, int64_t width,
                          std::vector<bool>& cut) {
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const int32_t label = components.labels[static_cast<size_t>(y * width + x)];
      if (label == 0) continue;
      for (int64_t j = std::max<int64_t>(y - 1, 0); j < std::min(y + 2, height); ++j) {
        for (int64_t i = std::max<int64_t>(x - 1, 0); i < std::min(x + 2, width); ++i) {
          if (mask[j * width + i] == kIgnored) cut[static_cast<size_t>(label - 1)] = true;
        }
      }
    }
  }
}

MaskStatistics statistics_of(const uint8_t* mask, const uint8_t* cells, int64_t ignored, int64_t height, int64_t width) {
  const Components components = connected_components(cells, height, width);
  MaskStatistics statistics;
  statistics.components = components.count;
  statistics.pixels = height * width - ignored;
  if (components.count == 0) return statistics;
  for (const int64_t area : components.areas) statistics.area += area;
  statistics.smallest_component = *std::min_element(components.areas.begin(), components.areas.end());
  const auto codes = border_codes(cells, components, height, width);
  auto cut = touching_rim(components.labels, components.areas.size(), height, width);
  if (ignored > 0) add_touching_ignored(mask, components, height, width, cut);
  Codes all{};  // of the whole foreground: added up before they are weighed, as runs of earlier versions did
  for (size_t i = 0; i < codes.size(); ++i) {
    const int64_t area = components.areas[i];
    for (size_t code = 0; code < all.size(); ++code) all[code] += codes[i][code];
    statistics.boundary_excess += perimeter_of(codes[i]) / disc_perimeter(area) - 1;
    if (!cut[i] && (statistics.smallest_whole == 0 || area < statistics.smallest_whole)) statistics.smallest_whole = area;
  }
  statistics.perimeter = perimeter_of(all);
  statistics.boundary_excess /= static_cast<double>(components.count);
  return statistics;
}

}  // namespace

MaskStatistics mask_statistics(const uint8_t* mask, int64_t height, int64_t width) {
  const auto ignored = static_cast<int64_t>(std::count(mask, mask + height * width, kIgnored));
  if (ignored == 0) return statistics_of(mask, mask, 0, height, width);
  std::vector<uint8_t> cells(mask, mask + height * width);
  std::replace(cells.begin(), cells.end(), kIgnored, uint8_t{0});
  return statistics_of(mask, cells.data(), ignored, height, width);
}

namespace {

constexpr double kCrowdedSide = 200;  // px

struct Measures {
  double boundary, density;  // in [0, 1]
  int64_t smallest;          // px; 0: no component counts
};

Measures measures_v1(const MaskStatistics& statistics, const ComplexityOptions& options) {
  const double compact = 4 * std::sqrt(std::numbers::pi * static_cast<double>(statistics.area));
  return {std::min(1.0, statistics.perimeter / compact / options.boundary_scale),
          std::min(1.0, static_cast<double>(statistics.components) / options.crowded_components),
          statistics.smallest_component};
}

Measures measures_v2(const MaskStatistics& statistics, const ComplexityOptions& options) {
  const double squares = static_cast<double>(statistics.pixels) / (kCrowdedSide * kCrowdedSide);
  const double cells = static_cast<double>(statistics.components) / squares;
  return {std::clamp(statistics.boundary_excess, 0.0, 1.0), std::min(1.0, cells / options.crowded_cells),
          statistics.smallest_whole};
}

}  // namespace

double complexity_weight(const MaskStatistics& statistics, const ComplexityOptions& options) {
  if (statistics.area == 0) return options.empty_weight;
  const auto [boundary, density, smallest] =
      options.version == Complexity::kV1 ? measures_v1(statistics, options) : measures_v2(statistics, options);
  const double weight = options.cell_weight * (1 + options.boundary_gain * boundary + options.density_gain * density);
  return smallest > 0 && static_cast<double>(smallest) < options.small_area ? weight * options.small_factor : weight;
}

}  // namespace acinus
