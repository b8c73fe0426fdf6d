#include "core/predict/features.h"

namespace acinus {

std::vector<Tensor> encoder_features(Segmenter& segmenter, const Tensor& input) {
  std::vector<Tensor> out;
  for (const Tensor& feature : segmenter.network().features(segmenter.placed(input))) out.push_back(feature.to(at::kFloat));
  return out;
}

}  // namespace acinus
