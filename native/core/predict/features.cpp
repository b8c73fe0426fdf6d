#include "core/predict/features.h"

namespace acinus {

std::vector<Tensor> encoder_features(Segmenter& segmenter, const Tensor& input) {
  Tensor x = input.to(segmenter.device());
  if (segmenter.config().channels_last) x = x.contiguous(at::MemoryFormat::ChannelsLast);
  std::vector<Tensor> out;
  for (const Tensor& feature : segmenter.network().features(x)) out.push_back(feature.to(at::kFloat));
  return out;
}

}  // namespace acinus
