// Shape and brightness of labelled cells.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace acinus {

struct Region {
  double perimeter = 0;               // px, as scikit-image's perimeter(…, 4)
  double eccentricity = 0;            // of the ellipse of equal second moments: 0 for a circle, below 1
  std::array<double, 3> intensity{};  // mean red, green, blue; NaN without an image
};

// labels: H·W values of 0 … count; rgb: H·W·3 interleaved bytes, or null. Returns the region of each label from 1.
std::vector<Region> measure_regions(const int32_t* labels, const uint8_t* rgb, int64_t height, int64_t width, int32_t count);

// A copy of the image, in which those pixels of cells that have a 4-neighbour of another label are painted
// (skimage.segmentation.find_boundaries, mode "inner"). All H·W·3 interleaved bytes.
void paint_outlines(const int32_t* labels, const uint8_t* rgb, int64_t height, int64_t width,
                    const std::array<uint8_t, 3>& colour, uint8_t* out);

}  // namespace acinus
