// 8-connected components of a mask.
#pragma once

#include <cstdint>
#include <vector>

namespace acinus {

struct Components {
  std::vector<int32_t> labels;  // H·W; 0 = background, otherwise 1 … count
  int32_t count = 0;
  std::vector<int64_t> areas;  // px; areas[i] belongs to label i + 1
};

// mask: H·W bytes, non-zero = foreground. Labels are numbered in raster order of each component's first pixel, as
// scipy.ndimage.label(mask, np.ones((3, 3))) and skimage.measure.label(mask, connectivity=2) number them.
Components connected_components(const uint8_t* mask, int64_t height, int64_t width);
// The same labels written to `labels`, H·W values. Returns how many components there are.
int32_t label_components(const uint8_t* mask, int64_t height, int64_t width, int32_t* labels);

// Cells that are told apart already, as components: labels holds H·W numbers, 0 for background, of any size and with gaps. They
// are numbered anew in raster order of each cell's first pixel.
Components components_of(const int32_t* labels, int64_t pixels);

}  // namespace acinus
