// What a network's encoder makes of an input.
#pragma once

#include "core/predict/segmenter.h"

namespace acinus {

// Inside an InferenceScope. input as of Segmenter::forward. Returns float [B, C, H, W] at the encoder's strides, of the
// input padded to multiples of the last.
std::vector<Tensor> encoder_features(Segmenter& segmenter, const Tensor& input);

}  // namespace acinus
