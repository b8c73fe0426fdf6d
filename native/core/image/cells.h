// The measures of labelled cells.
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

// labels: H·W values of 0 … count, probability: as many. Returns the cell of each label from 1; one without pixels has area 0.
std::vector<Cell> measure_cells(const int32_t* labels, const float* probability, int64_t height, int64_t width, int32_t count);

}  // namespace acinus
