#include "core/image/augment.h"

#include <c10/core/impl/LocalDispatchKeySet.h>

#include "core/error.h"
#include "core/image/elastic.h"

namespace acinus {

namespace {

void check(const Tensor& pixels, const Tensor& masks, const std::vector<int64_t>& samples) {
  const bool fits = pixels.dim() == 4 && pixels.size(1) == 3 && masks.dim() == 4 && masks.size(1) == 1 &&
                    masks.size(0) == pixels.size(0) && masks.size(2) == pixels.size(2) && masks.size(3) == pixels.size(3) &&
                    static_cast<int64_t>(samples.size()) == pixels.size(0);
  if (!fits) {
    throw Error("ACINUS_INVALID_ARGUMENT",
                "Augmentation needs pixels [B, 3, H, W], masks [B, 1, H, W] and B sample numbers; got " +
                    c10::str(pixels.sizes()) + ", " + c10::str(masks.sizes()) + " and " + std::to_string(samples.size()) + ".");
  }
}

}  // namespace

AugmentDecisions draw_augmentation(int64_t sample, const AugmentKey& key, const AugmentOptions& options) {
  AugmentDecisions decisions;
  if (!options.enabled) return decisions;
  RandomStream random(key.seed, Purpose::kAugment, key.epoch, static_cast<uint64_t>(sample));
  decisions.horizontal_flip = random.chance(options.horizontal_flip);
  decisions.vertical_flip = random.chance(options.vertical_flip);
  const bool turn = random.chance(options.rotate90);
  const auto turns = 1 + static_cast<int64_t>(random.below(3));
  if (turn) decisions.quarter_turns = turns;
  decisions.elastic = random.chance(options.elastic);
  const bool photometric = random.chance(options.brightness_contrast);
  const double contrast = random.uniform(-options.contrast_limit, options.contrast_limit);
  const double brightness = random.uniform(-options.brightness_limit, options.brightness_limit);
  if (photometric) {
    decisions.contrast = 1.0 + contrast;
    decisions.brightness = 255.0 * brightness;
  }
  return decisions;
}

RandomStream elastic_stream(int64_t sample, const AugmentKey& key) {
  return {key.seed, Purpose::kElastic, key.epoch, static_cast<uint64_t>(sample)};
}

Augmented augment(const Tensor& pixels, const Tensor& masks, const std::vector<int64_t>& samples, const AugmentKey& key,
                  const AugmentOptions& options) {
  Augmented out{torch::empty(pixels.sizes(), pixels.options().dtype(torch::kFloat32)),
                torch::empty(masks.sizes(), masks.options())};
  augment(pixels, masks, samples, key, options, out);
  return out;
}

void augment(const Tensor& pixels, const Tensor& masks, const std::vector<int64_t>& samples, const AugmentKey& key,
             const AugmentOptions& options, const Augmented& out) {
  check(pixels, masks, samples);
  const torch::NoGradGuard no_grad;
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const int64_t height = pixels.size(2), width = pixels.size(3);
  for (int64_t i = 0; i < pixels.size(0); ++i) {
    const int64_t sample = samples[static_cast<size_t>(i)];
    const AugmentDecisions decisions = draw_augmentation(sample, key, options);
    Tensor field;
    if (decisions.elastic) {
      field = displacement_field(height, width, options.elastic_alpha, options.elastic_sigma, elastic_stream(sample, key),
                                 pixels.device());
    }
    ops::transform(pixels[i], masks[i], decisions, field, {out.image[i], out.mask[i]});
  }
}

}  // namespace acinus
