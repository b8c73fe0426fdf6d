// How hard an image is to segment, from its mask (METHOD section 8).
#pragma once

#include <cstdint>

namespace acinus {

struct MaskStatistics {
  int64_t area = 0;                // cell pixels
  double perimeter = 0;            // px, of the whole foreground
  int64_t components = 0;          // 8-connected
  int64_t smallest_component = 0;  // px; 0 without cells
  int64_t pixels = 0;              // of the image, without those that do not count
  double boundary_excess = 0;  // mean over components of P/(2·√(π·A)) − 1, P and A each component's own; 0 without cells
  int64_t smallest_whole = 0;  // px, of the components that are not cut; 0 where there is none
};

// mask: H·W bytes, kIgnored does not count, any other non-zero = cell. A component is cut where it touches the image's rim or a
// pixel that does not count (8-neighbours). A perimeter is scikit-image's `perimeter(mask, neighborhood=4)` [decision]: border
// pixels are those with a 4-neighbour outside the foreground (the image's rim counts as outside); each weighs 1, √2 or (1 +
// √2)/2 by how the line of border pixels runs through it (Benkrid and Crookes 2000).
MaskStatistics mask_statistics(const uint8_t* mask, int64_t height, int64_t width);

enum class Complexity { kV2, kV1 };

struct ComplexityOptions {
  Complexity version;
  double empty_weight;        // of an image without cells
  double cell_weight;         // of an image with cells, before the factors
  double boundary_gain;       // of the boundary complexity in [0, 1]
  double density_gain;        // of the density in [0, 1]
  double crowded_cells;       // v2: components per 200 × 200 px at which the density is 1
  double boundary_scale;      // v1: perimeter / (4·√(π·area)) at which the boundary complexity is 1
  double crowded_components;  // v1: components at which the density is 1
  double small_area;          // px; a component below it …
  double small_factor;        // … multiplies the weight by this
};

// w = cell_weight · (1 + boundary_gain·b + density_gain·d) · (small_factor when a component is below small_area), with
// v2: b = boundary_excess clamped to [0, 1], d = min(1, components · 200² / pixels / crowded_cells); a component that touches
// the image's rim is cut, and not small.
// v1: b = min(1, perimeter / (4·√(π·area)) / boundary_scale), d = min(1, components / crowded_components).
double complexity_weight(const MaskStatistics& statistics, const ComplexityOptions& options);

}  // namespace acinus
