// Options with the defaults of lib/config, for tests that do not ask about them.
#pragma once

#include "core/train/trainer.h"
#include "test/scenes.h"

namespace acinus::test {

inline EdgeOptions edge_options() {
  return {.orientations = 8,
          .wavelengths = {4, 10, 20},
          .sigma = 5,
          .gamma = 0.5,
          .psi = 0,
          .kernel_size = 31,
          .dc_compensation = true,
          .l1_normalize = true,
          .scale = EdgeScale::kImage,
          .gain = 4,
          .before_augmentation = false};
}

inline AugmentOptions augment_options() {
  return {.enabled = true,
          .horizontal_flip = 0.5,
          .vertical_flip = 0.5,
          .rotate90 = 0.5,
          .elastic = 0.3,
          .elastic_alpha = 120,
          .elastic_sigma = 9,
          .brightness_contrast = 0.5,
          .brightness_limit = 0.2,
          .contrast_limit = 0.2};
}

inline OptimizerOptions optimizer_options() {
  return {.adamw = {.weight_decay = 1e-4, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .encoder_learning_rate_factor = 1},
          .gradient_clip = 0.5,
          .max_skipped_steps = 20,
          .accumulation = 2,
          .schedule = {.max_learning_rate = 3e-4,
                       .pct_start = 0.1,
                       .div_factor = 25,
                       .final_div_factor = 40,
                       .cycle_momentum = true,
                       .base_momentum = 0.85,
                       .max_momentum = 0.95},
          .total_steps = 1};
}

inline ValidationOptions validation_options() {
  return {.ema_decay = std::nullopt,
          .metric = Metric::kDiceCombined,
          .outlier = {.threshold = 3.5, .window = 10, .minimum = 5, .mad_floor = 0.005},
          .accept_after = 3,
          .rollback = false,
          .rollback_drop = 0.5,
          .every = 1,
          .batch_size = 8,
          .weight_ema = 0};
}

}  // namespace acinus::test
