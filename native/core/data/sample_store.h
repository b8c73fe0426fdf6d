// Decoded images and masks of a data set, as bytes in memory. The pixels cross the boundary once and stay here.
#pragma once

#include "core/torch.h"

namespace acinus {

struct Sample {
  Tensor image;           // uint8 [3, H, W]
  Tensor mask;            // uint8 [1, H, W] in {0, 1, kIgnored}; undefined for an image without a mask
  bool ignoring = false;  // whether the mask has pixels that do not count (core/ignored.h)
  double weight = 1;      // how much the image counts in the loss of a training, at least 0
  // int32 [H, W]: which pixel is which cell's, 0 for background; undefined where nobody said it.
  Tensor instances;
};

class SampleStore {
 public:
  // rgb: interleaved H·W·3 bytes; mask: H·W bytes, kIgnored does not count, any other non-zero is a cell, or null. Copies.
  // Returns the sample's index.
  int64_t add(const uint8_t* rgb, const uint8_t* mask, int64_t height, int64_t width);
  // Adds a sample of another store, or of this one, whose pixels are shared. mask: H·W bytes as of `add`, in place of its own;
  // null keeps that, and the cells that were told apart. weight: finite, at least 0; none keeps its own. Returns the sample's
  // index.
  int64_t add_shared(const SampleStore& from, int64_t index, const uint8_t* mask, std::optional<double> weight);
  // labels: H·W numbers, 0 for background; those of pixels that do not count become 0. Copies. Only while no job reads the
  // sample's instances.
  void set_instances(int64_t index, const int32_t* labels, int64_t count);
  const Sample& at(int64_t index) const;  // ACINUS_INVALID_ARGUMENT when out of range
  int64_t size() const { return static_cast<int64_t>(samples_.size()); }

 private:
  std::vector<Sample> samples_;
};

}  // namespace acinus
