// Images of another pixel size than the training's: what a network sees of them, and what it says of them on their own pixels.
#pragma once

#include <memory>

#include "core/image/row_scaler.h"
#include "core/predict/predictor.h"
#include "core/predict/separation.h"
#include "core/predict/strip_cells.h"
#include "core/predict/strip_predictor.h"
#include "core/torch.h"

namespace acinus {

// How many pixels `length` become.
int64_t rescaled_length(int64_t length, double scale);

// rgb: uint8 [B, 3, H, W], scale above 0. Returns uint8 of the rescaled lengths, by core/image/row_scaler.h. As it is where
// scale is 1.
Tensor rescaled_image(const Tensor& rgb, double scale);

// separate() where a network found `found`, float32 [h, w] on the CPU: thresholds and sizes in px are of that scale. Then
// height × width values each: the probability, linear; the mask and the labels, nearest. Cells that have no pixel left are left
// out, and labels are in raster order again. Returns how many cells there are.
int32_t separate_rescaled(const Tensor& found, int64_t height, int64_t width, double threshold,
                          const SeparationOptions& options, float* probability, uint8_t* mask, int32_t* labels);

// A StripPredictor of several networks, whose probabilities are averaged, for images of any pixel size.
class RescaledStripPredictor {
 public:
  RescaledStripPredictor(const Members& members, int64_t height, int64_t width, double scale, const PredictOptions& options);

  // How many further rows of the image each call of next() is given, perhaps none.
  std::vector<int64_t> strips() const;
  int64_t tiles() const { return predictors_.front().tiles(); }
  int64_t skipped() const { return predictors_.front().skipped(); }

  struct Found {
    Tensor own;   // float [n, W]: the next rows on the image's own pixels
    Tensor seen;  // float [m, w]: the next rows as the networks found them; undefined where the image is not rescaled
  };
  // rgb: uint8 [3, rows, W]. As StripPredictor::next(), inside InferenceScopes.
  Found next(const Members& members, const Tensor& rgb, std::stop_token stop,
             const std::function<void(int64_t, int64_t)>& progress);

 private:
  bool rescales_;
  std::vector<StripPredictor> predictors_;  // of each network; they cut the image alike
  RowScaler to_seen_, to_own_;
  Tensor pixels_;  // uint8 [3, …, w]: rescaled, not yet wanted
};

// The cells of a rescaled image that comes in strips, told apart where the networks found them: separate_rescaled() in strips.
class RescaledStripCells {
 public:
  RescaledStripCells(int64_t height, int64_t width, int64_t seen_height, int64_t seen_width, double threshold,
                     const SeparationOptions& separation);

  // Further rows: of `own` W values, of `seen` w values.
  void add(const float* own, int64_t own_rows, const float* seen, int64_t seen_rows);
  // After the last rows. The cells on the image's own pixels, finished.
  std::unique_ptr<StripCells> finish();

 private:
  int64_t height_, width_, seen_height_, seen_width_, rows_ = 0;
  StripCells seen_;
  RowStore probabilities_;  // of the image's own rows
};

}  // namespace acinus
