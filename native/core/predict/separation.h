// From probabilities to cells: threshold, holes, and touching cells told apart.
#pragma once

#include <cstdint>

namespace acinus {

struct SeparationOptions {
  bool watershed;             // otherwise 8-connected components
  double h;                   // px: hills that rise less above their pass are one cell; of the watershed alone
  double probability_weight;  // px: what a probability of 1 adds to the depth in the landscape; of the watershed alone
  int64_t minimum_size;       // px: smaller cells are none
  int64_t fill_holes;         // px: holes up to this area belong to the cell around them
};

// Writes to `mask` 1 in cells and 0 elsewhere, and to `labels` the number of each pixel's cell, from 1 in raster order of the
// cells' first pixels. All three hold H·W values. A pixel is foreground from the threshold on. The watershed's landscape is the
// distance to the background plus probability_weight times the probability. Returns how many cells there are.
int32_t separate(const float* probability, int64_t height, int64_t width, double threshold, const SeparationOptions& options,
                 uint8_t* mask, int32_t* labels);

}  // namespace acinus
