// Scores predictions that are there already, whoever made them.
#pragma once

#include <mutex>

#include "core/data/sample_store.h"
#include "core/eval/summary.h"

namespace acinus {

// Calls from several threads wait for each other.
class Scorer {
 public:
  // labels: one number a pixel, 0 for background. told_apart: each number is a cell; otherwise components are cells.
  // ACINUS_SIZE_MISMATCH unless it has the sample's size; ACINUS_MISSING_MASK when the sample has no mask.
  void add(const SampleStore& store, int64_t index, const std::vector<int32_t>& labels, int64_t height, int64_t width,
           bool told_apart, double empty_score);
  Evaluation summary(const SummaryOptions& options) const;  // ACINUS_EMPTY_SET before any

 private:
  mutable std::mutex mutex_;
  std::vector<Measurement> measurements_;
};

}  // namespace acinus
