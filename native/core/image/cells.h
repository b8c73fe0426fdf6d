// The measures of labelled cells.
#pragma once

#include <algorithm>
#include <cmath>
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

// A probability in whole steps of 2⁻²⁴, so that a sum over a cell's pixels is exact and the same in any order.
inline int64_t score_steps(float probability) {
  return std::llround(static_cast<double>(std::clamp(probability, 0.0F, 1.0F)) * 16777216.0);
}
inline double mean_score(int64_t steps, int64_t area) {
  return static_cast<double>(steps) / 16777216.0 / static_cast<double>(area);
}

// labels: H·W values of 0 … count, probability: as many. Returns the cell of each label from 1; one without pixels has area 0.
std::vector<Cell> measure_cells(const int32_t* labels, const float* probability, int64_t height, int64_t width, int32_t count);

}  // namespace acinus
