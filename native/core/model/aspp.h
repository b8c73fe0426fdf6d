// Atrous spatial pyramid pooling (Chen et al. 2017).
#pragma once

#include "core/model/plain_unet.h"

namespace acinus {

// Side by side, each to a quarter of the channels with norm and ReLU: a 1×1 convolution, a 3×3 convolution for each dilation,
// and the mean over all pixels, convolved. Then a 1×1 convolution of all of them to the channels of the input, norm and ReLU.
// Entries as torchvision's `ASPP`, but the convolution of the mean has a bias in place of a norm: over one pixel of a batch of
// one image there is nothing to normalise.
std::shared_ptr<Bottleneck> aspp(int64_t channels, const std::vector<int64_t>& rates);

}  // namespace acinus
