// The watershed of a landscape inside of a mask: which pixel belongs to which hill.
#pragma once

#include <cstdint>

namespace acinus {

// Each pixel of the mask goes the steepest way up over its 8 neighbours to a maximum; on a plateau, to where it is nearest left
// upwards. A maximum that rises by less than `h` above the highest pass to a higher one (its dynamics; of equal maxima, the
// later one's) joins the hill beyond that pass. What is left are the h-maxima, as skimage.morphology.h_maxima marks them, and
// the hill of each one.
//
// mask: H·W bytes, non-zero = inside. landscape: H·W heights; outside of the mask it is lower than anywhere inside. Writes to
// labels 0 outside, and the hills' numbers from 1, in raster order of their first pixels. Returns how many there are; the same
// for any number of threads.
int32_t watershed(const uint8_t* mask, const float* landscape, int64_t height, int64_t width, double h, int32_t* labels);

}  // namespace acinus
