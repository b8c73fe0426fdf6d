// The cells that a probability map shows, and their measures.
#pragma once

#include <cstdint>
#include <vector>

namespace acinus {

// Coordinates in pixels; the centre of the first pixel is (0, 0).
struct Cell {
  int64_t area = 0;                                  // px
  double x = 0, y = 0;                               // centroid
  int64_t left = 0, top = 0, right = 0, bottom = 0;  // of the first and last pixels
  double score = 0;                                  // mean probability
};

// Writes 1 to `mask` where a probability is at least the threshold, otherwise 0, and to `labels` the number of each pixel's
// 8-connected component, as label_components numbers them. All three hold H·W values. Returns the component of each label.
std::vector<Cell> find_cells(const float* probability, int64_t height, int64_t width, double threshold, uint8_t* mask,
                             int32_t* labels);

}  // namespace acinus
