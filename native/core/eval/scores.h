// What an evaluation says (METHOD section 11). Plain numbers; an undefined value is NaN and counted, never dropped.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/eval/certainty.h"

namespace acinus {

// dice, iou, precision, recall, specificity of one image or of the sums over a set.
struct PixelScores {
  double dice = 0, iou = 0, precision = 0, recall = 0, specificity = 0;
};

struct Interval {
  double value = 0, low = 0, high = 0;  // bootstrap 95 % over images
};

struct BoundaryScores {
  double f1 = 0;             // at 3 px
  double mean_distance = 0;  // symmetric mean surface distance, px
  double hd95 = 0;           // 95th percentile of the surface distances, px
  double error_share = 0;    // share of error pixels within 3 px of a true boundary
  double shift = 0;          // px that the outline lies outside of the true one (positive) or inside (negative)
};

struct ObjectScores {
  int64_t truth = 0, predicted = 0, matched = 0;
  double precision = 0, recall = 0, f1 = 0, panoptic_quality = 0;
  double average_precision = 0;   // mean over IoU 0.5, 0.55, … 0.95
  double aggregated_jaccard = 0;  // AJI
  int64_t missed = 0, phantom = 0, merged = 0, split = 0;
  double small_recall = 0;  // true objects < 50 px
  double large_recall = 0;
  double merge_rate = 0;                     // among true objects < 3 px apart
  int64_t small = 0, small_matched = 0;      // true objects < 50 px
  int64_t lesions = 0, lesions_matched = 0;  // true objects < 0.5 % of the image
  double lesion_recall = 0;
};

struct ErrorCauses {  // shares of the error pixels, in this order of precedence
  double small_component = 0, boundary = 0, low_contrast = 0, elsewhere = 0;
};

struct ImageScores {
  int64_t index = 0;
  bool has_cells = false;
  int64_t tp = 0, fp = 0, fn = 0, tn = 0;
  PixelScores pixel;
  BoundaryScores boundary;
  ObjectScores objects;
  bool outlier = false;  // robust test over the image Dice scores; listed, never left out
};

struct Evaluation {
  int64_t images = 0, images_with_cells = 0;
  double threshold = 0.5;
  PixelScores micro;                 // sums over the set
  PixelScores per_image;             // mean over all images
  PixelScores per_image_with_cells;  // mean over images with cells
  Interval dice_per_image, dice_with_cells, dice_micro, iou_micro;
  double loss = 0;          // mean loss over the set, when a loss was asked for
  BoundaryScores boundary;  // means over the images where defined
  ObjectScores objects;     // counts over the set
  ErrorCauses causes;
  Certainty certainty;    // over the set; all zero where there were no probabilities
  int64_t undefined = 0;  // values left out of a mean because undefined
  std::vector<ImageScores> per_image_scores;
};

}  // namespace acinus
