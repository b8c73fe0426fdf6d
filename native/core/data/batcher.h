// Gathers samples into a batch: equal sizes as they are, or random crops of one size (reflect-101 where a sample is smaller).
#pragma once

#include "core/data/sample_store.h"
#include "core/image/augment.h"

namespace acinus {

struct Batch {
  Tensor pixels;  // uint8 [B, 3, H, W]
  Tensor masks;   // uint8 [B, 1, H, W] in {0, 1}
};

// crop_size 0: whole images; ACINUS_MIXED_SIZES when they differ. Otherwise square crops placed by (seed, epoch, sample), where
// sample is the entry of `samples`, or the index itself when `samples` is empty: an image that is drawn twice in an epoch is
// not cropped twice at the same place.
Batch gather(const SampleStore& store, const std::vector<int64_t>& indices, int64_t crop_size, const AugmentKey& key,
             torch::Device device, const std::vector<int64_t>& samples = {});

}  // namespace acinus
