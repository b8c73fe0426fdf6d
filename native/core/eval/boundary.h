// Boundary scores: how far the predicted outline is from the true one.
#pragma once

#include <cstdint>
#include <vector>

#include "core/eval/scores.h"

namespace acinus {

constexpr double kBoundaryTolerance = 3.0;  // px, inclusive; the paper's inter-annotator variation
constexpr double kShiftReach = 10.0;        // px, inclusive; an outline further away belongs to another object

// Boundary pixels: the mask minus its erosion by the 4-neighbourhood cross. Outside the image counts as background, so that a
// cell cut by the image border has boundary pixels there: scipy `mask & ~binary_erosion(mask)`, and MONAI `get_mask_edges`. 1
// on the boundary.
std::vector<uint8_t> boundary_pixels(const uint8_t* mask, int64_t height, int64_t width);

// With P and T the boundary pixels of prediction and truth, and d(x, S) the Euclidean distance of pixel centres to the nearest
// of S:
//   f1             harmonic mean of |{p ∈ P: d(p, T) ≤ 3}| / |P| and |{t ∈ T: d(t, P) ≤ 3}| / |T|; 0 when only one of the two
//   is empty mean_distance  mean over both directed sets together (MONAI compute_average_surface_distance, symmetric=True) hd95
//   larger of the two directed 95th percentiles, linearly interpolated (MONAI compute_hausdorff_distance, percentile=95)
//   error_share    share of the pixels where prediction and truth differ that lie within 3 px of T
//   shift          mean of ±d(p, T) over those p ∈ P with d(p, T) ≤ 10, positive where p is no cell in the truth: above 0 the
//                  prediction is too large (over-segmentation), below 0 too small
// f1 is NaN when both are empty, the distances when either is (MONAI: infinity), error_share when no pixel is wrong,
// shift when no p is that near.
// Where pixels of the truth do not count (kIgnored), the truth there is what was predicted, so that no outline appears along
// them; boundary pixels there are no members of P and T, but others may be near them.
BoundaryScores boundary_scores(const uint8_t* prediction, const uint8_t* truth, int64_t height, int64_t width);

// For every pixel the squared distance to the nearest non-zero pixel of `points`; -1 everywhere when there is none.
std::vector<int64_t> squared_distance_to(const std::vector<uint8_t>& points, int64_t height, int64_t width);

}  // namespace acinus
