// From augmented pixels to what the network sees: ImageNet-normalised RGB and, unless dropped, the edge channel as is.
#pragma once

#include "core/image/augment.h"
#include "core/image/gabor.h"

namespace acinus {

// rgb: uint8 or float [B, 3, H, W] in 0…255, on any device. Returns float [B, 4, H, W], or [B, 3, H, W] when channels == 3.
Tensor network_input(const Tensor& rgb, const EdgeOptions& options, int64_t channels);

// The same with an edge channel that is there already: edges, float [B, 1, H, W].
Tensor network_input(const Tensor& rgb, const Tensor& edges);

// The edge channel of pixels before augmentation, carried through what `augment` does to the geometry of the same samples. As
// for `augment`; returns float [B, 1, H, W].
Tensor augmented_edges(const Tensor& pixels, const Tensor& masks, const std::vector<int64_t>& samples, const AugmentKey& key,
                       AugmentOptions augmentation, const EdgeOptions& options);

}  // namespace acinus
