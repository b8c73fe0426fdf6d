// The probabilities of an image that comes in strips: rows from top to bottom, never the whole.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "core/precision.h"
#include "core/predict/dense_crf.h"
#include "core/predict/segmenter.h"

namespace acinus {

struct PredictOptions {
  std::vector<int> tta;  // test-time transforms to average over (core/image/tta.h); empty: none
  int64_t tile;          // px; 0: the whole image at once
  int64_t overlap;       // px that neighbouring tiles share at least; 0 ≤ overlap < tile
  Precision precision;
  int64_t batch_size;         // tiles
  double empty_contrast = 0;  // grey levels; tiles with less contrast are not predicted (core/predict/empty_tile.h)
  std::optional<CrfOptions> crf = std::nullopt;  // of whole images; a StripPredictor does not look at it
};

// One stretch of an axis that a row or column of tiles covers.
struct Span {
  int64_t start;  // may lie outside the image
  int64_t length;
};

// Where the tiles of an axis lie. Along an axis longer than a tile they start half an overlap outside of the image and are
// spread evenly.
std::vector<Span> tile_spans(int64_t size, int64_t tile, int64_t overlap);

// Predicts a row of tiles at a time. What is held is as high as a tile and as wide as the image. predict() in predictor.h says
// how tiles are blended; both give the same probabilities, because that one calls this one.
class StripPredictor {
 public:
  StripPredictor(int64_t height, int64_t width, const PredictOptions& options);

  int64_t tiles() const { return static_cast<int64_t>(rows_.size() * columns_.size()); }
  int64_t skipped() const { return skipped_; }  // tiles so far that were empty
  // How many rows of the image, from the first that was not given yet, the next call looks at; 0: the image is done.
  int64_t rows_wanted() const;
  // What that will be at each call, from the first to the last.
  std::vector<int64_t> strips() const;

  // Inside an InferenceScope. rgb: uint8 [3, rows_wanted(), W]. Returns float [n, W] on the CPU: the probabilities of the next
  // rows, those that no later tile reaches; n may be 0. progress(done, total) counts tiles. Stopped early: throws
  // ACINUS_ABORTED, and the object is of no more use.
  Tensor next(Segmenter& segmenter, const Tensor& rgb, std::stop_token stop,
              const std::function<void(int64_t, int64_t)>& progress);

 private:
  Span row() const { return rows_[band_]; }
  int64_t rows_seen(size_t band) const;  // from the top of the image to the end of that row of tiles
  Tensor tile(const Span& column) const;
  void add(const Tensor& tile, const Span& column);
  Tensor finished();

  PredictOptions options_;
  int64_t height_, width_;
  std::vector<Span> rows_, columns_;
  size_t band_ = 0;         // row of tiles that comes next
  int64_t pixels_top_ = 0;  // of the first row in pixels_
  Tensor pixels_;           // uint8 [3, …, W]
  int64_t blend_top_ = 0;   // of the first row in sum_ and weight_
  Tensor sum_, weight_;     // float [tile, W]
  int64_t skipped_ = 0;
};

}  // namespace acinus
