// Holes of a mask.
#pragma once

#include <cstdint>

namespace acinus {

// Fills what the mask encloses: 4-connected parts of the background that do not touch the image's border and have at most
// `largest` pixels. As skimage.morphology.remove_small_holes, but for the border. mask: H·W bytes, non-zero = foreground.
void fill_holes(uint8_t* mask, int64_t height, int64_t width, int64_t largest);

}  // namespace acinus
