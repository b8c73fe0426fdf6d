// The cells of a probability map that comes in strips: rows from top to bottom, never the whole.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/image/cells.h"
#include "core/image/equivalences.h"
#include "core/image/outlines.h"
#include "core/image/regions.h"
#include "core/io/row_store.h"
#include "core/predict/separation.h"

namespace acinus {

// Joins the runs of foreground pixels of each row with those of the row above, so that a cell is one cell wherever a strip
// ends. Holds the runs, not the pixels: some 16 bytes a run. The labels are those of separate(), and the measures those of
// measure_cells(), bit for bit, whatever the heights of the strips: what the separation does depends on nothing but one
// connected part of the foreground, so each part is separated by itself. For that, probabilities wait in a temporary file.
class StripCells {
 public:
  StripCells(int64_t height, int64_t width, double threshold, const SeparationOptions& separation);

  // For labels that are known: rows come through add_labels().
  StripCells(int64_t height, int64_t width);

  // probability: `rows` further rows of W values.
  void add(const float* probability, int64_t rows);
  // One further row of W labels that tell the cells, whatever their numbers, and of W probabilities.
  void add_labels(const int32_t* labels, const float* probability);
  int64_t rows() const { return static_cast<int64_t>(row_starts_.size()) - 1; }  // that were added

  // After the last row. Numbers the cells; the rest is of use from now on.
  void finish();
  const std::vector<Cell>& cells() const { return cells_; }  // by label, from 1
  // Writes the labels of `rows` rows from `top` on: rows·W values.
  void labels(int64_t top, int64_t rows, int32_t* out) const;
  // The same as a picture: 255 in cells, otherwise 0.
  void mask(int64_t top, int64_t rows, uint8_t* out) const;
  // The outlines of the cells first … last (labels), in coordinates of the whole image.
  Outlines outlines(int32_t first, int32_t last) const;
  // Their run lengths in the whole image, as run_lengths().
  std::vector<std::string> run_lengths(int32_t first, int32_t last) const;
  // After finish(): `rows` further rows of the image from the top, rows·W·3 interleaved bytes, for the brightness of the cells.
  void look(const uint8_t* rgb, int64_t rows);
  // Their shapes and, if all rows of the image were looked at, their brightness, as measure_regions().
  std::vector<Region> regions(int32_t first, int32_t last) const;
  // Rows of the image from `top` on with the cells' outlines, as paint_outlines() of the whole. All rows·W·3 bytes.
  void paint_outlines(int64_t top, int64_t rows, const uint8_t* rgb, const std::array<uint8_t, 3>& colour, uint8_t* out) const;

 private:
  // Columns; one beyond the last.
  struct Stretch {
    int32_t begin, end;
  };
  struct Run : Stretch {
    int32_t label;  // provisional, and the final one after finish()
  };
  struct Sums {
    int64_t area = 0, x = 0, y = 0, left = 0, top = 0, right = 0, bottom = 0;
    int64_t score = 0;  // score_steps of all pixels
  };

  void add_row(const std::vector<Stretch>& stretches, const float* probability);
  static Sums sums_of(const Stretch& stretch, int64_t y, const float* probability);  // probability: of the stretch
  static void join(Sums& into, const Sums& other);
  void fill_holes();
  void split();
  void number();
  void order_by_cell(int32_t count);
  void check(int32_t first, int32_t last) const;
  Outlines outline(int32_t label) const;
  std::vector<int32_t> box_of(int32_t label) const;
  void check_rows(int64_t top, int64_t rows) const;
  int32_t label_at(int64_t x, int64_t y) const;
  template <class T, class Value>
  void paint(int64_t top, int64_t rows, T* out, Value value) const;

  int64_t height_, width_;
  double threshold_;
  SeparationOptions separation_;
  std::unique_ptr<RowStore> probabilities_;  // of all rows; none where components are all that is asked for
  std::vector<Run> runs_;                    // in raster order
  std::vector<int64_t> row_starts_{0};       // of each row, in runs_; one entry more than rows
  Equivalences equal_;                       // of provisional labels
  std::vector<Sums> sums_;                   // of the roots
  std::vector<Cell> cells_;
  std::vector<int64_t> cell_starts_;                // of each label from 1, in cell_runs_; one entry more than labels
  std::vector<uint32_t> cell_runs_;                 // indices into runs_, by label
  std::vector<std::array<int64_t, 3>> brightness_;  // sums of red, green and blue by label from 0, of the rows looked at
  int64_t looked_at_ = 0;                           // rows of the image
  bool labelled_ = false, finished_ = false;
};

}  // namespace acinus
