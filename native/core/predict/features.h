// What a network's encoder makes of an input.
#pragma once

#include "core/predict/segmenter.h"

namespace acinus {

// Inside an InferenceScope. input as of Segmenter::forward. Returns float [B, C, H, W] at strides 2, 4, 8, 16 and 32 of the
// input padded to multiples of 32.
std::vector<Tensor> encoder_features(Segmenter& segmenter, const Tensor& input);

}  // namespace acinus
