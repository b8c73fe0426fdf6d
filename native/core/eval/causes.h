// Where the wrong pixels are (the paper's failure analysis).
#pragma once

#include <cstdint>

#include "core/eval/scores.h"
#include "core/image/components.h"

namespace acinus {

constexpr int64_t kContrastWindow = 15;  // px
constexpr double kLowContrast = 0.03;    // standard deviation of luma in [0, 1]: a step of 6 % of the range through the window

// Error pixels by cause. Each has exactly one, the first of these that holds:
//   small_component  it lies in a component of fewer than 50 px: a true one (missed pixel) or a predicted one (phantom pixel)
//   boundary         within 3 px of a boundary pixel of the truth (boundary.h)
//   low_contrast     the standard deviation of luma (BT.601, [0, 1]) in the 15×15 window around it, cut at the border, is below
//   0.03 elsewhere        none of these
struct CauseCounts {
  int64_t small_component = 0, boundary = 0, low_contrast = 0, elsewhere = 0;
  bool contrast_known = true;  // false: no pixels were given, and low contrast counts as elsewhere
  CauseCounts& operator+=(const CauseCounts& other);
};

// channels: three planes of H·W bytes (red, green, blue), or null.
CauseCounts count_causes(const Components& predicted, const Components& truth, const uint8_t* channels, int64_t height,
                         int64_t width);

// Shares of all error pixels; NaN without any. low_contrast is NaN where contrast was not known.
ErrorCauses error_causes(const CauseCounts& counts);

}  // namespace acinus
