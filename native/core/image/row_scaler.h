// Images of another size: bilinear, over as many pixels as become one where an image shrinks (torchvision's and Pillow's
// antialiasing), for rows that come some at a time.
#pragma once

#include <vector>

#include "core/torch.h"

namespace acinus {

// What each place of a scaled axis is made of: `weights` of the places from `first` on, which sum to 1.
struct AxisPart {
  int64_t first;
  std::vector<float> weights;
};
std::vector<AxisPart> axis_parts(int64_t from, int64_t to);

// The values are the same however many rows are given at a time. Holds the rows that later ones still need.
class RowScaler {
 public:
  RowScaler(int64_t channels, int64_t from_height, int64_t from_width, int64_t to_height, int64_t to_width);

  // How many rows from the top are needed for the first `rows` rows of the result.
  int64_t needed(int64_t rows) const;
  // rows: float [C, n, from_width] on the CPU, the next ones. Returns float [C, m, to_width], the rows that are then known.
  Tensor add(const Tensor& rows);

 private:
  int64_t channels_, from_width_;
  std::vector<AxisPart> vertical_, horizontal_;
  int64_t top_ = 0;  // of the first row in waiting_
  Tensor waiting_;   // float [C, …, to_width]: scaled across, not yet down
  int64_t given_ = 0, done_ = 0;
};

// values: float [C, H, W] on the CPU.
Tensor scaled_rows(const Tensor& values, int64_t height, int64_t width);

}  // namespace acinus
