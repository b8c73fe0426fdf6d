// Gathers samples into a batch: equal sizes as they are, or random crops of one size (reflect-101 where a sample is smaller).
#pragma once

#include "core/data/sample_store.h"
#include "core/image/augment.h"

namespace acinus {

struct Batch {
  Tensor pixels;                     // uint8 [B, 3, H, W]
  Tensor masks;                      // uint8 [B, 1, H, W] in {0, 1, kIgnored}
  bool ignoring;                     // whether pixels of one of the samples do not count
  std::vector<double> weights = {};  // how much each image counts in the loss; empty: all count 1
};

struct CropOptions {
  int64_t size = 0;     // px; 0: whole images
  double on_cells = 0;  // probability that a crop is centred on a cell of the image, as far as the image's rim allows it
};

// crops.size 0: whole images; ACINUS_MIXED_SIZES when they differ. Otherwise square crops placed by (seed, epoch, sample),
// where sample is the entry of `samples`, or the index itself when `samples` is empty: an image that is drawn twice in an epoch
// is not cropped twice at the same place. A crop on a cell takes each 8-connected component of the mask as likely as another,
// the small as the large; of an image without cells it is placed like the others.
Batch gather(const SampleStore& store, const std::vector<int64_t>& indices, const CropOptions& crops, const AugmentKey& key,
             torch::Device device, const std::vector<int64_t>& samples = {});

}  // namespace acinus
