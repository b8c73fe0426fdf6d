// Augmentation (METHOD section 9), reproducible from (seed, epoch, sample) whatever the device or the number of workers.
#pragma once

#include "core/ops/random.h"
#include "core/ops/transform.h"
#include "core/torch.h"

namespace acinus {

using ops::AugmentDecisions;

struct AugmentOptions {
  bool enabled;
  double horizontal_flip;  // probabilities
  double vertical_flip;
  double rotate90;
  double elastic;
  double elastic_alpha;  // px
  double elastic_sigma;  // px
  double brightness_contrast;
  double brightness_limit;
  double contrast_limit;
};

struct AugmentKey {
  uint64_t seed = 0;
  uint64_t epoch = 0;
};

struct Augmented {
  Tensor image;  // [B, 3, H, W] in 0…255: float, or uint8 of interleaved memory, rounded
  Tensor mask;   // uint8 [B, 1, H, W] in {0, 1, kIgnored}
};

AugmentDecisions draw_augmentation(int64_t sample, const AugmentKey& key, const AugmentOptions& options);

// Where a sample's elastic noise comes from.
RandomStream elastic_stream(int64_t sample, const AugmentKey& key);

// pixels: uint8 or float [B, 3, H, W]; masks: uint8 [B, 1, H, W], kIgnored stays, any other that is not 0 is a cell; samples:
// the index of each in its data set. All of one device. A 90° rotation of a non-square batch is replaced by a 180° one.
// Brightness and contrast as albumentations' RandomBrightnessContrast defines them: contrast·x + brightness·255, clamped to
// 0…255.
Augmented augment(const Tensor& pixels, const Tensor& masks, const std::vector<int64_t>& samples, const AugmentKey& key,
                  const AugmentOptions& options);
// Written to `out`, of the same sizes.
void augment(const Tensor& pixels, const Tensor& masks, const std::vector<int64_t>& samples, const AugmentKey& key,
             const AugmentOptions& options, const Augmented& out);

}  // namespace acinus
