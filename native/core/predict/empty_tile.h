// Which tiles hold nothing that could be a cell.
#pragma once

#include "core/torch.h"

namespace acinus {

// rgb: uint8 [3, H, W]. The contrast of a tile, in grey levels: the means of its blocks of 8 × 8 px (smaller ones at the rim)
// differ by at most this much, in the channel where they differ most. Noise and compression hardly move the mean of a block;
// a cell of a few pixels does.
double tile_contrast(const Tensor& rgb);

}  // namespace acinus
