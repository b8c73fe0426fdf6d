// Pixel scores: what is right and wrong, pixel by pixel (paper eq. 7 and 8).
#pragma once

#include <cstdint>

#include "core/eval/scores.h"

namespace acinus {

struct Confusion {
  int64_t tp = 0, fp = 0, fn = 0, tn = 0;
  Confusion& operator+=(const Confusion& other);
};

// prediction, truth: `pixels` bytes, non-zero = cell.
Confusion confusion(const uint8_t* prediction, const uint8_t* truth, int64_t pixels);

// Empty prediction on empty truth scores empty_score in Dice, IoU, precision and recall (the declared empty policy: 1, 0 or
// NaN, undefined). Otherwise a score whose denominator is 0 is NaN: precision of an empty prediction, recall on an empty truth,
// specificity without background.
PixelScores pixel_scores(const Confusion& counts, double empty_score);

}  // namespace acinus
