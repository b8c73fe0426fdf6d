// Scores predictions that are there already, whoever made them.
#pragma once

#include <mutex>

#include "core/data/sample_store.h"
#include "core/eval/summary.h"
#include "core/image/cells.h"

namespace acinus {

// The probabilities of an image and the cells found in them, H·W values each. labels: 1 … n in raster order.
struct FoundCells {
  const float* probability;
  const uint8_t* mask;
  const int32_t* labels;
  int64_t height, width;
};

// Of each label from 1. The true cells are numbered in raster order of their first pixels.
struct ScoredCells {
  std::vector<Cell> truth;  // score: the mean probability that they were given
  CellFates fates;
};

// Calls from several threads wait for each other.
class Scorer {
 public:
  // labels: one number a pixel, 0 for background. told_apart: each number is a cell; otherwise components are cells.
  // ACINUS_SIZE_MISMATCH unless it has the sample's size; ACINUS_MISSING_MASK when the sample has no mask.
  void add(const SampleStore& store, int64_t index, const std::vector<int32_t>& labels, int64_t height, int64_t width,
           bool told_apart, double empty_score);
  // As an evaluation of the network scores the image. Errors as of `add`.
  ScoredCells add_found(const SampleStore& store, int64_t index, const FoundCells& found, double empty_score);
  Evaluation summary(const SummaryOptions& options) const;  // ACINUS_EMPTY_SET before any

 private:
  void keep(Measurement measured, int64_t index);

  mutable std::mutex mutex_;
  std::vector<Measurement> measurements_;
};

}  // namespace acinus
