// What is asked of cells that were found: pixels, outlines, masks and measures.
#include <algorithm>
#include <string>

#include "core/error.h"
#include "core/image/run_lengths.h"
#include "core/predict/strip_cells.h"

namespace acinus {

void StripCells::check_rows(int64_t top, int64_t rows) const {
  if (top >= 0 && rows >= 0 && top + rows <= this->rows()) return;
  throw Error("ACINUS_INVALID_ARGUMENT", "Rows " + std::to_string(top) + " to " + std::to_string(top + rows) +
                                             " were asked for; there are " + std::to_string(this->rows()) + ".");
}

template <class T, class Value>
void StripCells::paint(int64_t top, int64_t rows, T* out, Value value) const {
  check_rows(top, rows);
  std::fill(out, out + rows * width_, T{0});
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = row_starts_[top + row]; i < row_starts_[top + row + 1]; ++i) {
      const Run& run = runs_[i];
      std::fill(out + row * width_ + run.begin, out + row * width_ + run.end, value(run));
    }
  }
}

void StripCells::labels(int64_t top, int64_t rows, int32_t* out) const {
  paint(top, rows, out, [](const Run& run) { return run.label; });
}

void StripCells::mask(int64_t top, int64_t rows, uint8_t* out) const {
  paint(top, rows, out, [](const Run&) { return uint8_t{255}; });
}

void StripCells::check(int32_t first, int32_t last) const {
  if (first >= 1 && last <= static_cast<int32_t>(cells_.size())) return;
  throw Error("ACINUS_INVALID_ARGUMENT", "The cells " + std::to_string(first) + " to " + std::to_string(last) +
                                             " were asked for; there are " + std::to_string(cells_.size()) + ".");
}

Outlines StripCells::outlines(int32_t first, int32_t last) const {
  check(first, last);
  Outlines out{{}, {0}, {0}, {0}};
  for (int32_t label = first; label <= last; ++label) {
    append_outlines(out, outline(label), cells_[label - 1].left, cells_[label - 1].top);
  }
  return out;
}

std::vector<std::string> StripCells::run_lengths(int32_t first, int32_t last) const {
  check(first, last);
  std::vector<std::string> out;
  for (int32_t label = first; label <= last; ++label) {
    const Cell& cell = cells_[label - 1];
    const ImagePart part{cell.left, cell.top, cell.bottom - cell.top + 1, cell.right - cell.left + 1};
    out.push_back(run_lengths_of_box(box_of(label).data(), part, height_, width_));
  }
  return out;
}

void StripCells::look(const uint8_t* rgb, int64_t rows) {
  if (!finished_) throw Error("ACINUS_INVALID_ARGUMENT", "The image was looked at before the cells were finished.");
  check_rows(looked_at_, rows);
  brightness_.resize(cells_.size());
  for (int64_t row = 0; row < rows; ++row) {
    const uint8_t* line = rgb + 3 * row * width_;
    for (int64_t i = row_starts_[looked_at_ + row]; i < row_starts_[looked_at_ + row + 1]; ++i) {
      std::array<int64_t, 3>& sums = brightness_[runs_[i].label - 1];
      for (int64_t x = 3 * int64_t{runs_[i].begin}; x < 3 * int64_t{runs_[i].end}; x += 3) {
        for (size_t channel = 0; channel < 3; ++channel) sums[channel] += line[x + static_cast<int64_t>(channel)];
      }
    }
  }
  looked_at_ += rows;
}

std::vector<Region> StripCells::regions(int32_t first, int32_t last) const {
  check(first, last);
  std::vector<Region> out;
  for (int32_t label = first; label <= last; ++label) {
    const Cell& cell = cells_[label - 1];
    const std::vector<int32_t> box = box_of(label);
    Region region = measure_regions(box.data(), nullptr, cell.bottom - cell.top + 1, cell.right - cell.left + 1, 1)[0];
    if (looked_at_ == height_) {
      for (size_t channel = 0; channel < 3; ++channel) {
        region.intensity[channel] = static_cast<double>(brightness_[label - 1][channel]) / static_cast<double>(cell.area);
      }
    }
    out.push_back(region);
  }
  return out;
}

// Whether a pixel is at its cell's rim, the rows above and below tell too.
void StripCells::paint_outlines(int64_t top, int64_t rows, const uint8_t* rgb, const std::array<uint8_t, 3>& colour,
                                uint8_t* out) const {
  check_rows(top, rows);
  const int64_t first = std::max<int64_t>(top - 1, 0), end = std::min(top + rows + 1, height_);
  const auto stride = static_cast<size_t>(3 * width_);
  const size_t above = static_cast<size_t>(top - first) * stride, size = static_cast<size_t>(rows) * stride;
  std::vector<int32_t> labels(static_cast<size_t>((end - first) * width_));
  this->labels(first, end - first, labels.data());
  std::vector<uint8_t> image(static_cast<size_t>(end - first) * stride), painted(image.size());
  std::copy_n(rgb, size, image.data() + above);
  acinus::paint_outlines(labels.data(), image.data(), end - first, width_, colour, painted.data());
  std::copy_n(painted.data() + above, size, out);
}

// In coordinates of its box.
Outlines StripCells::outline(int32_t label) const {
  constexpr int64_t kMostPixels = int64_t{1} << 24;  // laid out at once: 64 MB
  const Cell& cell = cells_[label - 1];
  const int64_t width = cell.right - cell.left + 1, height = cell.bottom - cell.top + 1;
  if (width * height > kMostPixels) {
    return trace_outline([&](int64_t x, int64_t y) { return label_at(cell.left + x, cell.top + y) == label; }, height, width);
  }
  return trace_outlines(box_of(label).data(), height, width, 1);
}

// The pixels of a cell's box: 1 in the cell, otherwise 0.
std::vector<int32_t> StripCells::box_of(int32_t label) const {
  const Cell& cell = cells_[label - 1];
  const int64_t width = cell.right - cell.left + 1, height = cell.bottom - cell.top + 1;
  std::vector<int32_t> box(static_cast<size_t>(width * height), 0);
  auto row = std::upper_bound(row_starts_.begin(), row_starts_.end(), int64_t{cell_runs_[cell_starts_[label - 1]]}) - 1;
  for (int64_t i = cell_starts_[label - 1]; i < cell_starts_[label]; ++i) {
    while (*(row + 1) <= cell_runs_[i]) ++row;
    const int64_t y = row - row_starts_.begin() - cell.top;
    const Run& run = runs_[cell_runs_[i]];
    std::fill(box.begin() + y * width + run.begin - cell.left, box.begin() + y * width + run.end - cell.left, 1);
  }
  return box;
}

int32_t StripCells::label_at(int64_t x, int64_t y) const {
  const auto begin = runs_.begin() + row_starts_[y], end = runs_.begin() + row_starts_[y + 1];
  const auto after = std::upper_bound(begin, end, x, [](int64_t column, const Run& run) { return column < run.begin; });
  return after != begin && x < (after - 1)->end ? (after - 1)->label : 0;
}

}  // namespace acinus
