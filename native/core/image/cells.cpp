#include "core/image/cells.h"

#include <algorithm>

#include "core/image/components.h"

namespace acinus {

std::vector<Cell> find_cells(const float* probability, int64_t height, int64_t width, double threshold, uint8_t* mask,
                             int32_t* labels) {
  for (int64_t i = 0; i < height * width; ++i) mask[i] = static_cast<double>(probability[i]) >= threshold ? 1 : 0;
  const int32_t count = label_components(mask, height, width, labels);
  std::vector<Cell> cells(static_cast<size_t>(count), Cell{0, 0, 0, width, height, 0, 0, 0});
  for (int64_t y = 0, i = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x, ++i) {
      if (labels[i] == 0) continue;
      Cell& cell = cells[labels[i] - 1];
      ++cell.area;
      cell.x += static_cast<double>(x);
      cell.y += static_cast<double>(y);
      cell.score += static_cast<double>(probability[i]);
      cell.left = std::min(cell.left, x);
      cell.right = std::max(cell.right, x);
      cell.top = std::min(cell.top, y);
      cell.bottom = y;
    }
  }
  for (Cell& cell : cells) {
    const auto area = static_cast<double>(cell.area);
    cell.x /= area;
    cell.y /= area;
    cell.score /= area;
  }
  return cells;
}

}  // namespace acinus
