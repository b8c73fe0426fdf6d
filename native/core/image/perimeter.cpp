#include "core/image/perimeter.h"

#include <cstddef>
#include <numbers>

namespace acinus {

std::array<double, 50> perimeter_weights() {
  std::array<double, 50> weights{};
  for (const size_t code : {5, 7, 15, 17, 25, 27}) weights[code] = 1;
  for (const size_t code : {21, 33}) weights[code] = std::numbers::sqrt2;
  for (const size_t code : {13, 23}) weights[code] = (1 + std::numbers::sqrt2) / 2;
  return weights;
}

std::vector<double> cell_perimeters(const int32_t* labels, int64_t height, int64_t width, int32_t count) {
  const auto at = [&](int64_t x, int64_t y) { return x < 0 || y < 0 || x >= width || y >= height ? 0 : labels[y * width + x]; };
  // One row at a time: whether each pixel is on its label's border.
  const auto border_row = [&](int64_t y, std::vector<uint8_t>& row) {
    row.assign(static_cast<size_t>(width), 0);
    if (y < 0 || y >= height) return;
    for (int64_t x = 0; x < width; ++x) {
      const int32_t label = labels[y * width + x];
      if (label == 0) continue;
      row[static_cast<size_t>(x)] =
          at(x - 1, y) != label || at(x + 1, y) != label || at(x, y - 1) != label || at(x, y + 1) != label;
    }
  };
  const std::array<double, 50> weights = perimeter_weights();
  std::vector<double> out(static_cast<size_t>(count), 0);
  std::vector<uint8_t> rows[3];
  border_row(-1, rows[0]);
  border_row(0, rows[1]);
  for (int64_t y = 0; y < height; ++y) {
    border_row(y + 1, rows[2]);
    for (int64_t x = 0; x < width; ++x) {
      if (rows[1][static_cast<size_t>(x)] == 0) continue;
      const int32_t label = labels[y * width + x];
      size_t code = 1;
      for (int64_t dy = -1; dy <= 1; ++dy) {
        for (int64_t dx = -1; dx <= 1; ++dx) {
          if ((dx == 0 && dy == 0) || at(x + dx, y + dy) != label) continue;
          if (rows[dy + 1][static_cast<size_t>(x + dx)] != 0) code += dx == 0 || dy == 0 ? 2 : 10;
        }
      }
      out[static_cast<size_t>(label) - 1] += weights[code];
    }
    rows[0].swap(rows[1]);
    rows[1].swap(rows[2]);
  }
  return out;
}

}  // namespace acinus
