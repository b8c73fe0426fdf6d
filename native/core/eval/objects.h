// Object scores: cells as 8-connected components, or as the data tells them apart, matched one to one.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/eval/scores.h"
#include "core/image/components.h"

namespace acinus {

constexpr int64_t kSmallObject = 50;     // px; smaller than this is small
constexpr int64_t kLesionShare = 200;    // an object below 1/200 of the image's area is one of the paper's small lesions
constexpr size_t kPrecisionLimits = 10;  // IoU 0.5, 0.55, … 0.95

// What is counted on one image and added up over a set.
//
// match    a true and a predicted cell with IoU ≥ 0.5, and each has at most one partner. Only at exactly 0.5 could there be
//          two, halves that touch: then the one of the lower number is it.
// missed   true components without a match; phantom: predicted ones without a match.
// merged   predicted components that each cover at least half of the area of two or more true ones.
// split    true components that each hold at least half of the area of two or more predicted ones.
//          Merged and split explain some of what is missed and phantom; they are not counted apart from them.
// near     pairs of true components less than 3 px apart: fewer than 3 px lie between them, i.e. nearest pixel centres < 4 px.
//          near_merged: those pairs of which one prediction covers at least half of both.
// matched_at   matches at each of IoU 0.5, 0.55, … 0.95.
// joint        over the true components: the pixels shared with the prediction of highest IoU (of equal ones the lower number),
//              and united the pixels of both, and of every true or predicted component that is in no such pair (the aggregated
//              Jaccard index of Kumar et al. 2017: a prediction may be the best of several).
struct ObjectCounts {
  int64_t truth = 0, predicted = 0, matched = 0;
  double matched_iou = 0;  // sum over the matches
  int64_t merged = 0, split = 0;
  int64_t small_truth = 0, small_matched = 0;  // true components of fewer than 50 px
  int64_t lesions = 0, lesions_matched = 0;    // true components of less than 0.5 % of the image
  int64_t near_pairs = 0, near_merged = 0;
  std::array<int64_t, kPrecisionLimits> matched_at{};
  int64_t joint_shared = 0, joint_united = 0;
  ObjectCounts& operator+=(const ObjectCounts& other);
};

ObjectCounts count_objects(const Components& predicted, const Components& truth, int64_t height, int64_t width);
// The same without near pairs, which take the most time.
ObjectCounts match_objects(const Components& predicted, const Components& truth);

// What became of one cell. The other side of a true cell are the predicted ones, and the other way round. A cell lies in
// another one if at least half of its area does.
struct CellFate {
  static constexpr int32_t kUncounted = -1;
  int32_t partner = 0;  // the label of its match; 0: a missed or a phantom cell; kUncounted: its pixels do not count
  double iou = 0;       // the highest with any cell of the other side
  int32_t holds = 0;    // cells of the other side that lie in it: from 2 on a true cell is split, and a predicted one merged
  int32_t beside =
      0;  // the largest `holds` of the cells that it lies in: from 2 on it is a piece of a split, or one of several merged
};

struct CellFates {
  std::vector<CellFate> truth, predicted;  // of each label from 1
};

// By the rules of ObjectCounts.
CellFates judge_cells(const Components& predicted, const Components& truth);

// precision = matched / predicted, recall = matched / truth, f1 = 2·matched / (truth + predicted), panoptic_quality =
// matched_iou / (matched + missed/2 + phantom/2) (Kirillov et al. 2019), average_precision = the mean over the ten limits of
// matches / (matches + missed + phantom) at that limit (StarDist, Cellpose), aggregated_jaccard = joint_shared / joint_united.
// Without any true or predicted object these are empty_score (the empty policy: 1, 0 or NaN); otherwise a score with
// denominator 0 is NaN, and so are recalls and the merge rate where there is nothing to recall.
ObjectScores object_scores(const ObjectCounts& counts, double empty_score);

}  // namespace acinus
