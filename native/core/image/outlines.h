// The outlines of labelled cells along their pixels' edges.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace acinus {

// Polygons cover exactly a cell's pixels: an outer ring, clockwise on screen, and then its holes, counter-clockwise. Rings are
// simple (no corner twice) and hold the corners where the outline turns, the first one not repeated; corner (x, y) is the top
// left of pixel (x, y). Parts of a cell that touch at a corner only are polygons of their own. A list of starts has one entry
// more than things: where the last one ends.
struct Outlines {
  std::vector<int32_t> corners;        // x, y, x, y, …
  std::vector<double> ring_starts;     // of each ring, in corners
  std::vector<double> polygon_starts;  // of each polygon, in rings
  std::vector<double> cell_starts;     // of each label from 1, in polygons
};

// labels: H·W values of 0 … count. The time grows with the pixels and with the outlines (by n log n), not with the number of
// cells times their holes.
Outlines trace_outlines(const int32_t* labels, int64_t height, int64_t width, int32_t count);

// The outline of one cell that is not laid out as pixels: whether a pixel is inside. Slower by far.
Outlines trace_outline(const std::function<bool(int64_t x, int64_t y)>& inside, int64_t height, int64_t width);

// Adds the outlines of further cells, moved by (x, y).
void append_outlines(Outlines& out, const Outlines& more, int64_t x, int64_t y);

}  // namespace acinus
