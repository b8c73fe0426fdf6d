// Images of another pixel size than the training's: what a network sees of them, and what it says of them on their own pixels.
#pragma once

#include "core/predict/separation.h"
#include "core/torch.h"

namespace acinus {

// rgb: uint8 [B, 3, H, W], scale above 0. Returns uint8 of max(1, round(H·scale)) × max(1, round(W·scale)) px: bilinear, over
// as many pixels as become one where the image shrinks (torchvision's and Pillow's antialiasing). As it is where scale is 1.
Tensor rescaled_image(const Tensor& rgb, double scale);

// separate() where a network found `found`, float32 [h, w] on the CPU: thresholds and sizes in px are of that scale. Then
// height × width values each: the probability, linear; the mask and the labels, nearest. Cells that have no pixel left are left
// out, and labels are in raster order again. Returns how many cells there are.
int32_t separate_rescaled(const Tensor& found, int64_t height, int64_t width, double threshold,
                          const SeparationOptions& options, float* probability, uint8_t* mask, int32_t* labels);

}  // namespace acinus
