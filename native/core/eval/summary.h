// From masks to scores: what one image measures, and what a set of images amounts to.
#pragma once

#include <cstdint>
#include <vector>

#include "core/eval/causes.h"
#include "core/eval/objects.h"
#include "core/eval/scores.h"

namespace acinus {

// One image: its scores, and the counts that only add up over a set.
struct Measurement {
  ImageScores scores;
  ObjectCounts objects;
  CauseCounts causes;
  Certainty certainty;
};

struct MeasureOptions {
  bool pixel_only = false;  // leaves out all but the pixel scores
  double empty_score = 1;   // of an empty prediction on an empty truth: 1, 0 or NaN (undefined)
};

// prediction: H·W bytes, non-zero = cell; truth: H·W bytes in {0, 1, kIgnored}, of which the last count nowhere: neither as
// pixels, nor as the part of a predicted cell, and a predicted cell that lies there by more than half is none; channels: three
// planes of H·W bytes or null; instances: H·W labels of the true cells, or null: then the components of truth are the cells;
// cells: the same of the predicted ones. Touches nothing shared: images can be measured in parallel.
Measurement measure(const uint8_t* prediction, const uint8_t* truth, const uint8_t* channels, int64_t height, int64_t width,
                    const MeasureOptions& options, const int32_t* instances = nullptr, const int32_t* cells = nullptr);

struct SummaryOptions {
  double threshold = 0.5;
  MeasureOptions measure;  // with which the images were measured
  int64_t bootstrap_rounds = 1000;
  uint64_t seed = 0;
};

// Outlier images: METHOD section 7's robust test on Dice, separately among images with and without cells (the latter score 0 or
// 1 only and would otherwise set the median); an undefined Dice is none. `undefined` counts the NaNs among the images' pixel
// and boundary scores.
Evaluation summarize(const std::vector<Measurement>& images, const SummaryOptions& options);

}  // namespace acinus
