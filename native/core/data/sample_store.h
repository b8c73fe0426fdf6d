// Decoded images and masks of a data set, as bytes in memory. The pixels cross the boundary once and stay here.
#pragma once

#include "core/torch.h"

namespace acinus {

struct Sample {
  Tensor image;  // uint8 [3, H, W]
  Tensor mask;   // uint8 [1, H, W] in {0, 1}; undefined for an image without a mask
};

class SampleStore {
 public:
  // rgb: interleaved H·W·3 bytes; mask: H·W bytes, any non-zero is a cell, or null. Copies. Returns the sample's index.
  int64_t add(const uint8_t* rgb, const uint8_t* mask, int64_t height, int64_t width);
  const Sample& at(int64_t index) const;  // ACINUS_INVALID_ARGUMENT when out of range
  int64_t size() const { return static_cast<int64_t>(samples_.size()); }

 private:
  std::vector<Sample> samples_;
};

}  // namespace acinus
