#include "core/image/cells.h"

#include <algorithm>

namespace acinus {

std::vector<Cell> measure_cells(const int32_t* labels, const float* probability, int64_t height, int64_t width, int32_t count) {
  std::vector<int64_t> scores(static_cast<size_t>(count), 0);
  std::vector<Cell> cells(static_cast<size_t>(count), Cell{0, 0, 0, width, height, 0, 0, 0});
  for (int64_t y = 0, i = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x, ++i) {
      if (labels[i] == 0) continue;
      Cell& cell = cells[labels[i] - 1];
      ++cell.area;
      cell.x += static_cast<double>(x);
      cell.y += static_cast<double>(y);
      scores[labels[i] - 1] += score_steps(probability[i]);
      cell.left = std::min(cell.left, x);
      cell.right = std::max(cell.right, x);
      cell.top = std::min(cell.top, y);
      cell.bottom = y;
    }
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    Cell& cell = cells[i];
    const auto area = static_cast<double>(cell.area);
    cell.x /= area;
    cell.y /= area;
    cell.score = cell.area > 0 ? mean_score(scores[i], cell.area) : 0;
  }
  return cells;
}

}  // namespace acinus
