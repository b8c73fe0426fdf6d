// EfficientNet-Lite (TensorFlow, 2020): without squeeze-and-excitation, ReLU6 in place of SiLU.
#include "core/model/efficientnet.h"

namespace acinus {

std::vector<EncoderEntry> efficientnet_lite() {
  std::vector<EncoderEntry> out;
  // The features of lite0 are those of b0, whose shapes it has.
  for (const EfficientNetSize& size : {
           EfficientNetSize{"efficientnet-lite0", 1.0, 1.0, 224, {2, 4, 8, 15}, true},
           EfficientNetSize{"efficientnet-lite1", 1.0, 1.1, 240, {3, 6, 14, 20}, true},
           EfficientNetSize{"efficientnet-lite2", 1.1, 1.2, 260, {3, 6, 14, 20}, true},
           EfficientNetSize{"efficientnet-lite3", 1.2, 1.4, 280, {3, 6, 16, 23}, true},
           EfficientNetSize{"efficientnet-lite4", 1.4, 1.8, 300, {4, 8, 20, 29}, true},
       }) {
    out.push_back(efficientnet_entry(size));
  }
  return out;
}

}  // namespace acinus
